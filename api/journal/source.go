package journal

// This file is about one thing: where a run's operations come from: the journal
// from its beginning, or some named ones, each behind what must go before it.

import (
	"context"
	"encoding/binary"
)

// source yields operations in an order in which they may be delivered.
type source interface {
	// next returns up to about n operations, and whether there are more. On a
	// lane that is known all that is earlier has been yielded already.
	next(ctx context.Context, n int, known func(lane string) bool) (ops []*Operation, more bool, err error)
}

// scan yields all pending operations that are wanted, in order of acceptance.
type scan struct {
	j     *Journal
	after uint64
	want  func(*Operation) bool // nil = all
	added map[string]bool       // not wanted, but in the way of one that is

	damaged damages // records that could not be read, and are passed by
}

// scanBatch is how many records are looked at while the file is held.
const scanBatch = 2 * readAhead

func (s *scan) next(ctx context.Context, n int, known func(lane string) bool) (ops []*Operation, more bool, err error) {
	here := map[string]bool{} // lanes of this batch
	err = s.j.store.view(ctx, func(t *tx) error {
		rows := t.rowsAfter(s.after, min(n, scanBatch))
		more = len(rows) > 0
		for _, r := range rows {
			op := &Operation{}
			s.after = binary.BigEndian.Uint64(r.key)
			if err := decodeValue(r.key, r.value, op); IsDamage(err) {
				s.damaged.add(r.key, err)
				continue
			} else if err != nil {
				return err
			}
			if !op.State.undecided() || !s.wanted(op) {
				continue
			}
			if ops, err = s.behind(t, ops, op, func(lane string) bool { return here[lane] || known(lane) }); err != nil {
				return err
			}
			for _, lane := range op.lanes() {
				here[lane] = true
			}
		}
		return nil
	})
	return ops, more, err
}

func (s *scan) wanted(op *Operation) bool { return s.want == nil || s.want(op) }

// behind appends an operation, after what stands before it and was not wanted.
func (s *scan) behind(t *tx, ops []*Operation, op *Operation, known func(lane string) bool) ([]*Operation, error) {
	if s.want == nil {
		return append(ops, op), nil // all that is before it came before
	}
	before, err := t.creates(op)
	for _, lane := range op.lanes() {
		if err != nil {
			return ops, err
		}
		if known(lane) {
			continue
		}
		var more []*Operation
		more, err = t.earlier(lane, 0, op.Seq)
		before = append(before, more...)
	}
	for _, b := range before {
		if err == nil && !s.wanted(b) && !s.added[b.ID] {
			s.added[b.ID] = true
			ops, err = s.behind(t, ops, b, known)
		}
	}
	return append(ops, op), err
}

// named yields the operations of these ids, each after what must go before it.
type named struct {
	j      *Journal
	ids    []string
	added  map[string]bool
	passed map[string]uint64 // the place up to which a lane was yielded
}

func newNamed(j *Journal, ids ...string) *named {
	return &named{j: j, ids: ids, added: map[string]bool{}, passed: map[string]uint64{}}
}

func (s *named) next(ctx context.Context, n int, _ func(string) bool) (ops []*Operation, more bool, err error) {
	n = min(n, len(s.ids))
	err = s.j.store.view(ctx, func(t *tx) error {
		for _, id := range s.ids[:n] {
			op, err := t.get(id)
			if err == nil && op != nil && op.State.undecided() {
				ops, err = s.behind(t, ops, op)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	s.ids = s.ids[n:]
	return ops, len(s.ids) > 0, err
}

func (s *named) behind(t *tx, ops []*Operation, op *Operation) ([]*Operation, error) {
	if s.added[op.ID] {
		return ops, nil
	}
	s.added[op.ID] = true
	before, err := t.creates(op)
	for _, lane := range op.lanes() {
		if err != nil {
			return ops, err
		}
		var more []*Operation
		more, err = t.earlier(lane, s.passed[lane], op.Seq)
		s.passed[lane] = max(s.passed[lane], op.Seq)
		before = append(before, more...)
	}
	for _, b := range before {
		if err == nil {
			ops, err = s.behind(t, ops, b)
		}
	}
	return append(ops, op), err
}
