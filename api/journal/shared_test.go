package journal

// This file is about one thing: what only a shared journal must do: refuse a
// transaction whose lease has passed, survive a lost answer and a restart of its
// server, and say what the server could lose.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// startRedis runs a server for one test. The suite on Redis has one already, and
// leaves these tests to the first run.
func startRedis(t testing.TB, options ...string) *redistest.Server {
	t.Helper()
	if os.Getenv(storeEnv) != "" {
		t.Skip("it starts a server of its own")
	}
	return redistest.Start(t, options...)
}

// sharedJournal opens a journal on a server.
func sharedJournal(t testing.TB, store string, client *api.Client, change ...func(*Options)) *Journal {
	t.Helper()
	return openTest(t, client, t.TempDir(), append(change, func(o *Options) { o.Store = store })...)
}

// A shared bucket answers as the file's does, whatever was done before, within
// the transaction that does it and after.
func TestSharedBucketsAreAsTheFiles(t *testing.T) {
	s := startRedis(t)
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		file := openTest(t, nil, filepath.Join(t.TempDir(), "state"))
		file.store = newFileStore(file.opts.Dir, disk{}, time.Minute, func(string) {})
		shared := sharedJournal(t, s.URL(fmt.Sprint("b", round)), nil)
		for range rapid.IntRange(1, 4).Draw(r, "transactions") {
			steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 30).Draw(r, "steps")
			var want, got []string
			err := file.store.update(context.Background(), func(tx *tx) error { want = walk(tx.bucket(takenBucket), steps); return nil })
			if err != nil {
				r.Fatal(err)
			}
			err = shared.store.update(context.Background(), func(tx *tx) error { got = walk(tx.bucket(takenBucket), steps); return nil })
			if err != nil {
				r.Fatal(err)
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				r.Fatalf("steps %v\nshared %q\nfile   %q", steps, got, want)
			}
		}
	})
}

type step struct {
	do  string
	key string
}

func drawStep(t *rapid.T) step {
	key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'b', '[', '(', 0xff}), 1, 2).Draw(t, "key")
	return step{rapid.SampledFrom([]string{"put", "put", "put", "delete", "get", "each", "seek", "back"}).Draw(t, "do"), string(key)}
}

// walk does the steps and tells what was seen.
func walk(b bucket, steps []step) []string {
	var seen []string
	for i, s := range steps {
		key := []byte(s.key)
		switch s.do {
		case "put":
			_ = b.Put(key, []byte{byte(i)})
		case "delete":
			_ = b.Delete(key)
		case "get":
			seen = append(seen, fmt.Sprintf("%q", b.Get(key)))
		case "each":
			_ = b.ForEach(func(k, v []byte) error { seen = append(seen, fmt.Sprintf("%q=%q", k, v)); return nil })
		case "seek":
			c := b.Cursor()
			for k, v := c.Seek(key); k != nil; k, v = c.Next() {
				seen = append(seen, fmt.Sprintf("%q=%q", k, v))
			}
		case "back":
			c := b.Cursor()
			c.Seek(key)
			for k, v := c.Prev(); k != nil; k, v = c.Prev() {
				seen = append(seen, fmt.Sprintf("%q=%q", k, v))
			}
		}
	}
	return seen
}

