// This file is about one thing: reading the settings, and which of them wins.

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis"
)

// Options says where settings come from. The zero value is this process's
// environment, the user's file and the system's keyring.
type Options struct {
	Env       func(string) (string, bool) // nil: os.LookupEnv
	Profile   string                      // --profile
	File      string                      // --config
	Overrides map[string]string           // flags, by the names of Keys
	Keyring   Keyring                     // nil: the system's
	Notice    func(string)                // told once what a person should know; nil: nobody
}

// Config is the settings as they were when they were loaded. It is not safe
// for use by several goroutines; the TokenStore it returns is.
type Config struct {
	opts   Options
	file   string
	shared map[string]any            // settings of the file for every profile
	byName map[string]map[string]any // settings of each profile
	inUse  string                    // the file's "current"
}

// Load reads the configuration file; a missing one is an empty one. A file that
// cannot be read or is not YAML is an api.Error of KindLocal.
func Load(o Options) (*Config, error) {
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Keyring == nil {
		o.Keyring = newSystemKeyring(o.Env)
	}
	file, err := filepath.Abs(o.configFile())
	if err != nil {
		return nil, localError("cannot find the configuration file", err)
	}
	c := &Config{opts: o, file: file}
	return c, c.read()
}

// With returns the same settings with further flags, by the names of Keys. An
// empty value changes nothing.
func (c *Config) With(overrides map[string]string) *Config {
	other := *c
	other.opts.Overrides = map[string]string{}
	maps.Copy(other.opts.Overrides, c.opts.Overrides)
	for key, value := range overrides {
		if value != "" {
			other.opts.Overrides[key] = value
		}
	}
	return &other
}

