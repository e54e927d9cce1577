package journal

// This file is about one thing: several processes at once, and processes that
// are killed at any moment.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// long says that the test run may take minutes.
func long() bool { return os.Getenv("VIZORA_LONG") == "1" }

func TestEightProcessesLoseNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state") // they race for its creation too
	var children []*process
	for i := range 8 {
		children = append(children, spawn(t, "record", dir, "", fmt.Sprint("p", i), 15))
	}
	acknowledged := map[string]bool{}
	for _, c := range children {
		for _, r := range c.all(t) {
			if r.Failed != "" {
				t.Fatal(r.Failed)
			}
			acknowledged[r.ID] = true
		}
	}
	ops := mustList(t, openTest(t, nil, dir))
	if len(acknowledged) != 8*15 || len(ops) != len(acknowledged) {
		t.Fatalf("%d acknowledged, %d recorded", len(acknowledged), len(ops))
	}
	for i, op := range ops {
		if !acknowledged[op.ID] || op.Seq != uint64(i+1) {
			t.Fatalf("operation %s with seq %d", op.ID, op.Seq)
		}
	}
}

// A process that sends is killed at a random moment, again and again. In the
// end everything acknowledged is on the server, and nothing twice.
func TestKilledProcessesLoseNothingAndSendNothingTwice(t *testing.T) {
	rounds := 20
	if long() {
		rounds = 1000
	}
	s := newServer(t)
	dir := filepath.Join(t.TempDir(), "state")
	acknowledged := map[string]bool{}
	for round := range rounds {
		c := spawn(t, "send", dir, s.http.URL, fmt.Sprint("r", round), 1000)
		lines := 0
		var deadline <-chan time.Time // from the first acknowledgement: how long a child takes to start is the machine's affair
		for killed := false; !killed; {
			select {
			case r, ok := <-c.lines:
				if !ok {
					t.Fatal("the child ended by itself")
				}
				note(t, acknowledged, r)
				if lines++; lines == 1 {
					deadline = time.After(time.Duration(rand.IntN(60)) * time.Millisecond)
				}
			case <-deadline:
				_ = c.cmd.Process.Kill()
				killed = true
			}
		}
		for _, r := range c.all(t) {
			note(t, acknowledged, r)
		}
	}
	time.Sleep(50 * time.Millisecond) // requests of the dead that the server is still reading
	j := openTest(t, s.client(), dir, func(o *Options) { o.ServerLimit = 300 * time.Millisecond })
	for range 3 {
		if drain(t, j).Left == 0 {
			break
		}
	}
	wantLeft(t, j)
	count := map[string]int{}
	for _, r := range s.all("playlists") {
		count[r["name"].(string)]++
	}
	for name, n := range count {
		if n != 1 {
			t.Errorf("%s was made %d times", name, n)
		}
	}
	for name := range acknowledged {
		if count[name] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", name, count[name])
		}
	}
	if len(acknowledged) < rounds {
		t.Fatalf("only %d operations in %d rounds", len(acknowledged), rounds)
	}
}

func note(t *testing.T, acknowledged map[string]bool, r report) {
	t.Helper()
	if r.Failed != "" {
		t.Fatalf("%s: %s", r.Name, r.Failed)
	}
	acknowledged[r.Name] = true
}

// place is what a call on the line answered: an operation and its place in the
// order. Without the place a checker would try all orders of what ran at once.
type place struct {
	id  string
	seq uint64
}

// queueModel is one resource's line: operations get ascending places, and are
// claimed in that order, one at a time.
type queueState struct {
	line    []string
	last    uint64
	claimed bool
}

var queueModel = porcupine.Model{
	Init: func() any { return queueState{} },
	Step: func(state, input, output any) (bool, any) {
		q, in, out := state.(queueState), input.(string), output.(place)
		switch in {
		case "enqueue":
			return out.seq == q.last+1, queueState{append(slices.Clone(q.line), out.id), out.seq, q.claimed}
		case "claim":
			if out.id == "" {
				return q.claimed || len(q.line) == 0, q
			}
			return !q.claimed && len(q.line) > 0 && q.line[0] == out.id, queueState{q.line, q.last, true}
		}
		if !q.claimed || len(q.line) == 0 || q.line[0] != out.id {
			return false, q
		}
		return true, queueState{slices.Clone(q.line[1:]), q.last, false}
	},
	Equal: func(a, b any) bool {
		x, y := a.(queueState), b.(queueState)
		return x.claimed == y.claimed && x.last == y.last && slices.Equal(x.line, y.line)
	},
}

