package journal

// This file is about one thing: the journal's tests, all of them once more on a
// Redis server: the test binary runs itself with a store of each test's own.

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// storeEnv holds the address of the server on which the tests' journals are.
const storeEnv = "VIZORA_JOURNAL_STORE_OF_TESTS"

// testLease is how long a killed sender counts as alive: long enough for a busy
// machine, and a test waits for it.
const testLease = 5 * time.Second

// sharedTestStore is the address of the journal that stands for a directory's; ""
// where the tests are about the file.
func sharedTestStore(dir string) string {
	server := os.Getenv(storeEnv)
	if server == "" {
		return ""
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(dir))
	return fmt.Sprintf("%s/t%016x", server, sum.Sum64())
}

// aboutTheFile leaves a test out that is about what only a file has.
func aboutTheFile(t testing.TB) {
	t.Helper()
	if os.Getenv(storeEnv) != "" {
		t.Skip("it is about the journal's file")
	}
}

// eachKept calls fn with every value that a shared journal's server holds of it.
func eachKept(t testing.TB, s *sharedStore, fn func(key string, field, value []byte)) {
	t.Helper()
	do := func(command string, args ...any) any {
		answer, err := s.client.Do(context.Background(), command, args...)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	for _, key := range redis.List(do("KEYS", s.prefix+"*")) {
		name := redis.Text(key)
		switch redis.Text(do("TYPE", name)) {
		case "hash":
			all := redis.List(do("HGETALL", name))
			for i := 0; i+1 < len(all); i += 2 {
				fn(name, redis.Bytes(all[i]), redis.Bytes(all[i+1]))
			}
		case "string":
			if !strings.HasPrefix(name, s.key("done:")) { // passes by itself
				fn(name, nil, redis.Bytes(do("GET", name)))
			}
		default:
			for _, member := range redis.List(do("ZRANGE", name, 0, -1)) {
				fn(name, redis.Bytes(member), nil)
			}
		}
	}
}

// keptBytes is all that the store holds of a journal.
func keptBytes(t testing.TB, j *Journal) (all []byte) {
	t.Helper()
	s, shared := j.store.(*sharedStore)
	if !shared {
		return mustRead(t, filepath.Join(j.opts.Dir, FileName))
	}
	eachKept(t, s, func(key string, field, value []byte) {
		all = append(append(append(append(all, key...), field...), value...), '\n')
	})
	return all
}

// rot changes a byte inside the records that hold a text.
func rot(t *testing.T, j *Journal, text string) {
	t.Helper()
	rotten := []byte(strings.ToUpper(text[:1]) + text[1:])
	s, shared := j.store.(*sharedStore)
	if !shared {
		path := filepath.Join(j.opts.Dir, FileName)
		if err := os.WriteFile(path, bytes.ReplaceAll(mustRead(t, path), []byte(text), rotten), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	eachKept(t, s, func(key string, field, value []byte) {
		if bytes.Contains(value, []byte(text)) {
			if _, err := s.client.Do(context.Background(), "HSET", key, field, bytes.ReplaceAll(value, []byte(text), rotten)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSuiteOnRedis(t *testing.T) {
	if os.Getenv(storeEnv) != "" {
		t.Skip("this is the suite on Redis")
	}
	if testing.Short() {
		t.Skip("it runs the tests a second time")
	}
	s := redistest.Start(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.v", "-test.timeout=9m")
	cmd.Env = append(os.Environ(), storeEnv+"=redis://"+s.Host)
	out, err := cmd.CombinedOutput()
	passed, skipped := bytes.Count(out, []byte("\n--- PASS: ")), bytes.Count(out, []byte("\n--- SKIP: "))
	if err != nil || passed < 60 || passed < 3*skipped {
		t.Fatalf("on Redis: %v; %d tests passed, %d were skipped\n%s", err, passed, skipped, out)
	}
	t.Logf("on Redis %d tests passed, %d are about the file", passed, skipped)
}
