// This file is about one thing: the two places where tokens are kept, and which
// of them holds.
//
// The file is looked at first. It exists only where the keyring could not be
// used, or must not be; a keyring that comes back later still has the tokens of
// before, and presenting those would end the session (contract rest 1.10).

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/vizora/vizora-cli/api"
)

const keyringService = "vizora-cli"

type places struct {
	keyring Keyring
	mode    string // StoreAuto, StoreKeyring or StoreFile
	account string
	file    string
	short   func(string) string
	notice  func(string)
}

// read returns what is stored and where; "" when nothing is.
func (p *places) read() (raw, where string, err error) {
	if p.mode != StoreKeyring {
		raw, err = p.readFile()
		if err != nil || raw != "" || p.mode == StoreFile {
			return raw, "file " + p.short(p.file), err
		}
	}
	raw, err = p.keyring.Get(keyringService, p.account)
	switch {
	case err == nil:
		return raw, "the system keyring", nil
	case p.mode == StoreKeyring && !errors.Is(err, ErrNoSecret):
		return "", "", keyringError(err)
	}
	return "", "", nil // there is nothing; unusable says why
}

// readFile refuses a file that others could have read.
func (p *places) readFile() (string, error) {
	info, err := os.Stat(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", localError("cannot read the token file "+p.file, err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return "", api.Errorf(api.KindLocal, "the token file %s can be read by others (mode %04o)", p.file, mode).
			WithHint("run: chmod 600 %s; if others use this machine, sign out and in again", p.file)
	}
	data, err := os.ReadFile(p.file)
	if err != nil {
		return "", localError("cannot read the token file "+p.file, err)
	}
	return string(data), nil
}

// unusable returns why the keyring cannot be used where it would be wanted.
func (p *places) unusable() error {
	if p.mode == StoreFile {
		return nil
	}
	if _, err := p.keyring.Get(keyringService, p.account); err != nil && !errors.Is(err, ErrNoSecret) {
		return err
	}
	return nil
}

// write stores a new sign-in's tokens in the best place there is. Older ones
// in the other place are gone first: two sets must never be found.
func (p *places) write(raw string) error {
	if p.mode == StoreFile {
		return p.writeFile(raw)
	}
	if err := p.removeFile(); err != nil {
		return err
	}
	err := p.keyring.Set(keyringService, p.account, raw)
	if err == nil || p.mode == StoreKeyring {
		return keyringError(err)
	}
	p.notice(fmt.Sprintf("The system keyring cannot be used (%v): the session is kept in %s, which only you can read.", err, p.short(p.file)))
	return p.writeFile(raw)
}

// rewrite replaces tokens where they are, and falls back to the file when the
// keyring has become unusable.
func (p *places) rewrite(raw string) error {
	if p.mode == StoreFile {
		return p.writeFile(raw)
	}
	if _, err := os.Stat(p.file); err == nil && p.mode == StoreAuto {
		return p.writeFile(raw)
	}
	return p.write(raw)
}

func (p *places) writeFile(raw string) error {
	if err := ReplaceFile(p.file, []byte(raw)); err != nil {
		return localError("cannot write the token file "+p.file, err)
	}
	return nil
}

// remove deletes the tokens from both places. A keyring that is there but
// cannot be used may still hold some, so that is an error unless they were in
// the file.
func (p *places) remove() error {
	_, statErr := os.Stat(p.file)
	if err := p.removeFile(); err != nil {
		return err
	}
	err := p.keyring.Delete(keyringService, p.account)
	quiet := p.mode == StoreFile || statErr == nil && p.mode == StoreAuto
	if quiet || errors.Is(err, ErrNoSecret) || errors.Is(err, errNoKeyring) {
		return nil
	}
	return keyringError(err)
}

func (p *places) removeFile() error {
	if err := os.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localError("cannot delete the token file "+p.file, err)
	}
	return nil
}

func keyringError(err error) error {
	if err == nil {
		return nil
	}
	return localError("the system keyring cannot be used", err).
		WithHint("unlock it, or keep tokens in a file only you can read: vizora profile set token-store=file")
}