func TestClaimsOfSeveralProcessesAreLinearizable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	var children []*process
	for i := range 4 {
		children = append(children, spawn(t, "queue", dir, "", fmt.Sprint(i), 6))
	}
	var history []porcupine.Operation
	for _, c := range children {
		for _, r := range c.all(t) {
			if r.Failed != "" {
				t.Fatal(r.Failed)
			}
			history = append(history, porcupine.Operation{ClientId: r.Client, Input: r.Call, Output: place{r.ID, r.Seq}, Call: r.Begin, Return: r.End})
		}
	}
	if len(history) < 4*6*2 {
		t.Fatalf("only %d calls", len(history))
	}
	if result := porcupine.CheckOperationsTimeout(queueModel, history, 30*time.Second); result != porcupine.Ok {
		t.Fatalf("the history is %v", result)
	}
	ops, err := openTest(t, nil, dir).List(context.Background(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		if op.State != Queued {
			t.Fatalf("%s is left in state %s", op.ID, op.State)
		}
	}
}

// A history that must not be: the checker has to refuse it, or the test above
// proves nothing.
func TestTheModelRefusesWrongHistories(t *testing.T) {
	type call struct {
		client int
		what   string
		id     string
		seq    uint64
	}
	enqueue := func(client int, id string, seq uint64) call { return call{client, "enqueue", id, seq} }
	claim := func(client int, id string) call { return call{client, "claim", id, 0} }
	settle := func(client int, id string) call { return call{client, "settle", id, 0} }
	check := func(calls []call, overlap bool) porcupine.CheckResult {
		var history []porcupine.Operation
		for i, c := range calls {
			begin, end := int64(10*i), int64(10*i+5)
			if overlap { // each runs beside the next
				end += 10
			}
			history = append(history, porcupine.Operation{ClientId: c.client, Input: c.what, Output: place{c.id, c.seq}, Call: begin, Return: end})
		}
		return porcupine.CheckOperationsTimeout(queueModel, history, 30*time.Second)
	}
	right := []call{enqueue(1, "a", 1), enqueue(2, "b", 2), claim(1, "a"), claim(2, ""), settle(1, "a"), claim(2, "b"), settle(2, "b"), claim(1, "")}
	if result := check(right, false); result != porcupine.Ok {
		t.Fatalf("a right history is %v", result)
	}
	if result := check([]call{claim(2, "a"), enqueue(1, "a", 1)}, true); result != porcupine.Ok {
		t.Fatalf("calls beside each other may take effect in either order, and are %v", result)
	}
	wrong := map[string][]call{
		"claimed twice":                     {enqueue(1, "a", 1), claim(1, "a"), claim(2, "a")},
		"claimed out of order":              {enqueue(1, "a", 1), enqueue(1, "b", 2), claim(2, "b")},
		"one place twice":                   {enqueue(1, "a", 1), enqueue(2, "b", 1)},
		"a place left out":                  {enqueue(1, "a", 1), enqueue(2, "b", 3)},
		"acknowledged and lost":             {enqueue(1, "a", 1), claim(2, "")},
		"lost behind another":               {enqueue(1, "a", 1), enqueue(1, "b", 2), claim(1, "a"), settle(1, "a"), claim(1, "")},
		"settled and not claimed":           {enqueue(1, "a", 1), settle(2, "a")},
		"settled twice":                     {enqueue(1, "a", 1), claim(1, "a"), settle(1, "a"), settle(1, "a")},
		"back after it was settled":         {enqueue(1, "a", 1), claim(1, "a"), settle(1, "a"), claim(2, "a")},
		"claimed before it was recorded":    {claim(2, "a"), enqueue(1, "a", 1)},
		"the next before one is settled":    {enqueue(1, "a", 1), enqueue(1, "b", 2), claim(1, "a"), claim(2, "b")},
		"two are recorded in another order": {enqueue(1, "a", 2), enqueue(1, "b", 1)},
	}
	for name, calls := range wrong {
		if result := check(calls, false); result != porcupine.Illegal {
			t.Errorf("%s: %v", name, result)
		}
	}
}
