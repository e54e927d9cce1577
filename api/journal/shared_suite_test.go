package journal

// This file is about one thing: the journal's tests, all of them once more on a
// Redis server: the test binary runs itself with a store of each test's own.

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"testing"
	"time"

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
