package relay

// This file is about one thing: reading a stream, alone: every reader sees all,
// over any number of connections to the server. group.go is what members of a
// group do otherwise.

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/redis"
)

const (
	// block is how long a read waits for an entry; it bounds how long a reader
	// takes to stop.
	block = 400 * time.Millisecond
	// answers is how long an answer may take besides.
	answers = 5 * time.Second
	// presence is how often a reader looks whether a relay publishes at all.
	presence = 5 * time.Second
)

// ReasonNoRelay is of a State: nobody publishes to the stream.
const ReasonNoRelay realtime.Reason = "no-relay"

// TransportRedis is the Transport of a State.
const TransportRedis = "redis"

var errNoRelay = errors.New("no relay publishes to it")

// Missed is what was trimmed away before it was read.
type Missed struct {
	From, To time.Time
	Count    uint64 // 0: not known
}

// Reader reads a stream. The functions are called one at a time; their errors
// end it.
type Reader struct {
	Place
	Group  string        // "" = alone
	Member string        // of the group
	Idle   time.Duration // after which what another member has not handled is taken over; 0: DefaultIdle
	Batch  int           // entries at a time; 0: a default

	After string    // the entry after which it begins; "" = see Since
	Seq   uint64    // the number of its record; 0: not known
	Since time.Time // it begins with what was appended since; zero: with what comes

	State func(realtime.State) error
	// Entry handles one; handled may be true with an error that ends the reading.
	Entry  func(Entry) (handled bool, err error)
	Missed func(Missed) error
	Pause  func() error // nothing more has come for now: what was collected goes out
	Say    func(format string, args ...any)

	ended  error // of a function
	conn   redis.Conn
	live   bool
	lostAt time.Time
	looked time.Time // for a relay
	group  group
}

// Run reads until ctx ends, a function fails, or the server turns out unfit.
func (r *Reader) Run(ctx context.Context) error {
	r.defaults()
	for failures := 0; ; failures++ {
		err := r.state(realtime.State{State: realtime.Connecting, Attempt: failures + 1})
		if err == nil {
			err = r.connection(ctx)
		}
		switch {
		case r.ended != nil:
			return r.ended
		case ctx.Err() != nil:
			return ctx.Err()
		case final(err):
			return err
		}
		if r.live {
			failures = 0
		}
		rest := realtime.Backoff(failures)
		if err := r.lose(realtime.ReasonTransportClosed, err, rest); err != nil {
			return err
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *Reader) defaults() {
	if r.Idle == 0 {
		r.Idle = DefaultIdle
	}
	if r.Batch == 0 {
		r.Batch = 1000
		if r.Group != "" {
			r.Batch = 100
		}
	}
}

func (r *Reader) state(st realtime.State) error {
	st.At = time.Now()
	return r.end(r.State(st))
}

// end notes that a function wants the reading to end.
func (r *Reader) end(err error) error {
	if r.ended == nil {
		r.ended = err
	}
	return r.ended
}

// lose says that the stream is not live.
func (r *Reader) lose(reason realtime.Reason, err error, rest time.Duration) error {
	if r.lostAt.IsZero() && r.live {
		r.lostAt = time.Now()
	}
	r.live = false
	return r.state(realtime.State{State: realtime.Lost, Reason: reason, Err: err, NextIn: rest, Since: r.lostAt})
}

// connection reads over one connection.
func (r *Reader) connection(ctx context.Context) error {
	err := r.check(ctx)
	if err == nil {
		err = r.begin(ctx)
	}
	if err != nil {
		return err
	}
	conn, err := r.Server.Dial(ctx, block+answers)
	if err != nil {
		return r.failure(err)
	}
	defer func() { _ = conn.Close() }()
	r.conn, r.looked = conn, time.Time{}
	if err := r.look(ctx, false); err != nil {
		return err
	}
	// A read that waits ends by itself; a server that is silent does not end it.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(block+block/2, func() { _ = conn.Close() }) })()
	if r.Group != "" {
		return r.memberOf(ctx)
	}
	for ctx.Err() == nil {
		answer, err := conn.Do("XREAD", "COUNT", r.Batch, "BLOCK", block.Milliseconds(), "STREAMS", r.Stream, r.After)
		if err != nil {
			return r.failure(err)
		}
		entries := entriesOf(answer)
		if err := r.look(ctx, len(entries) > 0); err != nil {
			return err
		}
		if err := r.take(entries); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// entriesOf reads {{stream, entries}}, of the one stream that was asked for.
func entriesOf(answer any) []any {
	return redis.List(redis.At(redis.List(redis.At(redis.List(answer), 0)), 1))
}

// begin finds where to read from, when it is not known yet.
func (r *Reader) begin(ctx context.Context) error {
	if r.Group != "" {
		return r.join(ctx)
	}
	if r.After != "" {
		return nil
	}
	command, from, to := "XREVRANGE", "+", "-" // the newest one
	if !r.Since.IsZero() {
		command, from, to = "XRANGE", "-", "+" // the oldest
	}
	answer, err := r.do(ctx, command, r.Stream, from, to, "COUNT", 1)
	if err != nil {
		return err
	}
	list := redis.List(answer)
	e := entryOf(redis.At(list, 0))
	switch {
	case len(list) == 0:
		r.After = "0-0"
	case r.Since.IsZero():
		r.After, r.Seq = e.ID, e.Seq()
	default:
		r.After = sinceID(r.Since)
		if e.At().After(r.Since) && e.Seq() > 1 {
			return r.end(r.Missed(Missed{From: r.Since, To: e.At()}))
		}
	}
	return nil
}

// sinceID is just before the first entry of a time.
func sinceID(at time.Time) string {
	return strconv.FormatInt(at.UnixMilli()-1, 10) + "-18446744073709551615"
}

// take passes on what was read.
func (r *Reader) take(list []any) error {
	for i := range list {
		e := entryOf(list[i])
		list[i] = nil
		seq := e.Seq()
		if r.Seq != 0 && seq != r.Seq+1 {
			last := Entry{ID: r.After}
			m := Missed{From: last.At(), To: e.At()}
			if seq > r.Seq {
				m.Count = seq - r.Seq - 1
			}
			if err := r.end(r.Missed(m)); err != nil {
				return err
			}
		}
		handled, err := r.Entry(e)
		if handled {
			r.After, r.Seq = e.ID, seq
		}
		if err != nil {
			return r.end(err)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return r.end(r.Pause())
}

// look says whether a relay publishes, now and then, and before the first of what
// came.
func (r *Reader) look(ctx context.Context, came bool) error {
	every := presence
	if !r.live {
		every = block
	}
	if time.Since(r.looked) < every && (r.live || !came) {
		return nil
	}
	r.looked = time.Now()
	answer, err := r.do(ctx, "EXISTS", r.key("lease"))
	if err != nil {
		return err
	}
	switch leads := redis.Int(answer) == 1; {
	case leads && !r.live:
		st := realtime.State{State: realtime.Live, Transport: TransportRedis}
		if !r.lostAt.IsZero() {
			st.DownFor = time.Since(r.lostAt)
		}
		r.live, r.lostAt = true, time.Time{}
		return r.state(st)
	case !leads && (r.live || r.lostAt.IsZero()):
		r.live = true // it was as good as live until now
		return r.lose(ReasonNoRelay, errNoRelay, block)
	}
	return nil
}

// Cursor reads what the relay knew lately; empty where none has published.
func (r *Reader) Cursor(ctx context.Context) ([]byte, error) {
	answer, err := r.do(ctx, "GET", r.key("cursor"))
	return redis.Bytes(answer), err
}
