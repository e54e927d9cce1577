// This file is about one thing: the table of settings, and checking a value of one.

package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis"
)

// Key is a setting of a profile.
type Key struct {
	Name    string   // in the file and in 'profile set'
	Env     string   // the environment variable; "" = cannot be set there
	Flag    string   // the flag that every command has for it, without dashes; "" = none
	Default string   // as text
	Values  []string // the values there are, for completion; nil = free text
	Help    string   // one sentence without a period

	kind kind
}

// Variable is an environment variable that is not a setting of a profile.
type Variable struct{ Name, Help string }

type kind int

const (
	kindText kind = iota
	kindURL
	kindBool
	kindRetries
	kindDuration
	kindCount
	kindFile
	kindOutput
	kindEnum
	kindRedis
)

// The settings by name, for code that reads or writes one of them.
const (
	KeyURL             = "url"
	KeyRealtimeURL     = "realtime-url"
	KeyEmail           = "email"
	KeyOrganization    = "organization"
	KeyOrganizationID  = "organization-id"
	KeyAllowPlainHTTP  = "allow-plain-http"
	KeyProtected       = "protected"
	KeyCAFile          = "ca-file"
	KeyClientCert      = "client-cert"
	KeyClientKey       = "client-key"
	KeyRetries         = "retries"
	KeyTimeout         = "timeout"
	KeyOutput          = "output"
	KeyTokenStore      = "token-store"
	KeyJournalCapacity = "journal-capacity"
	KeyJournalStore    = "journal.store"
	KeyRequireDurable  = "require-durable"
	KeyPaceGroup       = "pace-group"
	KeyManualSync      = "manual-sync"
	KeyNoUpdateNotice  = "no-update-notice"
)

// Names of environment variables that hold secrets or choose a profile.
const (
	EnvToken    = "VIZORA_TOKEN"
	EnvPassword = "VIZORA_PASSWORD"
	EnvMFACode  = "VIZORA_MFA_CODE"
	EnvProfile  = "VIZORA_PROFILE"
	EnvConfig   = "VIZORA_CONFIG"
	EnvReleases = "VIZORA_RELEASE_URL"
	EnvRedis    = "VIZORA_REDIS_PASSWORD"
)

const maxRetries = 20

var boolValues = []string{"true", "false"}

// Keys returns the table of settings in the order of the help.
func Keys() []Key {
	return []Key{
		{Name: KeyURL, Env: "VIZORA_URL", kind: kindURL,
			Help: "address of the server, such as https://vizora.example.com"},
		{Name: KeyRealtimeURL, Env: "VIZORA_REALTIME_URL", kind: kindURL,
			Help: "address of the realtime service; by default that of the server, with port 3002 in place of 3000"},
		{Name: KeyEmail, Env: "VIZORA_EMAIL",
			Help: "who signs in"},
		{Name: KeyOrganization,
			Help: "name of the organisation, written at sign-in"},
		{Name: KeyOrganizationID,
			Help: "id of the organisation, written at sign-in"},
		{Name: KeyAllowPlainHTTP, Env: "VIZORA_ALLOW_PLAIN_HTTP", Default: "false", Values: boolValues, kind: kindBool,
			Help: "send tokens over http:// to hosts other than this machine"},
		{Name: KeyProtected, Env: "VIZORA_PROTECTED", Default: "false", Values: boolValues, kind: kindBool,
			Help: "treat the profile as production: a write asks for its name, or takes --confirm NAME"},
		{Name: KeyCAFile, Env: "VIZORA_CA_FILE", kind: kindFile,
			Help: "PEM file of certificate authorities to trust besides the system's"},
		{Name: KeyClientCert, Env: "VIZORA_CLIENT_CERT", kind: kindFile,
			Help: "PEM file of the client certificate"},
		{Name: KeyClientKey, Env: "VIZORA_CLIENT_KEY", kind: kindFile,
			Help: "PEM file of the client certificate's key"},
		{Name: KeyRetries, Env: "VIZORA_RETRIES", Flag: "retries", kind: kindRetries,
			Help: "how often a failed request is tried again, 0 to " + strconv.Itoa(maxRetries)},
		{Name: KeyTimeout, Env: "VIZORA_TIMEOUT", Flag: "timeout", Default: "0s", kind: kindDuration,
			Help: "limit of a whole command, such as 30s; 0 is none"},
		{Name: KeyOutput, Env: "VIZORA_OUTPUT", Flag: "output", Values: outputNames(), kind: kindOutput,
			Help: "output format of every command that is not given -o"},
		{Name: KeyTokenStore, Env: "VIZORA_TOKEN_STORE", Default: StoreAuto, Values: []string{StoreAuto, StoreKeyring, StoreFile}, kind: kindEnum,
			Help: "where tokens are kept: the system keyring, a file only you can read, or the first that works"},
		{Name: KeyJournalCapacity, Env: "VIZORA_JOURNAL_CAPACITY", Default: "10000", kind: kindCount,
			Help: "how many pending operations the journal takes before it refuses more"},
		{Name: KeyJournalStore, Env: "VIZORA_JOURNAL_STORE", kind: kindRedis,
			Help: "a Redis server that keeps the journal for runners on several machines, redis://HOST[:PORT][/DB][/NAME] or rediss://; by default a file here"},
		{Name: KeyRequireDurable, Env: "VIZORA_REQUIRE_DURABLE", Flag: "require-durable", Default: "false", Values: boolValues, kind: kindBool,
			Help: "refuse a shared journal of which a crash of Redis could lose anything"},
		{Name: KeyPaceGroup, Env: "VIZORA_PACE_GROUP", Default: "all",
			Help: "with journal.store: name of the runners that reach the server from one address and share its rate limits"},
		{Name: KeyManualSync, Env: "VIZORA_MANUAL_SYNC", Default: "false", Values: boolValues, kind: kindBool,
			Help: "deliver what waits in the journal only with 'vizora sync', not before the next command"},
		{Name: KeyNoUpdateNotice, Env: "VIZORA_NO_UPDATE_NOTICE", Default: "false", Values: boolValues, kind: kindBool,
			Help: "never ask the project's release page for a newer version, and never speak of one"},
	}
}

