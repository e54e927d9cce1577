package cmdutil

// This file is about one thing: how long TAB waits, in a time of its own.

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// TestTabWaitsBriefly: names that nothing is known of are waited for, and never
// longer than the limit, whatever the process that reads them does.
func TestTabWaitsBriefly(t *testing.T) {
	if limit := max(completionWait, journalPatience); limit > 250*time.Millisecond {
		t.Fatalf("a limit of %s leaves a program no time to start within 300 ms", limit)
	}
	synctest.Test(t, func(t *testing.T) {
		f := &Factory{Now: time.Now}
		cache := api.OpenSnapshots(t.TempDir(), "http://127.0.0.1", "org", time.Now)
		start := time.Now()
		f.waitForNames(t.Context(), cache, "/displays", time.Time{}, make(chan struct{}))
		if took := time.Since(start); took != completionWait {
			t.Errorf("a reader that never ends is waited for %s", took)
		}
		ended := make(chan struct{})
		close(ended)
		start = time.Now()
		f.waitForNames(t.Context(), cache, "/displays", time.Time{}, ended)
		if took := time.Since(start); took > completionPoll {
			t.Errorf("a reader that has ended is waited for %s", took)
		}
	})
}
