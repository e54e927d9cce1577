// This file is about one thing: the directories and files of each platform.

package config

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/adrg/xdg"
)

const appDir = "vizora"

// base returns one of the XDG base directories. xdg reads the environment of
// the process; ours goes first, so that a test or an embedding program can give
// another one.
func (o *Options) base(variable, fallback string) string {
	if dir, ok := o.Env(variable); ok && filepath.IsAbs(dir) {
		return dir
	}
	home, ok := o.Env("HOME")
	if !ok || runtime.GOOS == "windows" || !filepath.IsAbs(home) {
		return fallback
	}
	if rel, err := filepath.Rel(xdg.Home, fallback); err == nil && filepath.IsLocal(rel) {
		return filepath.Join(home, rel)
	}
	return fallback
}

func (o *Options) configFile() string {
	if o.File != "" {
		return o.File
	}
	if file, ok := o.Env(EnvConfig); ok && file != "" {
		return file
	}
	return filepath.Join(o.base("XDG_CONFIG_HOME", xdg.ConfigHome), appDir, "config.yaml")
}

// ConfigFile returns the path of the configuration file, which may not exist.
func (c *Config) ConfigFile() string { return c.file }

// StateDir returns the directory of what a profile must not lose: its journal
// and, without a keyring, its tokens. It may not exist yet.
func (c *Config) StateDir(p *Profile) string {
	return filepath.Join(c.opts.base("XDG_STATE_HOME", xdg.StateHome), appDir, p.Name)
}

// CacheDir returns the directory of what a profile can fetch again. It may not
// exist yet.
func (c *Config) CacheDir(p *Profile) string {
	return filepath.Join(c.opts.base("XDG_CACHE_HOME", xdg.CacheHome), appDir, p.Name)
}

// shortPath writes a path for people, with ~ for the home directory.
func (o *Options) shortPath(path string) string {
	home, ok := o.Env("HOME")
	if !ok || home == "" {
		home = xdg.Home
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok && home != "" {
		return filepath.Join("~", rest)
	}
	return path
}
