// This file is about one thing: the directories and files of each platform.

package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const appDir = "vizora"

// base returns one of the XDG base directories: the variable's, if it is an
// absolute path, else the platform's usual place. A library for this reads
// files whenever the program starts, which --version should not.
func (o *Options) base(variable string) string {
	if dir, ok := o.Env(variable); ok && filepath.IsAbs(dir) {
		return dir
	}
	home := o.home()
	switch runtime.GOOS {
	case "windows":
		local, ok := o.Env("LOCALAPPDATA")
		if !ok || local == "" {
			local = filepath.Join(home, "AppData", "Local")
		}
		if variable == envCacheHome {
			return filepath.Join(local, "cache")
		}
		return local
	case "darwin":
		if variable == envCacheHome {
			return filepath.Join(home, "Library", "Caches")
		}
		return filepath.Join(home, "Library", "Application Support")
	}
	switch variable {
	case envConfigHome:
		return filepath.Join(home, ".config")
	case envCacheHome:
		return filepath.Join(home, ".cache")
	}
	return filepath.Join(home, ".local", "state")
}

// The variables of the XDG base directory specification.
const (
	envConfigHome = "XDG_CONFIG_HOME"
	envStateHome  = "XDG_STATE_HOME"
	envCacheHome  = "XDG_CACHE_HOME"
)

// home is the user's home directory; "" when there is none, and then paths are
// relative to the working directory, as everything else is for such a user.
func (o *Options) home() string {
	if home, ok := o.Env("HOME"); ok && filepath.IsAbs(home) {
		return home
	}
	home, _ := os.UserHomeDir()
	return home
}

func (o *Options) configFile() string {
	if o.File != "" {
		return o.File
	}
	if file, ok := o.Env(EnvConfig); ok && file != "" {
		return file
	}
	return filepath.Join(o.base(envConfigHome), appDir, "config.yaml")
}

// ConfigFile returns the path of the configuration file, which may not exist.
func (c *Config) ConfigFile() string { return c.file }

// StateDir returns the directory of what a profile must not lose: its journal
// and, without a keyring, its tokens. It may not exist yet.
func (c *Config) StateDir(p *Profile) string {
	return filepath.Join(c.opts.base(envStateHome), appDir, p.Name)
}

// CacheDir returns the directory of what a profile can fetch again. It may not
// exist yet.
func (c *Config) CacheDir(p *Profile) string {
	return filepath.Join(c.opts.base(envCacheHome), appDir, p.Name)
}

// ReleaseFile is where the newest known release is kept, for all profiles. No
// profile's name begins with a dot.
func (c *Config) ReleaseFile() string {
	return filepath.Join(c.opts.base(envCacheHome), appDir, ".release")
}

// DropCache forgets what was read with a profile, so that a session that is over
// leaves no names behind. What cannot be removed is only a cache.
func (c *Config) DropCache(p *Profile) {
	if p.Name != "" {
		_ = os.RemoveAll(filepath.Join(c.CacheDir(p), "snapshots"))
	}
}

// shortPath writes a path for people, with ~ for the home directory.
func (o *Options) shortPath(path string) string {
	home := o.home()
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok && home != "" {
		return filepath.Join("~", rest)
	}
	return path
}
