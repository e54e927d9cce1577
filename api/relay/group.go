package relay

// This file is about one thing: members of a group: each entry goes to one of
// them, which acknowledges it once it is handled; what a member that died has not
// handled is taken over by another after a while.

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

// DefaultIdle is after which time what a member was given and has not handled
// goes to another.
const DefaultIdle = 15 * time.Second

// group is a member's side of it.
type group struct {
	joined    bool
	acks      []any     // ids that are handled and not acknowledged
	nextClaim time.Time // of what others left
	claimFrom string

	mu   sync.Mutex
	hand []any     // ids that are being handled
	kept time.Time // when that was last said
}

// join makes the group where there is none; it begins with what comes, or with
// Since.
func (r *Reader) join(ctx context.Context) error {
	from := "$"
	switch {
	case r.group.joined: // it was there, and the server has lost it
		from = "0-0"
	case !r.Since.IsZero():
		from = sinceID(r.Since)
	}
	_, err := r.Server.Do(ctx, "XGROUP", "CREATE", r.Stream, r.Group, from, "MKSTREAM")
	switch {
	case err == nil:
		r.group.joined = true
		return nil
	case strings.HasPrefix(err.Error(), "BUSYGROUP"):
		if !r.Since.IsZero() {
			r.Say("the group %s goes on where it stopped; --since is only for a new one", r.Group)
		}
		r.group.joined, r.Since = true, time.Time{}
		return nil
	}
	return r.failure(err)
}

// memberOf reads as a member until the connection or ctx ends, and then leaves
// if it was ctx or a function that ended it.
func (r *Reader) memberOf(ctx context.Context) error {
	keeping, stop := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() { r.keep(keeping) })
	err := r.readGroup(ctx)
	stop()
	keeper.Wait()
	if r.ended != nil || ctx.Err() != nil {
		r.leave(ctx)
	}
	return err
}

