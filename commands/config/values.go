// This file is about one thing: a profile's settings as text and back.

package config

import (
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

// field returns a pointer to the field that holds a setting.
func (p *Profile) field(key string) any {
	switch key {
	case KeyURL:
		return &p.URL
	case KeyRealtimeURL:
		return &p.RealtimeURL
	case KeyEmail:
		return &p.Email
	case KeyOrganization:
		return &p.Organization
	case KeyOrganizationID:
		return &p.OrganizationID
	case KeyAllowPlainHTTP:
		return &p.AllowPlainHTTP
	case KeyProtected:
		return &p.Protected
	case KeyCAFile:
		return &p.CAFile
	case KeyClientCert:
		return &p.ClientCert
	case KeyClientKey:
		return &p.ClientKey
	case KeyRetries:
		return &p.Retries
	case KeyTimeout:
		return &p.Timeout
	case KeyOutput:
		return &p.Output
	case KeyTokenStore:
		return &p.TokenStore
	case KeyJournalCapacity:
		return &p.JournalCapacity
	case KeyJournalStore:
		return &p.JournalStore
	case KeyRequireDurable:
		return &p.RequireDurable
	case KeyPaceGroup:
		return &p.PaceGroup
	case KeyManualSync:
		return &p.ManualSync
	case KeyNoUpdateNotice:
		return &p.NoUpdateNotice
	}
	return nil
}

// set takes over a value that Key.Check has passed.
func (p *Profile) set(key, value string) {
	switch f := p.field(key).(type) {
	case *string:
		*f = value
	case *bool:
		*f = value == "true"
	case *int:
		*f = -1
		if n, err := strconv.Atoi(value); err == nil {
			*f = n
		}
	case *time.Duration:
		*f, _ = time.ParseDuration(value) // "" is 0
	}
}

// Shown is Value without a password that stands in an address.
func (p *Profile) Shown(key string) string {
	if key == KeyJournalStore {
		return redis.Shown(p.JournalStore)
	}
	return p.Value(key)
}

// Value returns a setting as text, as the file has it; "" when it is not set.
func (p *Profile) Value(key string) string {
	switch f := p.field(key).(type) {
	case *string:
		return *f
	case *bool:
		return strconv.FormatBool(*f)
	case *int:
		if *f >= 0 {
			return strconv.Itoa(*f)
		}
	case *time.Duration:
		return f.String()
	}
	return ""
}
