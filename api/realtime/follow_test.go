package realtime

// Tests of Follow under virtual time, with a scripted server and lists that
// the test changes.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lists is a Lister whose resources a test sets.
type lists struct {
	mu    sync.Mutex
	rows  []Resource
	err   error
	takes time.Duration
	walks int
}

func (l *lists) List(ctx context.Context) ([]Resource, error) {
	l.mu.Lock()
	rows, err, takes := l.rows, l.err, l.takes
	l.walks++
	l.mu.Unlock()
	if slept := sleep(ctx, takes); slept != nil {
		return nil, slept
	}
	return rows, err
}

func (l *lists) set(err error, rows ...Resource) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows, l.err = rows, err
}

func display(id, status, version string) Resource {
	return Resource{Kind: "display", ID: id, Status: status, Version: version,
		Data: []byte(`{"deviceId":"` + id + `","status":"` + status + `"}`)}
}

func playlist(id, version string) Resource {
	return Resource{Kind: "playlist", ID: id, Version: version, Data: []byte(`{"id":"` + id + `"}`)}
}

func pushed(id, status string) string {
	return `42["device:status",{"deviceId":"` + id + `","status":"` + status + `","timestamp":"2026-11-23T07:22:22.373Z"}]`
}

// follow runs a Follow for d and returns what it told, one word each.
func follow(t *testing.T, n *pipeNet, l *lists, poll, d time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var told []string
	f := Follow{Session: Open(n.options(StaticToken("jwt"))), Lister: l, Poll: poll}
	err := f.Run(ctx, func(i Item) error {
		switch i := i.(type) {
		case State:
			told = append(told, string(i.State))
		case Snapshot:
			told = append(told, fmt.Sprint("snapshot:", len(i.Resources)))
		case Gap:
			told = append(told, fmt.Sprintf("gap:%d:%v:%v", i.Refilled, i.MayHaveMissed, i.Err))
		case Record:
			id, status := statusOf(i.Data)
			if status == "" {
				id, status = i.Event, string(i.Data)
			}
			told = append(told, i.Source+":"+id+"="+status)
		}
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended for %v", err)
	}
	return strings.Join(told, " ")
}

// TestFollowRefills: what changed while the stream was away is told after the
// word that it is back, before what was pushed meanwhile, and then accounted for.
func TestFollowRefills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{takes: time.Second}
		l.set(nil, display("a", "online", "1"), display("b", "offline", "1"), playlist("p", "1"), playlist("q", "1"))
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame)
			if p.n == 1 {
				p.send(`42["device:status:batch",[{"deviceId":"a","status":"online"},{"deviceId":"b","status":"offline"}]]`)
				time.Sleep(10 * time.Second)
				p.send(pushed("b", "online"))
				l.set(nil, display("a", "offline", "1"), display("b", "online", "1"), display("c", "online", "1"), playlist("p", "2"))
				return
			}
			// Held until the walk is done, and newer than it for display a.
			p.send(pushed("a", "online"), pushed("c", "offline"))
			p.beat(time.Hour)
		})
		want := `connecting live snapshot:4 push:b=online lost connecting live snapshot:4 ` +
			`poll:display:updated={"action":"created","displayId":"c","payload":{"deviceId":"c","status":"online"}} ` +
			`poll:playlist:updated={"action":"updated","payload":{"id":"p"},"playlistId":"p"} ` +
			`poll:playlist:updated={"action":"deleted","playlistId":"q"} ` +
			`push:a=online push:c=offline gap:3:true:<nil> ended`
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
		l.set(nil, display("a", "online", "1"), display("b", "online", "1"))
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, pushed("a", "online"))
			p.beat(30 * time.Second)
			l.set(nil, display("a", "online", "1"), display("b", "offline", "2"))
			p.beat(33 * time.Second) // 63 s: in the midst of a walk
			p.send(pushed("a", "offline"))
			p.beat(time.Hour)
		})
		got := follow(t, n, l, time.Minute, 100*time.Second)
		want := `connecting live snapshot:2 push:a=online push:a=offline ` +
			`poll:b=offline poll:display:updated={"action":"updated","displayId":"b","payload":{"deviceId":"b","status":"offline"}} ended`
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
			l.set(nil, display("a", "offline", "1"))
			p.beat(time.Hour)
		})
		want := `connecting live push:a=online lost connecting live push:a=online gap:0:true:away snapshot:1 gap:0:true:<nil> ended`
		if got := follow(t, n, l, 0, time.Minute); got != want {
			t.Errorf("told\n %s\nwant\n %s", got, want)
		}
	})
}

// TestFollowHoldsBack: a walk that takes long stops the stream before the
// memory, and the end does not wait for it.
func TestFollowHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
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
				sent++
			}
			<-p.gone
		})
		got := follow(t, n, &lists{takes: time.Hour}, 0, 20*time.Second)
		if limit := (maxHeldBytes+2*queueBytes)/(64<<10) + 3; sent > limit || sent < 10 {
			t.Errorf("%d events were taken in, the limit is %d", sent, limit)
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