func (r *Reader) readGroup(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.claim(ctx); err != nil {
			return err
		}
		entries, oldest, err := r.readNew()
		if err != nil {
			return err
		}
		if err := r.look(ctx, len(entries) > 0); err != nil {
			return err
		}
		if err := r.wasTrimmed(entries, oldest); err != nil {
			return err
		}
		if err := r.handle(ctx, entries); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readNew acknowledges what is handled and reads on, in one round trip. The
// oldest entry of the stream tells whether anything was trimmed away unread.
func (r *Reader) readNew() (entries []any, oldest Entry, err error) {
	acked := len(r.group.acks) > 0
	if acked {
		_ = r.conn.Send("XACK", append([]any{r.Stream, r.Group}, r.group.acks...)...) // what fails fails the flush, too
	}
	_ = r.conn.Send("XREADGROUP", "GROUP", r.Group, r.Member, "COUNT", r.Batch, "BLOCK", block.Milliseconds(), "STREAMS", r.Stream, ">")
	_ = r.conn.Send("XRANGE", r.Stream, "-", "+", "COUNT", 1)
	err = r.conn.Flush()
	if err == nil && acked {
		if _, err = r.conn.Receive(); err == nil {
			r.group.acks = r.group.acks[:0]
		}
	}
	var read, first any
	if err == nil {
		read, err = r.conn.Receive()
	}
	if err == nil {
		first, err = r.conn.Receive()
	}
	if err != nil {
		return nil, Entry{}, r.failure(err)
	}
	return entriesOf(read), entryOf(redis.At(redis.List(first), 0)), nil
}

// wasTrimmed says when what the group had not read was trimmed away: entries come
// to the group without a hole, so an older one that is still there was read.
func (r *Reader) wasTrimmed(entries []any, oldest Entry) error {
	if len(entries) == 0 {
		return nil
	}
	first := entryOf(entries[0])
	if oldest.ID == "" || before(oldest.ID, first.ID) || first.Seq() <= 1 {
		return nil
	}
	return r.end(r.Missed(Missed{From: first.At(), To: first.At()}))
}

// claim takes over what other members have not handled in time.
func (r *Reader) claim(ctx context.Context) error {
	g := &r.group
	if now := time.Now(); g.nextClaim.After(now) {
		return nil
	}
	if err := r.acknowledge(ctx); err != nil { // else a member that was held up takes over from itself
		return err
	}
	g.nextClaim = time.Now().Add(r.Idle / 3)
	if g.claimFrom == "" {
		g.claimFrom = "0-0"
	}
	answer, err := r.conn.Do("XAUTOCLAIM", r.Stream, r.Group, r.Member, r.Idle.Milliseconds(), g.claimFrom, "COUNT", r.Batch)
	if err != nil {
		return r.failure(err)
	}
	list := redis.List(answer)
	g.claimFrom = redis.Text(redis.At(list, 0))
	entries := redis.List(redis.At(list, 1))
	if len(entries) > 0 || g.claimFrom != "0-0" {
		g.nextClaim = time.Time{}
	}
	gone := uint64(len(redis.List(redis.At(list, 2))))
	kept := entries[:0]
	for _, e := range entries {
		if e != nil {
			kept = append(kept, e)
		} else {
			gone++
		}
	}
	if gone > 0 {
		if err := r.end(r.Missed(Missed{From: time.Now(), To: time.Now(), Count: gone})); err != nil {
			return err
		}
	}
	return r.handle(ctx, kept)
}

// handle passes entries on. Those that are out are acknowledged with the next
// read; after an error with none.
func (r *Reader) handle(ctx context.Context, entries []any) error {
	if len(entries) == 0 {
		return nil
	}
	g := &r.group
	ids := make([]any, len(entries))
	for i := range entries {
		ids[i] = redis.At(redis.List(entries[i]), 0)
	}
	g.holds(ids)
	defer g.holds(nil)
	done := 0
	var failed error
	for i := range entries {
		if ctx.Err() != nil {
			break
		}
		e := entryOf(entries[i])
		entries[i] = nil
		handled, err := r.Entry(e)
		if handled {
			done = i + 1
		}
		if failed = err; err != nil {
			break
		}
	}
	if err := r.Pause(); err != nil { // what was printed is not out
		return r.end(err)
	}
	g.acks = append(g.acks, ids[:done]...)
	return r.end(failed)
}

func (g *group) holds(ids []any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hand, g.kept = ids, time.Now()
}

// keep says now and then that what is being handled is, so that nobody takes it
// over. One that was held up for too long leaves it to whoever did.
func (r *Reader) keep(ctx context.Context) {
	tick := time.NewTicker(r.Idle / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		g := &r.group
		g.mu.Lock()
		ids := g.hand
		if time.Since(g.kept) > r.Idle {
			ids = nil
		} else {
			g.kept = time.Now()
		}
		g.mu.Unlock()
		if len(ids) > 0 {
			args := append([]any{r.Stream, r.Group, r.Member, 0}, ids...)
			_, _ = r.do(ctx, "XCLAIM", append(args, "JUSTID")...) // else another handles it
		}
	}
}

// acknowledge does so by itself, not with the next read.
func (r *Reader) acknowledge(ctx context.Context) error {
	if len(r.group.acks) == 0 {
		return nil
	}
	_, err := r.do(ctx, "XACK", append([]any{r.Stream, r.Group}, r.group.acks...)...)
	if err == nil {
		r.group.acks = r.group.acks[:0]
	}
	return err
}

// leave acknowledges what is handled and gives back the rest.
func (r *Reader) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
	defer cancel()
	if err := r.acknowledge(ctx); err != nil {
		r.Say("what was handled last could not be acknowledged, so another member may handle it again: %v", err)
		return
	}
	_, _ = r.run(ctx, redis.NewScript(1, leaveScript), r.Stream, r.Group, r.Member) // else it is taken over when its time has passed
}
