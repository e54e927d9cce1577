package main

// This file is about one thing: answers of the platform after which sending
// again would do harm.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// between puts a handler between the commands and the server; the returned
// count is of the writes that came.
func (s *stage) between(handle func(w http.ResponseWriter, r *http.Request, on http.Handler)) *atomic.Int32 {
	var writes atomic.Int32
	on := s.front.forward
	s.front.down()
	s.front.forward = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			writes.Add(1)
		}
		handle(w, r, on)
	})
	s.front.up(s.t)
	return &writes
}

// TestFleetLimitIsNeverTriedAgain: each try would begin the minute anew
// (contract rest 1.8).
func TestFleetLimitIsNeverTriedAgain(t *testing.T) {
	s := newStage(t)
	writes := s.between(func(w http.ResponseWriter, r *http.Request, on http.Handler) { on.ServeHTTP(w, r) })
	const line = `fleet command reload --display "Lobby North" --yes`
	for range 10 {
		s.must(line)
	}
	for _, more := range []string{"", " --retries 5", " --expires 1h"} {
		before := writes.Load()
		r := s.try(line + more)
		if n := writes.Load() - before; n != 1 {
			t.Errorf("%q: %d requests for one command", more, n)
		}
		if !strings.Contains(r.stderr, "send none for a whole minute") && more != " --expires 1h" || r.exit != cmdutil.ExitRateLimited && r.exit != cmdutil.ExitQueued {
			t.Errorf("%q: exit %d\n%s", more, r.exit, r.stderr)
		}
	}
	before := writes.Load()
	s.try("sync") // what --expires keeps waits for its time
	if n := writes.Load() - before; n != 0 {
		t.Errorf("sync sent %d requests within the minute", n)
	}
}

// TestSweepThatTookTooLong: the rule is saved (contract rest 1.3, 15).
func TestSweepThatTookTooLong(t *testing.T) {
	s := newStage(t)
	writes := s.between(func(w http.ResponseWriter, r *http.Request, on http.Handler) {
		if r.Method == http.MethodGet {
			on.ServeHTTP(w, r)
			return
		}
		done := httptest.NewRecorder()
		on.ServeHTTP(done, r)
		if done.Code >= 300 {
			t.Errorf("%s %s: %d %s", r.Method, r.URL, done.Code, done.Body)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusGatewayTimeout)
		_, _ = fmt.Fprint(w, `{"message":"Tag rule evaluation timed out","scanned":120,"assigned":7,"total":400,"hint":"Re-evaluate later"}`)
	})
	for i, line := range []string{
		`tag-rule create Seasonal --tag indoor --playlist "Lobby Loop"`, `tag-rule update Seasonal --priority 7`, `tag-rule re-evaluate Seasonal`,
	} {
		r := s.try(line)
		if r.exit != cmdutil.ExitPartial || !strings.Contains(r.stderr, "is saved") || !strings.Contains(r.stderr, "120 of 400") || !strings.Contains(r.stderr, "do not send it again") {
			t.Errorf("%s: exit %d\n%s", line, r.exit, r.stderr)
		}
		if n := int(writes.Load()); n != i+1 {
			t.Errorf("%s: %d writes so far", line, n)
		}
	}
	if got := strings.TrimSpace(s.must(`tag-rule list -o jq='map([.name, .priority])'`).stdout); strings.Join(strings.Fields(got), "") != `[["Seasonal",7]]` {
		t.Errorf("the rules: %s", got)
	}
	if left := strings.TrimSpace(s.must("journal list -o json").stdout); left != "[]" {
		t.Errorf("the journal keeps %s", left)
	}
	if n := writes.Load(); n != 3 {
		t.Errorf("%d writes", n)
	}
}
