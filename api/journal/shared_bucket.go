package journal

// This file is about one thing: a shared journal's buckets within a transaction.
// What is read comes from the server when it is asked for; what is written stays
// here until the commit, and is seen by what is read afterwards.

import (
	"context"
	"encoding/binary"
	"sort"

	"github.com/vizora/vizora-cli/api/redis"
)

// sharedTx is a transaction on a shared journal.
type sharedTx struct {
	ctx     context.Context //nolint:containedctx // of the transaction, whose buckets take none
	store   *sharedStore
	lease   string // its value, which begins with the fencing token
	buckets map[string]*sharedBucket
	changes []any // what the commit writes, as commitScript takes it
}

// failedRead ends a transaction from within: a bucket's reads have no error, as
// bbolt's have none, and none may be taken for "there is nothing".
type failedRead struct{ err error }

// guard turns a failed read into the transaction's error.
func (t *sharedTx) guard(fn func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failedRead:
			err = r.err
		default:
			panic(r)
		}
	}()
	return fn()
}

func (t *sharedTx) bucket(name string) bucket {
	b := t.buckets[name]
	if b == nil {
		b = &sharedBucket{tx: t, name: name, known: map[string][]byte{}}
		t.buckets[name] = b
	}
	return b
}

// fetch reads values of several buckets in one round trip.
func (t *sharedTx) fetch(all []wanted) {
	keys, args := []any{0}, []any{}
	for _, w := range all {
		b, _ := t.bucket(w.bucket).(*sharedBucket)
		keys, args = append(keys, b.key()), append(args, len(w.keys))
		for _, key := range w.keys {
			args = append(args, key)
		}
	}
	keys[0] = len(all)
	answer, err := t.store.client.Run(t.ctx, t.store.scripts.fetch, append(keys, args...)...)
	if err != nil {
		panic(failedRead{t.store.failure(t.ctx, err)})
	}
	for i, w := range all {
		b, values := t.buckets[w.bucket], redis.List(redis.At(redis.List(answer), i))
		for n, key := range w.keys {
			if _, known := b.known[string(key)]; !known && !b.whole {
				b.known[string(key)] = redis.Bytes(redis.At(values, n))
			}
		}
	}
}

// sharedBucket is one of them.
type sharedBucket struct {
	tx    *sharedTx
	name  string
	known map[string][]byte // what was read or written; nil = not there
	whole bool              // known holds all of it
	added []string          // keys that were written, in order
	gone  map[string]bool   // keys that were deleted
}

func (b *sharedBucket) key() string { return b.tx.store.prefix + b.name }

func (b *sharedBucket) Get(key []byte) []byte {
	value, known := b.known[string(key)]
	if known || b.whole {
		return value
	}
	answer, err := b.tx.store.client.Do(b.tx.ctx, "HGET", b.key(), key)
	if err != nil {
		panic(failedRead{b.tx.store.failure(b.tx.ctx, err)})
	}
	value = redis.Bytes(answer)
	b.known[string(key)] = value
	return value
}

func (b *sharedBucket) Put(key, value []byte) error {
	k := string(key)
	b.known[k] = append([]byte{}, value...)
	delete(b.gone, k)
	if at, there := b.place(k); !there {
		b.added = append(b.added, "")
		copy(b.added[at+1:], b.added[at:])
		b.added[at] = k
	}
	b.tx.changes = append(b.tx.changes, "p", b.name, k, b.known[k])
	return nil
}

func (b *sharedBucket) Delete(key []byte) error {
	k := string(key)
	b.known[k] = nil
	if b.gone == nil {
		b.gone = map[string]bool{}
	}
	b.gone[k] = true
	if at, there := b.place(k); there {
		b.added = append(b.added[:at], b.added[at+1:]...)
	}
	b.tx.changes = append(b.tx.changes, "d", b.name, k)
	return nil
}

// place is where a key stands among those that were written, or would.
func (b *sharedBucket) place(key string) (at int, there bool) {
	at = sort.SearchStrings(b.added, key)
	return at, at < len(b.added) && b.added[at] == key
}

func (b *sharedBucket) ForEach(fn func(key, value []byte) error) error {
	c := b.Cursor()
	for key, value := c.Seek(nil); key != nil; key, value = c.Next() {
		if err := fn(key, value); err != nil {
			return err
		}
	}
	return nil
}

// sequenceKey in the meta bucket holds the last place that was given.
const sequenceKey = "sequence"

func (b *sharedBucket) NextSequence() (uint64, error) {
	meta := b.tx.bucket(metaBucket)
	next := uint64(1)
	if last := meta.Get([]byte(sequenceKey)); len(last) == 8 {
		next = binary.BigEndian.Uint64(last) + 1
	}
	return next, meta.Put([]byte(sequenceKey), binary.BigEndian.AppendUint64(nil, next))
}

func (b *sharedBucket) Cursor() cursor { return &sharedCursor{b: b} }
