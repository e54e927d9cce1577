package realtime

// Tests of Follow under virtual time, with a scripted server and lists that
// the test changes.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// lists is a Lister whose resources a test sets.
type lists struct {
	mu      sync.Mutex
	rows    []Resource
	windows []Window
	notices []Notification
	err     error
	takes   time.Duration
	walks   int
	asked   []string // displays that were confirmed
	every   time.Duration
}

func (l *lists) List(ctx context.Context, _ time.Time) (*Listing, error) {
	l.mu.Lock()
	listing := &Listing{Resources: slices.Clone(l.rows), Windows: l.windows, Notifications: l.notices}
	err, takes := l.err, l.takes
	l.walks++
	l.mu.Unlock()
	if slept := sleep(ctx, takes); slept != nil {
		return nil, slept
	}
	return listing, err
}

func (l *lists) Displays(_ context.Context, ids []string) ([]Resource, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, ids...)
	var found []Resource
	for _, r := range l.rows {
		if slices.Contains(ids, r.ID) {
			found = append(found, r)
		}
	}
	return found, l.err
}

func (l *lists) Fields(kind string) []string {
	if kind == KindPlaylist {
		return []string{"name", FieldOrder, FieldUpdatedAt}
	}
	return []string{"name"}
}

func (l *lists) Payload(r *Resource) json.RawMessage {
	return json.RawMessage(`{"id":"` + r.ID + `"}`)
}

func (l *lists) Every(asked time.Duration) time.Duration { return max(asked, l.every) }
func (l *lists) Wait() time.Duration                     { return 0 }

func (l *lists) set(err error, rows ...Resource) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows, l.err = rows, err
}

func display(id, status string, version uint32) Resource {
	return Resource{Kind: KindDisplay, ID: id, Name: "Lobby", Status: status, Sums: []uint32{version}}
}

func playlist(id string, sums ...uint32) Resource {
	return Resource{Kind: KindPlaylist, ID: id, Sums: sums}
}

// pushed is a status as the platform sends it at this moment.
func pushed(id, status string) string { return pushedAt(id, status, time.Now()) }

func pushedAt(id, status string, at time.Time) string {
	return `42["device:status",{"deviceId":"` + id + `","status":"` + status + `","timestamp":"` + Stamp(at) + `"}]`
}

// follow runs a Follow for d and returns what it told, one word each.
func follow(t *testing.T, n *pipeNet, l *lists, poll, d time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var told tale
	f := Follow{Session: Open(n.options(StaticToken("jwt"))), Lister: l, Poll: poll}
	if err := f.Run(ctx, told.item); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended for %v", err)
	}
	return strings.Join(told, " ")
}

// tale is what a Follow told, in short.
type tale []string

func (w *tale) item(i Item) error {
	var word string
	switch i := i.(type) {
	case Pause:
		return nil
	case State:
		word = string(i.State)
	case Snapshot:
		word = fmt.Sprint("snapshot:", len(i.Resources))
	case Gap:
		word = fmt.Sprintf("gap:%d:%v:%v", i.Refilled, i.MayHaveMissed, i.Err)
	case Polling:
		word = fmt.Sprint("every:", i.Every)
	case Record:
		switch id, status := statusOf(i.Data); {
		case i.Own():
			word = "(" + i.Event + ")"
		case status != "":
			word = i.Source + ":" + id + "=" + status
		case i.Event == EventHealthAlert:
			word = i.Source + ":alert:" + i.Display()
		default:
			data, _, _ := strings.Cut(string(i.Data), `,"timestamp"`)
			word = i.Source + ":" + i.Event + "=" + data
		}
		if i.Gap != nil && !i.Own() {
			word += "(gap)"
		}
	}
	*w = append(*w, word)
	return nil
}

