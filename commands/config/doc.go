// Package config knows where settings come from: flags > environment > profile
// > file > default. It reads and writes the one configuration file, names the
// directories of state and cache, and keeps the tokens of each profile.
//
// keys.go is the table of all settings. Everything else is derived from it:
// the look-up in the environment, 'profile set', the help topic and completion.
// This is the only package that imports viper.
package config
