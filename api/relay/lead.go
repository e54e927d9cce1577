package relay

// This file is about one thing: who leads: standing by, taking over where the
// last leader stopped, and standing by again when another leads.

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/redis"
)

// Defaults.
const (
	DefaultKeep  = 100_000 // entries of a stream: some 40 MB
	DefaultLease = 5 * time.Second
)

// Relay is one of any number of processes that publish to one stream.
type Relay struct {
	Place
	Keep  int           // entries of the stream
	Lease time.Duration // of the leader
	Who   string        // this process, as others see it
	Owner string        // whose events they are: relays of others are refused

	Session realtime.Source
	// Lead follows the platform for as long as this relay leads.
	Lead func(ctx context.Context, t *Turn) error
	// Decode reads a record of the stream.
	Decode func(raw []byte) (r realtime.Record, seq uint64, err error)
	Told   func(realtime.State)             // of the session
	Say    func(format string, args ...any) // for people

	append *redis.Script
}

// Turn is one time of leading.
type Turn struct {
	Seq    uint64 // of the last record
	Fresh  bool   // there was none before
	Cursor realtime.Cursor
	Source realtime.Source
	Relay  realtime.Relay

	relay *Relay
	deck  *deck
	out   *publisher
	first bool // the next connect record is the first
}

// Add appends a record that was told, as JSON.
func (t *Turn) Add(record []byte, seq uint64) error { return t.out.add(record, seq) }

// Save keeps how far the follow came.
func (t *Turn) Save(c realtime.Cursor) { t.out.save(c) }

// Pause has what was added go out.
func (t *Turn) Pause(p realtime.Pause) error {
	if p.Whole {
		t.deck.clean.Store(true)
	}
	return t.out.pause(p.Whole)
}

// Hides says that a record is none of the stream's: to those who read it nothing
// happened when the leader changed without a gap.
func (t *Turn) Hides(r *realtime.Record) bool {
	first := t.first && r.Event == realtime.EventConnect && r.Own()
	t.first = t.first && !first
	return first && t.Relay.Whole
}

// errResigned: the stream is lost here, and somebody who is live stands by.
var errResigned = errors.New("a relay that is live takes over")

// Lost decides what a lost stream means: an error where another is live.
func (t *Turn) Lost(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answer, err := t.relay.do(ctx, "EXISTS", t.relay.key("standby"))
	if err == nil && redis.Int(answer) == 1 {
		return errResigned
	}
	return nil
}

// Run relays until ctx ends, the session is over, or the server turns out unfit.
func (r *Relay) Run(ctx context.Context) error {
	r.append = redis.NewScript(5, appendScript)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d := newDeck(r.Told)
	over := make(chan struct{})
	var session sync.WaitGroup
	session.Go(func() {
		defer close(over)
		if err := r.Session.Run(ctx, d.take); ctx.Err() == nil {
			cancel(err)
		}
	})
	defer session.Wait()
	defer cancel(nil)
	err := r.turns(ctx, d, over)
	if cause := context.Cause(ctx); ctx.Err() != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

func (r *Relay) turns(ctx context.Context, d *deck, over <-chan struct{}) error {
	s := &standby{relay: r, deck: d, look: redis.NewScript(3, lookScript), take: redis.TakeLease()}
	for {
		t, err := s.wait(ctx)
		if err != nil {
			return err
		}
		err = r.lead(ctx, t, over)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errFenced), errors.Is(err, errResigned):
			r.Say("not leading any more: %v", err)
		default:
			return err
		}
	}
}

// lead leads until the follow or the lease ends.
func (r *Relay) lead(ctx context.Context, t *Turn, over <-chan struct{}) error {
	t.Source.(*handover).over = over
	following, stop := context.WithCancel(ctx)
	defer stop()
	sending, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	sent := make(chan error, 1)
	go func() {
		err := t.out.run(sending)
		stop()
		sent <- err
	}()
	// Ctrl-C must not find the follow waiting for a server that is away.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(parting, end) })()
	err := r.Lead(following, t)
	t.out.close()
	if appended := <-sent; appended != nil && !errors.Is(appended, context.Canceled) {
		return appended
	}
	r.end(ctx, t.out.lease)
	return err
}

// end gives the lease back; if it cannot, it passes.
func (r *Relay) end(ctx context.Context, lease string) {
	token, _, _ := strings.Cut(lease, " ")
	_, _ = r.run(context.WithoutCancel(ctx), redis.EndLease(), r.key("lease"), r.key("ended:"+token), lease)
}

// standby waits until the lease is this relay's.
type standby struct {
	relay      *Relay
	deck       *deck
	look, take *redis.Script

	leader string    // as last told
	hot    bool      // as last told
	free   time.Time // since when nobody leads
	away   bool
}

