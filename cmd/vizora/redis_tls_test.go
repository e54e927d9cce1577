package main

// This file is about one thing: a shared journal over TLS with a private authority,
// and all that can be wrong with its address: each is told with what helps, at once,
// and nothing shows the password.

import (
	"crypto/tls"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api/redis/redistest"
)

func TestJournalOverTLS(t *testing.T) {
	t.Parallel()
	const password = "canary-5f2d81"
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always", "--requirepass", password)
	ours, theirs := newAuthority(t), newAuthority(t)
	front := redistest.StartTLSProxy(t, server.Host, &tls.Config{Certificates: []tls.Certificate{ours.issue(nil)}, MinVersion: tls.VersionTLS12})
	strict := redistest.StartTLSProxy(t, server.Host, &tls.Config{Certificates: []tls.Certificate{ours.issue(nil)}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert})
	s := newStage(t)
	good, bad := ours.keep(filepath.Join(s.dir, "good.pem")), theirs.keep(filepath.Join(s.dir, "bad.pem"))
	all := ""
	try := func(store, ca string, args ...string) (exit int, said string) {
		t.Helper()
		env := append(s.environ(), "VIZORA_JOURNAL_STORE="+store, "VIZORA_CA_FILE="+ca)
		r := run(t, env, s.dir, "", args...)
		all += r.stdout + r.stderr
		return r.exit, r.stderr
	}
	address := "rediss://:" + password + "@" + front.Host + "/tls"
	for _, args := range [][]string{
		{"playlist", "create", "Over TLS", "--debug"}, {"playlist", "create", "Later", "--async", "-o", "json"}, {"journal", "list", "-o", "json"},
		{"status"}, {"sync", "--debug"}, {"doctor", "-o", "json"}, {"doctor", "--bundle", "bundle.tar.gz"}, {"profile", "show"}, {"profile", "show", "-o", "json"},
	} {
		exit, said := try(address, good, args...)
		want := 0
		switch {
		case args[0] == "doctor":
			continue // of the rest of this stage it may find what it likes
		case len(args) > 3 && args[3] == "--async":
			want = 9
		}
		if exit != want {
			t.Errorf("%v: exit %d: %s", args, exit, said)
		}
	}
	if n := len(rowsNamed(t, s, "/playlists", "Later")); n != 1 {
		t.Errorf("%d of what was delivered", n)
	}
	s.env["VIZORA_REDIS_PASSWORD"] = password
	for _, args := range [][]string{
		{"playlist", "create", "Beside it"},
		{"watch", "--from", "rediss://" + front.Host + "/0/events", "--timeout", "4s"}, // nobody publishes; it is let in
		{"profile", "show"},
	} {
		exit, said := try("rediss://"+front.Host+"/tls", good, args...)
		if want := map[string]int{"watch": 10}[args[0]]; exit != want || strings.Contains(said, "password") {
			t.Errorf("%v: exit %d: %s", args, exit, said)
		}
	}
	delete(s.env, "VIZORA_REDIS_PASSWORD")
	if _, said := try(address, good, "watch", "--from", "rediss://:"+password+"@"+front.Host+"/0/events", "--timeout", "1ms"); !strings.Contains(said, "give it in VIZORA_REDIS_PASSWORD") {
		t.Errorf("a password in an argument: %s", said)
	}
	for _, c := range []struct {
		name, store, ca string
		says, fix       string
	}{
		{"another authority", address, bad, "certificate signed by unknown authority", "ca-file=PATH"},
		{"another name", strings.Replace(address, "127.0.0.1", "localhost", 1), good, "certificate is", "a name in journal.store"},
		{"no TLS to its port", strings.Replace(address, "rediss:", "redis:", 1), good, "ends the connection", "rediss:// in journal.store"},
		{"TLS to a port without", "rediss://:" + password + "@" + server.Host, good, "handshake timeout", "redis:// in journal.store"},
		{"no client certificate", strings.Replace(address, front.Host, strict.Host, 1), good, "certificate required", "client-cert=PATH"},
		{"wrong password", "rediss://:" + password + "-old@" + front.Host, good, "does not accept the user and password", "journal.store (VIZORA_JOURNAL_STORE)"},
		{"no password", "rediss://" + front.Host, good, "does not accept the user and password", "redis://USER:PASSWORD@HOST"},
		{"nobody there", "redis://:" + password + "@127.0.0.1:1", good, "connection refused", "is it running"},
		{"no such host", "redis://:" + password + "@nowhere.invalid", good, "nowhere.invalid", "is it running"},
		{"no address", "redis://:" + password + "@/0", good, "names no host", "give redis://"},
	} {
		for _, args := range [][]string{{"playlist", "create", "Not made", "--debug"}, {"journal", "list", "-o", "json"}} {
			exit, said := try(c.store, c.ca, args...)
			if exit == 0 || !strings.Contains(said, c.says) || !strings.Contains(said, c.fix) {
				t.Errorf("%s: %v: exit %d: %s", c.name, args, exit, said)
			}
		}
	}
	if n := len(rowsNamed(t, s, "/playlists", "Not made")); n != 0 {
		t.Errorf("%d were made without their journal", n)
	}
	if strings.Contains(all, "canary") {
		t.Error("the password was shown")
	}
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "canary") {
			t.Errorf("the password is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
