package realtime

// A simulated week of an organization, a platform and a laptop as they are:
// every event is delivered once, or lies in a gap that was told and refilled,
// and what is known in the end is what is so.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// world is the platform: displays come and go and tell it to whoever is
// connected; playlists are edited and tell nobody.
type world struct {
	lists
	dice *rand.Rand
	peer *peer      // connected now; nil: nobody
	mute bool       // the peer's line is dead, and nobody knows
	said []happened // in the order of time
}

type happened struct {
	id, status string
	at         time.Time
}

func (w *world) roll(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(n)
}

func (w *world) connect(p *peer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peer, w.mute = p, false
}

// live lets things happen until ctx ends.
func (w *world) live(ctx context.Context) {
	for sleep(ctx, time.Duration(1+w.roll(50))*time.Second) == nil {
		i := w.roll(14)
		w.mu.Lock()
		r := &w.rows[i]
		if r.Kind == KindPlaylist {
			r.Sums = []uint32{r.Sums[0] + 1, 1, 1}
			w.mu.Unlock()
			continue
		}
		if r.Status = "offline"; w.dice.IntN(2) == 0 {
			r.Status = "online"
		}
		what := happened{r.ID, r.Status, time.Now()}
		w.said = append(w.said, what)
		to := w.peer
		if w.mute {
			to = nil
		}
		w.mu.Unlock()
		if to != nil {
			to.send(pushedAt(what.id, what.status, what.at))
		}
	}
}

// script is one connection: it is accepted, lives for a while, and ends in one
// of the ways in which they end.
func (w *world) script(start time.Time) func(*peer) {
	return func(p *peer) {
		var hour int
		if _, err := fmt.Sscanf(p.connect(), `40{"token":"t%d`, &hour); err != nil {
			return
		}
		if int(time.Since(start).Hours()) > hour+1 {
			p.send(refuseFrame)
			<-p.gone
			return
		}
		p.send(acceptFrame)
		w.connect(p)
		p.beat(time.Duration(60+w.roll(7200)) * time.Second)
		how := w.roll(4)
		w.mu.Lock()
		if w.mute = true; how != 2 {
			w.peer = nil
		}
		w.mu.Unlock()
		switch how {
		case 0:
			p.send(`42["server:shutdown",{"reconnect":true}]`, "41")
		case 1:
			p.send("41")
		case 2: // silence: what happens now reaches nobody
		default:
			return
		}
		<-p.gone
	}
}

// mirror is what a follower knows from records alone, after the first Snapshot.
type mirror struct {
	status    map[string]string
	changes   map[string]int // of playlists
	delivered map[happened]int
	gaps      []Gap
	began     bool
}

func (m *mirror) item(i Item) error {
	switch i := i.(type) {
	case Snapshot:
		for _, r := range i.Resources {
			if !m.began && r.Kind == KindDisplay {
				m.status[r.ID] = r.Status
			}
		}
		m.began = true
	case Gap:
		m.gaps = append(m.gaps, i)
	case Record:
		id, status := statusOf(i.Data)
		switch i.Event {
		case EventDeviceStatus:
			m.status[id] = status
			if i.Source == SourcePush {
				m.delivered[happened{id, status, i.Time}]++
			}
		case EventPlaylistUpdated:
			key, _ := changedKey(&i)
			m.changes[key.id]++
		}
	}
	return nil
}

// inGap says whether something that was not delivered was accounted for.
func (m *mirror) inGap(at time.Time) bool {
	for _, g := range m.gaps {
		if !at.Before(g.From.Truncate(time.Millisecond)) && !at.After(g.To) && g.Err == nil && g.MayHaveMissed {
			return true
		}
	}
	return false
}

func TestFollowWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const week = 7 * 24 * time.Hour
		start := time.Now()
		w := &world{dice: rand.New(rand.NewPCG(3, 4)), lists: lists{takes: 700 * time.Millisecond}}
		for i := range 10 {
			w.rows = append(w.rows, display(fmt.Sprint("d", i), "online", 1))
		}
		for i := range 4 {
			w.rows = append(w.rows, playlist(fmt.Sprint("p", i), 1, 1, 1))
		}
		auth := &scriptedAuth{token: "t0", check: func() error { return ErrSessionGone }}
		auth.renew = func(string) (string, error) {
			return fmt.Sprintf("t%d.%d", int(time.Since(start).Hours()), auth.renews), nil
		}
		n := serveScript(t, w.script(start))
		session := Open(n.options(auth))
		session.wall = func() time.Time { // asleep for half an hour every six
			now := time.Now().Round(0)
			return now.Add(now.Sub(start) / (6 * time.Hour) * 30 * time.Minute)
		}
		ctx, cancel := context.WithTimeout(t.Context(), week)
		defer cancel()
		busy, quiet := context.WithTimeout(ctx, week-3*time.Hour) // then all can be told
		defer quiet()
		var living sync.WaitGroup
		living.Go(func() { w.live(busy) })
		m := &mirror{status: map[string]string{}, changes: map[string]int{}, delivered: map[happened]int{}}
		f := Follow{Session: session, Lister: w, Poll: 2 * time.Minute, OfflineAlert: -1}
		if err := f.Run(ctx, m.item); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		living.Wait()
		m.check(t, w)
	})
}

func (m *mirror) check(t *testing.T, w *world) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	missing := 0
	for _, what := range w.said {
		what.at = what.at.UTC().Truncate(time.Millisecond)
		switch times := m.delivered[what]; {
		case times > 1:
			t.Errorf("%v was delivered %d times", what, times)
		case times == 1:
		case m.inGap(what.at):
			missing++
		default:
			t.Errorf("%v was neither delivered nor in a gap", what)
		}
	}
	for _, r := range w.rows {
		if r.Kind == KindDisplay && m.status[r.ID] != r.Status {
			t.Errorf("%s is %s, and known as %s", r.ID, r.Status, m.status[r.ID])
		}
		if edits := int(r.Sums[0]) - 1; r.Kind == KindPlaylist && (m.changes[r.ID] == 0 || m.changes[r.ID] > edits) {
			t.Errorf("%s was edited %d times, and %d changes were told", r.ID, edits, m.changes[r.ID])
		}
	}
	t.Logf("%d things happened, %d of them in %d gaps; %d readings of the lists", len(w.said), missing, len(m.gaps), w.walks)
	if len(m.gaps) < 100 || missing < 20 {
		t.Errorf("only %d gaps with %d events in them: this was no week", len(m.gaps), missing)
	}
}