func (s *standby) wait(ctx context.Context) (*Turn, error) {
	s.leader, s.hot, s.free = "", false, time.Time{}
	for {
		t, err := s.once(ctx)
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if t != nil || final(err) || ctx.Err() != nil {
			return t, err
		}
		if err != nil && !s.away {
			s.relay.Say("%v; trying again", err)
		}
		s.away = err != nil
		rest := s.relay.Lease / beats
		if !s.free.IsZero() && err == nil {
			rest = min(rest, 100*time.Millisecond)
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// once looks, and takes the lease where it is free. A relay whose stream is not
// live leaves it to others for a while.
func (s *standby) once(ctx context.Context) (*Turn, error) {
	r := s.relay
	live, since := s.deck.standing()
	who := ""
	if live {
		who = r.Who
	}
	answer, err := r.run(ctx, s.look, r.key("lease"), r.key("state"), r.key("standby"), who, (r.Lease * 2 / beats).Milliseconds())
	if err != nil {
		return nil, err
	}
	at := time.Now()
	list := redis.List(answer)
	through := time.Time{}
	if ms, err := strconv.ParseInt(redis.Text(redis.At(list, 1)), 10, 64); err == nil {
		through = at.Add(time.Duration(ms-redis.Int(redis.At(list, 2))) * time.Millisecond)
		s.deck.forget(through)
	}
	whole := live && !since.IsZero() && !through.IsZero() && since.Add(margin).Before(through)
	if leader := redis.Text(redis.At(list, 0)); leader != "" {
		s.free = time.Time{}
		s.tell(leader, whole)
		return nil, nil
	}
	if s.free.IsZero() {
		s.free = at
	}
	if !live && at.Sub(s.free) < r.Lease {
		return nil, nil
	}
	return s.seize(ctx, through, whole)
}

// tell says who leads, and when this relay could take over without a gap.
func (s *standby) tell(leader string, hot bool) {
	if leader == s.leader && hot == s.hot {
		return
	}
	_, name, _ := strings.Cut(leader, " ")
	name, _, _ = strings.Cut(name, " ")
	if hot {
		s.relay.Say("standing by: %s leads", name)
	} else if leader != s.leader {
		s.relay.Say("%s leads; not yet ready to stand by", name)
	}
	s.leader, s.hot = leader, hot
}

// seize takes the lease; neither turn nor error: another was quicker.
func (s *standby) seize(ctx context.Context, through time.Time, whole bool) (*Turn, error) {
	r := s.relay
	answer, err := r.run(ctx, s.take, r.key("lease"), r.key("tokens"), r.key("state"), r.Who, r.Lease.Milliseconds(), 1)
	list := redis.List(answer)
	if err != nil || redis.Int(redis.At(list, 0)) != 1 {
		return nil, err
	}
	state := map[string]string{}
	for hash := redis.List(redis.At(list, 2)); len(hash) > 1; hash = hash[2:] {
		state[redis.Text(hash[0])] = redis.Text(hash[1])
	}
	lease := redis.Text(redis.At(list, 1))
	t, err := r.turn(ctx, state, s.deck, through, whole)
	if err != nil {
		r.end(ctx, lease)
		return nil, err
	}
	t.out = newPublisher(r, lease, t.Seq, s.deck.clean.Load)
	t.Relay.Settled, t.Relay.Due = t.out.settled, t.out.due
	how := "begins"
	if !t.Fresh {
		how = "goes on after a gap"
	}
	if t.Relay.Whole {
		how = "goes on without a gap"
	}
	r.Say("leading: the stream %s %s", r.Stream, how)
	return t, nil
}

// turn reads where the last leader stopped. Nobody else writes now; if the lease
// passes meanwhile, nothing that is read here is ever written.
func (r *Relay) turn(ctx context.Context, state map[string]string, d *deck, through time.Time, whole bool) (*Turn, error) {
	if owner := state["owner"]; owner != "" && owner != r.Owner {
		return nil, &Failure{"the stream " + r.Stream + " has the events of another server, organisation or user (" + owner + ")", true}
	}
	seq, _ := strconv.ParseUint(state["seq"], 10, 64) // not there: 0
	h := &handover{deck: d, seen: map[uint64]int{}}
	t := &Turn{Seq: seq, Fresh: state["leader"] == "", Source: h, relay: r, deck: d, first: true}
	if t.Fresh {
		return t, nil
	}
	answer, err := r.do(ctx, "GET", r.key("cursor"))
	if err != nil {
		return nil, err
	}
	_ = json.Unmarshal(redis.Bytes(answer), &t.Cursor) // what cannot be read is like nothing known
	t.Relay.Whole = whole && t.Cursor.Known != nil
	if !t.Relay.Whole {
		h.from = through
	}
	t.Cursor.At = h.from
	if mark := state["mark"]; mark != "" {
		if err := r.each(ctx, r.Stream, mark, t.tell); err != nil {
			return nil, err
		}
	}
	if answer, err = r.do(ctx, "TIME"); err != nil {
		return nil, err
	}
	now, _ := strconv.ParseInt(redis.Text(redis.At(redis.List(answer), 0)), 10, 64) // the server's own form
	from := time.Unix(now, 0).Add(-time.Since(d.oldest()) - margin).UnixMilli()
	return t, r.each(ctx, r.key("seen"), strconv.FormatInt(from, 10), h.see)
}

// tell takes in what was told after the cursor was saved.
func (t *Turn) tell(e Entry) {
	if record, _, err := t.relay.Decode(e.Record); err == nil && !record.Own() {
		t.Relay.Told = append(t.Relay.Told, record)
	}
}

// see takes in which pushed events the last leader has dealt with.
func (h *handover) see(e Entry) {
	for ids := e.Record; len(ids) >= 8; ids = ids[8:] {
		h.seen[binary.LittleEndian.Uint64(ids)]++
	}
}