// A transaction that was held up for longer than its lease writes nothing: it is
// done anew, on what another has written meanwhile.
func TestTransactionPastItsLeaseIsFencedOut(t *testing.T) {
	s := startRedis(t)
	j, other := sharedJournal(t, s.URL("fence"), nil), sharedJournal(t, s.URL("fence"), nil)
	short := j.store.(*sharedStore)
	short.txLease = 50 * time.Millisecond
	tries := 0
	err := j.store.update(context.Background(), func(tx *tx) error {
		if tries++; tries == 1 {
			submitAsync(t, other, "meanwhile") // takes the lease as soon as it has passed
			short.txLease = time.Minute
		} else if tx.pending.all != 1 {
			t.Errorf("the second try sees %d operations", tx.pending.all)
		}
		return tx.bucket(takenBucket).Put([]byte("tries"), []byte{byte(tries)})
	})
	if err != nil || tries != 2 {
		t.Fatalf("%v after %d tries", err, tries)
	}
	err = j.store.view(context.Background(), func(tx *tx) error {
		if got := tx.takenBy("tries"); got != "\x02" {
			t.Errorf("the record is of try %q", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantLeft(t, j, Queued)
}

// What was read over a lease that has passed is not taken for one moment's.
func TestReadingPastItsLeaseIsAnError(t *testing.T) {
	s := startRedis(t)
	j := sharedJournal(t, s.URL("read"), nil)
	submitAsync(t, j, "a")
	short := j.store.(*sharedStore)
	err := short.view(context.Background(), func(*tx) error {
		_, err := short.client.Do(context.Background(), "DEL", short.leaseKey())
		return err
	})
	wantKind(t, err, api.KindLocal)
}

// A server that cannot keep a journal is refused, with what it is.
func TestServersThatAreUnfit(t *testing.T) {
	s := startRedis(t)
	for _, c := range []struct{ info, says string }{
		{"redis_version:5.0.14\r\nredis_mode:standalone\r\n", "is version 5.0.14; a shared journal needs 6 or later"},
		{"redis_version:7.2.4\r\nredis_mode:cluster\r\n", "is a cluster"},
	} {
		p := redistest.StartProxy(t, s.Host)
		p.Answer(func(call []string) string {
			if strings.EqualFold(call[0], "INFO") {
				return fmt.Sprintf("$%d\r\n%s\r\n", len(c.info), c.info)
			}
			return ""
		})
		_, err := sharedJournal(t, p.URL("unfit"), nil).Submit(context.Background(), create("a"), SubmitOptions{Async: true})
		wantKind(t, err, api.KindLocal)
		if !strings.Contains(err.Error(), c.says) {
			t.Error(err)
		}
	}
}

// With an append-only file that is synced always, a server that crashes and comes
// back has lost nothing, and a runner that was at work goes on.
func TestServerThatCrashesAndComesBack(t *testing.T) {
	s := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	server := newServer(t)
	j := sharedJournal(t, s.URL("aof"), server.client(), func(o *Options) { o.RequireDurable = true })
	const n = 60
	done := make(chan error, 1)
	acknowledged := make(chan int, 1)
	go func() {
		for i := range n {
			if i == n/3 {
				acknowledged <- i
			}
			if _, err := j.Submit(context.Background(), create(fmt.Sprint(i)), SubmitOptions{Async: i%2 == 0}); err != nil && !api.IsKind(err, api.KindQueued) {
				done <- err
				return
			}
		}
		done <- nil
	}()
	<-acknowledged
	s.Kill()
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if report := drain(t, j); report.Left != 0 || len(server.all("playlists")) != n {
		t.Fatalf("%+v; %d rows", report, len(server.all("playlists")))
	}
}

// Without its server nothing is sent, and the password is not told.
func TestNothingIsSentWithoutTheServer(t *testing.T) {
	s := startRedis(t)
	s.Kill()
	server := newServer(t)
	j := sharedJournal(t, "redis://user:geheim@"+s.Host+"/down", server.client())
	_, err := j.Submit(context.Background(), create("a"), SubmitOptions{})
	wantKind(t, err, api.KindLocal)
	if len(server.log()) != 0 || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), s.Host) {
		t.Fatalf("%v; the server got %v", err, server.log())
	}
	_, err = Open(Options{Dir: t.TempDir(), Store: "redis://user:geheim@h/0/a b"})
	wantKind(t, err, api.KindInvalid)
	if strings.Contains(fmt.Sprintf("%+v", err), "geheim") {
		t.Fatal(err)
	}
}

func TestDurabilityIsToldOnceAndRequired(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []string
		user    string
		says    string
		durable bool
	}{
		{"nothing", nil, "", "loses everything in it", false},
		{"snapshots", []string{"--save", "60 1"}, "", "since its last snapshot", false},
		{"append-only", []string{"--appendonly", "yes"}, "", "last second", false},
		{"append-only, unsynced", []string{"--appendonly", "yes", "--appendfsync", "no"}, "", "30 seconds", false},
		{"durable", []string{"--appendonly", "yes", "--appendfsync", "always"}, "", "loses nothing", true},
		{"evicts", []string{"--appendonly", "yes", "--appendfsync", "always", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, "", "throws away", false},
		{"evicts leases", []string{"--appendonly", "yes", "--appendfsync", "always", "--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"}, "", "two runners may send", false},
		{"limited, evicts nothing", []string{"--appendonly", "yes", "--appendfsync", "always", "--maxmemory", "100mb"}, "", "loses nothing", true},
		{"evicts and tells no CONFIG", []string{"--user", "ci", "on", ">pw", "~*", "+@all", "-config", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, "ci:pw@", "throws away operations", false},
		{"no CONFIG", []string{"--appendonly", "yes", "--appendfsync", "always", "--user", "ci", "on", ">pw", "~*", "+@all", "-config"}, "ci:pw@", "does not tell how often", false},
		{"neither CONFIG nor INFO", []string{"--user", "ci", "on", ">pw", "~*", "+@all", "-config", "-info"}, "ci:pw@", "nobody can tell", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startRedis(t, c.options...)
			store := "redis://" + c.user + s.Host + "/d"
			dir, told := t.TempDir(), []string{}
			open := func(must bool) *Journal {
				return openTest(t, nil, dir, func(o *Options) {
					o.Store, o.RequireDurable = store, must
					o.OnEvent = func(e Event) {
						if e.Type == EventNotice {
							told = append(told, e.Message)
						}
					}
				})
			}
			submitAsync(t, open(false), "a")
			submitAsync(t, open(false), "b")
			if len(told) != 1 || !strings.Contains(told[0], c.says) || strings.Contains(told[0], "pw") {
				t.Fatalf("told %q", told)
			}
			_, err := open(true).Submit(context.Background(), create("c"), SubmitOptions{Async: true})
			if c.durable {
				wantKind(t, err, api.KindQueued)
				return
			}
			wantKind(t, err, api.KindInvalid)
			wantLeft(t, open(false), Queued, Queued)
		})
	}
}