// TestFollowRefills: what changed while the stream was away is told after the
// word that it is back, before what was pushed meanwhile, and then accounted for.
func TestFollowRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{takes: time.Second}
		l.set(nil, display("a", "online", 1), display("b", "offline", 1), playlist("p", 1, 1, 1), playlist("q", 1, 1, 1), playlist("r", 1, 1, 1))
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame)
			if p.n == 1 {
				p.send(`42["device:status:batch",[{"deviceId":"a","status":"online"},{"deviceId":"b","status":"offline"}]]`)
				time.Sleep(10 * time.Second)
				p.send(pushed("b", "online"))
				l.set(nil, display("a", "offline", 1), display("b", "online", 1), display("c", "online", 1), playlist("p", 2, 1, 2), playlist("r", 1, 2, 2))
				return
			}
			// Held until the walk is done, and newer than it for display a.
			p.send(pushed("a", "online"), pushed("c", "offline"))
			p.beat(time.Hour)
		})
		want := `connecting live (connect) snapshot:5 push:b=online lost (disconnect) connecting live (connect) snapshot:5 ` +
			`poll:display:updated={"displayId":"c","action":"created","payload":{"id":"c"}(gap) ` +
			`poll:playlist:updated={"playlistId":"p","action":"updated","changed":["name"],"payload":{"id":"p"}(gap) ` +
			`poll:playlist:updated={"playlistId":"q","action":"deleted"(gap) ` +
			`poll:playlist:updated={"playlistId":"r","action":"items_reordered","changed":["order"],"payload":{"id":"r"}(gap) ` +
			`push:a=online push:c=offline gap:4:true:<nil> (gap) ended`
		if got := follow(t, n, l, 0, time.Minute); got != want {
			t.Errorf("told\n %s\nwant\n %s", got, want)
		}
	})
}

// TestFollowPolls: what has no push is found by polling; what was pushed while
// the lists were walked is not contradicted by an older list.
func TestFollowPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{takes: 2 * time.Second}
		l.set(nil, display("a", "online", 1), display("b", "online", 1))
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, pushed("a", "online"))
			p.beat(30 * time.Second)
			l.set(nil, display("a", "online", 1), display("b", "offline", 2))
			p.beat(33 * time.Second) // 63 s: in the midst of a walk
			p.send(pushed("a", "offline"))
			p.beat(time.Hour)
		})
		got := follow(t, n, l, time.Minute, 100*time.Second)
		want := `connecting live (connect) every:1m0s snapshot:2 push:a=online push:a=offline ` +
			`snapshot:2 poll:display:updated={"displayId":"b","action":"updated","changed":["name"],"payload":{"id":"b"} poll:b=offline ended`
		if got != want {
			t.Errorf("told\n %s\nwant\n %s", got, want)
		}
		if l.walks != 2 {
			t.Errorf("%d walks", l.walks)
		}
	})
}

// TestFollowWithoutREST: a walk that fails holds nothing back, is reported and
// tried again.
func TestFollowWithoutREST(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{takes: 100 * time.Millisecond}
		l.set(errors.New("away"))
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, pushed("a", "online"))
			if p.n == 1 {
				time.Sleep(time.Second)
				return
			}
			p.beat(26 * time.Second)
			l.set(nil, display("a", "offline", 1))
			p.beat(time.Hour)
		})
		want := `connecting live (connect) every:0s push:a=online lost (disconnect) connecting live (connect) push:a=online ` +
			`gap:0:true:away (gap) every:0s snapshot:1 gap:0:true:<nil> (gap) ended`
		if got := follow(t, n, l, 0, time.Minute); got != want {
			t.Errorf("told\n %s\nwant\n %s", got, want)
		}
	})
}

// TestFollowHoldsBack: a walk that takes long stops the stream before the
// memory, and the end does not wait for it.
func TestFollowHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		big := `42["x","` + strings.Repeat("x", 64<<10) + `"]`
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame)
			for range 1000 {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				err := p.conn.Write(ctx, 1, []byte(big))
				cancel()
				if err != nil {
					break
				}
				sent.Add(1)
			}
			<-p.gone
		})
		got := follow(t, n, &lists{takes: time.Hour}, 0, maxHeld-time.Second)
		if limit := (maxHeldBytes+2*queueBytes)/(64<<10) + 5; sent.Load() > int64(limit) || sent.Load() < 10 {
			t.Errorf("%d events were taken in, the limit is %d", sent.Load(), limit)
		}
		if !strings.HasPrefix(got, "connecting live ") || !strings.HasSuffix(got, "ended") {
			t.Errorf("told %.100s", got)
		}
	})
}

// TestFollowEndsWithItsSink, whichever goroutine calls it.
func TestFollowEndsWithItsSink(t *testing.T) {
	for _, at := range []string{"State", "Snapshot", "Record"} {
		synctest.Test(t, func(t *testing.T) {
			n := serveScript(t, func(p *peer) {
				p.connect()
				p.send(acceptFrame, pushed("a", "online"))
				p.beat(time.Hour)
			})
			f := Follow{Session: Open(n.options(StaticToken("jwt"))), Lister: &lists{}}
			calls := 0
			err := f.Run(t.Context(), func(i Item) error {
				if strings.HasSuffix(fmt.Sprintf("%T", i), at) {
					calls++
					return errEnough
				}
				return nil
			})
			if !errors.Is(err, errEnough) || calls != 1 {
				t.Errorf("%s: %v after %d calls", at, err, calls)
			}
		})
	}
}