// read fills c from the file.
func (c *Config) read() error {
	data, err := os.ReadFile(c.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localError("cannot read the configuration file "+c.file, err)
	}
	// Profile names may have dots; viper's own separator would split them.
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(data)); err != nil {
		return localError("the configuration file "+c.file+" cannot be used", err).
			WithHint("correct the line named, or move the file away and sign in again")
	}
	c.shared, c.byName, c.inUse = map[string]any{}, map[string]map[string]any{}, ""
	if err := c.readProfiles(v.Get("profiles")); err != nil { // AllSettings drops empty ones
		return err
	}
	for name, value := range v.AllSettings() {
		switch name {
		case "profiles":
		case "current":
			c.inUse = strings.ToLower(text(value))
		default:
			if err := c.keep(c.shared, "the configuration file", name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Config) readProfiles(value any) error {
	profiles, ok := value.(map[string]any)
	if !ok && value != nil {
		return c.shapeError("profiles", "a set of names and values")
	}
	for name, settings := range profiles {
		values, ok := settings.(map[string]any)
		if !ok && settings != nil {
			return c.shapeError("profiles."+name, "a set of names and values")
		}
		if _, err := checkName(name); err != nil {
			return err
		}
		c.byName[name] = map[string]any{}
		for key, v := range values {
			if err := c.keep(c.byName[name], "profile "+name, key, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep takes a setting over from the file. One that this version does not know
// is passed over: a newer version may have written it.
func (c *Config) keep(into map[string]any, where, key string, value any) error {
	switch value.(type) {
	case nil:
		return nil
	case map[string]any, []any:
		return c.shapeError("the value of "+key, "a single value")
	}
	if _, err := findKey(key); err != nil {
		hint := ""
		if e, ok := errors.AsType[*api.Error](err); ok {
			hint = "; " + e.Hint
		}
		c.opts.Notice(fmt.Sprintf("%s: setting %q is not known and is passed over%s", where, key, hint))
		return nil
	}
	if text(value) != "" { // as unset as in the environment
		into[key] = value
	}
	return nil
}

func (c *Config) shapeError(what, shape string) error {
	return api.Errorf(api.KindLocal, "the configuration file %s cannot be used: %s is not %s", c.file, what, shape).
		WithHint("write it as 'name: value' lines, or move the file away and sign in again")
}

// CurrentName returns the name of the profile in use and where the choice comes
// from: "flag --profile", "environment VIZORA_PROFILE", "file" or "default".
func (c *Config) CurrentName() (name, where string) {
	if c.opts.Profile != "" {
		return strings.ToLower(c.opts.Profile), "flag --profile"
	}
	if name, ok := c.opts.Env(EnvProfile); ok && name != "" {
		return strings.ToLower(name), "environment " + EnvProfile
	}
	if c.inUse != "" {
		return c.inUse, "file"
	}
	return DefaultProfile, "default"
}

// Current returns the profile in use, with what flags and the environment
// change in it. A profile chosen by name must exist; an api.Error of
// KindInvalid names the near ones.
func (c *Config) Current() (*Profile, error) {
	name, where := c.CurrentName()
	if !c.Has(name) && where != "default" && name != DefaultProfile {
		return nil, c.noProfile(name)
	}
	return c.CurrentOrNew()
}

// CurrentOrNew is Current for commands that may create the profile.
func (c *Config) CurrentOrNew() (*Profile, error) {
	name, _ := c.CurrentName()
	name, err := checkName(name)
	if err != nil {
		return nil, err
	}
	p, _, err := c.resolve(name, true)
	return p, err
}

// Has reports whether the file has a profile of that name.
func (c *Config) Has(name string) bool {
	_, ok := c.byName[strings.ToLower(name)]
	return ok
}

// Names returns the names of the file's profiles in alphabetical order.
func (c *Config) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// Get returns a profile of the file as it is without flags and environment.
func (c *Config) Get(name string) (*Profile, error) {
	if !c.Has(name) {
		return nil, c.noProfile(name)
	}
	p, _, err := c.resolve(strings.ToLower(name), false)
	return p, err
}

func (c *Config) noProfile(name string) error {
	fix := "make it with 'vizora auth login --profile " + strings.ToLower(name) + " --url https://HOST'"
	if names := c.Names(); len(names) > 0 {
		fix = api.DidYouMean(name, names, "the profiles are "+strings.Join(names, ", "))
	}
	return api.Invalid("profile", name, "does not exist", fix)
}

// Where returns where a setting of the current profile comes from: "flag",
// "environment VIZORA_...", "profile", "file" or "default".
func (c *Config) Where(key string) string {
	name, _ := c.CurrentName()
	_, where, _ := c.resolve(name, true)
	return where[key]
}

// WhereIn is Where for a profile of the file, without flags and environment.
func (c *Config) WhereIn(name, key string) string {
	_, where, _ := c.resolve(strings.ToLower(name), false)
	return where[key]
}

// resolve makes a profile of its sources and says where each setting is from.
// outside adds flags and the environment.
func (c *Config) resolve(name string, outside bool) (*Profile, map[string]string, error) {
	v, where, err := c.layers(name)
	if err != nil {
		return nil, where, err
	}
	ours, _ := Key{Name: KeyURL, kind: kindURL}.Check(text(v.Get(KeyURL))) // a bad one is reported below
	if outside {
		c.layOver(v, where)
	}
	p := &Profile{Name: name}
	for _, k := range Keys() {
		value, err := k.Check(text(v.Get(k.Name)))
		if err != nil {
			return nil, where, from(err, where[k.Name], name)
		}
		p.set(k.Name, c.rebase(k, value, where[k.Name]))
	}
	// A file's realtime service belongs to the file's server: with another
	// server from outside it would be given that server's token.
	if source := where[KeyRealtimeURL]; p.URL != ours && (source == "profile" || source == "file") {
		p.RealtimeURL, where[KeyRealtimeURL] = "", "default"
	}
	if p.RealtimeURL == "" {
		p.RealtimeURL = realtimeOrigin(p.URL)
	}
	if outside {
		p.JournalStore = c.RedisAddress(p.JournalStore)
	}
	return p, where, nil
}

// RedisAddress is an address of a Redis server with the password of the
// environment, where it gives none: one in an argument is seen by everybody on
// this machine.
func (c *Config) RedisAddress(raw string) string {
	password, _ := c.opts.Env(EnvRedis)
	return redis.WithPassword(raw, strings.TrimSpace(password))
}

// layers lays the file's shared settings over the defaults, and a profile's
// over those. viper keeps defaults, file and overrides apart.
func (c *Config) layers(name string) (*viper.Viper, map[string]string, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	where := map[string]string{}
	layer := func(values map[string]any, source string) error {
		for key := range values {
			where[key] = source
		}
		return v.MergeConfigMap(maps.Clone(values))
	}
	for _, k := range Keys() {
		v.SetDefault(k.Name, k.Default)
		where[k.Name] = "default"
	}
	if err := errors.Join(layer(c.shared, "file"), layer(c.byName[name], "profile")); err != nil {
		return nil, where, localError("the configuration file "+c.file+" cannot be used", err)
	}
	return v, where, nil
}

// layOver adds what comes from outside the file. An empty value is no value:
// CI systems set variables for secrets that do not exist.
func (c *Config) layOver(v *viper.Viper, where map[string]string) {
	for _, k := range Keys() {
		if k.Env != "" {
			if value, ok := c.opts.Env(k.Env); ok && value != "" {
				v.Set(k.Name, value)
				where[k.Name] = "environment " + k.Env
			}
		}
		if value := c.opts.Overrides[k.Name]; value != "" {
			v.Set(k.Name, value)
			where[k.Name] = "flag"
		}
	}
}

// text writes a scalar of YAML as it stood there.
func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// rebase reads a path of the configuration file from that file's directory and
// any other from the current one.
func (c *Config) rebase(k Key, value, where string) string {
	if k.kind != kindFile || value == "" || filepath.IsAbs(value) || (where != "file" && where != "profile") {
		return value
	}
	if rest, ok := strings.CutPrefix(value, "~/"); ok {
		if home, ok := c.opts.Env("HOME"); ok {
			return filepath.Join(home, rest)
		}
	}
	return filepath.Join(filepath.Dir(c.file), value)
}

// from adds the source of a bad value.
func from(err error, where, profile string) error {
	if where == "profile" {
		where += " " + profile
	}
	if e, ok := errors.AsType[*api.Error](err); ok && where != "flag" {
		e.Message += " (from " + where + ")"
	}
	return err
}
