// This file is about one thing: a profile, the settings of one server and user.

package config

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// DefaultProfile is the profile used when none is chosen.
const DefaultProfile = "default"

// Values of the setting token-store.
const (
	StoreAuto    = "auto"    // the keyring, or else the file
	StoreKeyring = "keyring" // the keyring, or an error
	StoreFile    = "file"
)

// Profile is the settings that hold for one server and user.
type Profile struct {
	Name           string
	URL            string // scheme://host[:port], without /api/v1; "" = not chosen
	RealtimeURL    string // an origin; never "" when URL is set
	Email          string
	Organization   string // its name
	OrganizationID string

	AllowPlainHTTP bool // tokens may go over http:// to other machines
	Protected      bool // production: writes ask for the profile's name
	CAFile         string
	ClientCert     string
	ClientKey      string

	Retries         int           // further attempts after the first; -1 = not set
	Timeout         time.Duration // limit of a whole command; 0 = none
	Output          string        // as -o takes it; "" = not set
	TokenStore      string        // StoreAuto, StoreKeyring or StoreFile
	JournalCapacity int           // pending operations
	JournalStore    string        // address of a Redis server, with its password; "" = a file of this machine
	RequireDurable  bool          // refuse a shared journal that a crash could cut short
	PaceGroup       string        // runners that share a rate limit, where JournalStore is set
	ManualSync      bool          // deliver what waits only with sync
	NoUpdateNotice  bool          // do not look for newer releases
}

// OwnRealtimeURL returns the address of the realtime service where it is not
// the one that follows from URL, else "".
func (p *Profile) OwnRealtimeURL() string {
	if p.RealtimeURL == realtimeOrigin(p.URL) {
		return ""
	}
	return p.RealtimeURL
}

// Server returns the profile's URL, or an api.Error of KindUsage that says how
// to choose one.
func (p *Profile) Server() (string, error) {
	if p.URL == "" {
		return "", api.Errorf(api.KindUsage, "no server is chosen").
			WithHint("sign in with 'vizora auth login --url https://HOST', or set VIZORA_URL")
	}
	return p.URL, nil
}

const (
	nameStart = "abcdefghijklmnopqrstuvwxyz0123456789" // what a profile's name begins with
	nameMost  = 63                                     // bytes
)

// checkName folds a profile's name. Names are directories too, so they keep to
// letters, digits, '.', '_' and '-', in one case.
func checkName(name string) (string, error) {
	folded := strings.ToLower(strings.TrimSpace(name))
	odd := strings.Trim(folded, nameStart+"._-") != "" || strings.HasSuffix(folded, ".")
	if odd || folded == "" || len(folded) > nameMost || !strings.Contains(nameStart, folded[:1]) {
		return "", api.Invalid("profile", name, "is not a profile name",
			"use letters, digits, '.', '_' and '-', at most 63, beginning with a letter or digit")
	}
	return folded, nil
}

// realtimeOrigin is the default address of the realtime service: nginx serves
// it on the site's own origin; a bare development install has the API on port
// 3000 and the realtime service on 3002 (contract realtime 1).
func realtimeOrigin(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return ""
	}
	if u.Port() == "3000" {
		u.Host = net.JoinHostPort(u.Hostname(), "3002")
	}
	return u.Scheme + "://" + u.Host
}