// Variables returns the environment variables beside those of Keys.
func Variables() []Variable {
	return []Variable{
		{EnvProfile, "the profile to use, as --profile"},
		{EnvConfig, "the configuration file, as --config"},
		{EnvToken, "an access token that wins over stored ones and is never stored; enough for CI together with VIZORA_URL"},
		{EnvPassword, "the password for 'auth login'"},
		{EnvMFACode, "the code of the second factor for 'auth login'"},
		{EnvRedis, "the password for an address of a Redis server that gives none"},
		{EnvReleases, "where to ask for the newest release, in place of the project's page"},
		{"VIZORA_OFFLINE", "auto, always or never, as --offline"},
		{"VIZORA_MAX_WAIT", "longest wait for a rate limit, as --max-wait"},
		{"VIZORA_NO_HEADERS", "no header line in table and csv, as --no-headers"},
		{"VIZORA_QUIET", "no messages but warnings and errors, as --quiet"},
		{"VIZORA_DEBUG", "what is sent and answered, without secrets, as --debug"},
		{"VIZORA_TRACE_TIMINGS", "where the time of each request went, as --trace-timings"},
	}
}

func outputNames() []string {
	return []string{"table", "wide", "json", "jsonl", "yaml", "csv", "name", "lines", "template=", "jq="}
}

func findKey(name string) (Key, error) {
	var names []string
	for _, k := range Keys() {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	fix := "the settings are " + strings.Join(names, ", ")
	if near := api.Nearest(name, names); near != "" {
		fix = fmt.Sprintf("did you mean %q?", near)
	}
	return Key{}, api.Invalid("setting", name, "is not known", fix)
}

// Check returns the value as it is stored, or an api.Error of KindInvalid that
// names the setting, the value and the fix. "" is always good: it is unset.
func (k Key) Check(value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", nil
	}
	switch k.kind {
	case kindURL:
		return k.checkURL(value)
	case kindBool:
		return k.checkBool(value)
	case kindRetries:
		return k.checkInt(value, 0, maxRetries)
	case kindCount:
		return k.checkInt(value, 1, 1_000_000)
	case kindDuration:
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return "", api.Invalid(k.Name, value, "is not a length of time", "give a number with its unit, such as 30s or 2m")
		}
		return d.String(), nil
	case kindOutput:
		return k.checkOutput(value)
	case kindEnum:
		return k.checkEnum(value, k.Values)
	case kindRedis:
		if _, err := redis.Parse(value); err != nil {
			return "", api.Invalid(k.Name, redis.Shown(value), "cannot be used: "+err.Error(), "give redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][/NAME], or rediss:// for TLS")
		}
		return value, nil
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return "", api.Invalid(k.Name, value, "has more than one line", "give one line of text")
	}
	return value, nil
}

func (k Key) checkURL(value string) (string, error) {
	u, err := api.ParseBaseURL(value)
	if err != nil {
		if e, ok := errors.AsType[*api.Error](err); ok && k.Name != KeyURL {
			return "", api.Invalid(k.Name, e.Value, "is not a server address", e.Hint)
		}
		return "", err
	}
	u.Host = strings.ToLower(u.Host) // tokens are kept for this text
	return u.String(), nil
}

func (k Key) checkBool(value string) (string, error) {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return "true", nil
	case "false", "no", "off", "0":
		return "false", nil
	}
	return "", api.Invalid(k.Name, value, "is neither true nor false", "give true or false")
}

func (k Key) checkInt(value string, low, high int) (string, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return "", api.Invalid(k.Name, value, "is not a number in the range", fmt.Sprintf("give a whole number from %d to %d", low, high))
	}
	return strconv.Itoa(n), nil
}

// checkOutput looks at the format's name only; what follows "=" is compiled
// where it is used.
func (k Key) checkOutput(value string) (string, error) {
	name, _, hasArg := strings.Cut(value, "=")
	if hasArg {
		name += "="
	}
	if !slices.Contains(k.Values, name) {
		return k.checkEnum(value, k.Values)
	}
	if hasArg && name == value {
		return "", api.Invalid(k.Name, value, "lacks what follows the sign", "for example jq=.[].name")
	}
	return value, nil
}

func (k Key) checkEnum(value string, values []string) (string, error) {
	for _, v := range values {
		if v == value {
			return v, nil
		}
	}
	return "", api.NotOneOf(k.Name, value, "is not a known value", values)
}

// stored is Check for a value that goes into the file: a file's path becomes
// absolute, because it is read again from other directories, and must exist.
func (k Key) stored(value string) (string, error) {
	value, err := k.Check(value)
	if err != nil || value == "" || k.kind != kindFile {
		return value, err
	}
	path, err := filepath.Abs(value)
	if err != nil {
		return "", api.Invalid(k.Name, value, "cannot be made absolute", "give the whole path")
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return "", api.Invalid(k.Name, value, "is not a file that can be read", "give the path of a PEM file")
	}
	return path, nil
}
