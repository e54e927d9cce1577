package config

// This file tests the keyring, and has the one that tests use.

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type fakeKeyring struct {
	mu      sync.Mutex
	secrets map[string]string
	err     error // every call fails
	setErr  error // only Set fails
	reads   int
}

func newFakeKeyring() *fakeKeyring { return &fakeKeyring{secrets: map[string]string{}} }

func (k *fakeKeyring) Get(service, user string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads++
	if k.err != nil {
		return "", k.err
	}
	secret, ok := k.secrets[service+"/"+user]
	if !ok {
		return "", ErrNoSecret
	}
	return secret, nil
}

func (k *fakeKeyring) Set(service, user, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := errors.Join(k.err, k.setErr); err != nil {
		return err
	}
	k.secrets[service+"/"+user] = secret
	return nil
}

func (k *fakeKeyring) Delete(service, user string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	if _, ok := k.secrets[service+"/"+user]; !ok {
		return ErrNoSecret
	}
	delete(k.secrets, service+"/"+user)
	return nil
}

func TestSilentKeyring(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	k := &systemKeyring{patience: 10 * time.Millisecond, env: func(string) (string, bool) { return "set", true }}
	var calls atomic.Int32
	for range 2 {
		_, err := k.ask(func() (string, error) { calls.Add(1); <-hang; return "", nil })
		if !errors.Is(err, errKeyringSilent) {
			t.Errorf("err = %v", err)
		}
	}
	if n := calls.Load(); n > 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestNoSessionBusNoKeyring(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return // always there
	}
	k := newSystemKeyring(func(string) (string, bool) { return "", false })
	if _, err := k.Get("s", "u"); !errors.Is(err, errNoKeyring) {
		t.Errorf("err = %v", err)
	}
}
