package journal

// This file is about one thing: the buckets of the journal's file and what one
// transaction does in them.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/vizora/vizora-cli/api"
)

// The buckets. Only operations are truth; lanes and waits are indexes over them.
const (
	metaBucket       = "meta"       // format -> version
	operationsBucket = "operations" // seq -> Operation
	idsBucket        = "ids"        // operation id -> seq
	lanesBucket      = "lanes"      // resource 0x00 seq -> nothing; undecided operations only
	waitsBucket      = "waits"      // create's id 0x00 seq -> nothing; operations that wait for it
	madeBucket       = "made"       // create's id -> what it made

	formatKey = "format"
)

func bucketNames() []string {
	return []string{metaBucket, operationsBucket, idsBucket, lanesBucket, waitsBucket, madeBucket}
}

// made is what a create has made, kept for operations that still name it by
// its temporary id, and so that no other create adopts the same resource.
type made struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

type tx struct {
	bolt *bolt.Tx
	dir  string
}

func (t *tx) bucket(name string) *bolt.Bucket { return t.bolt.Bucket([]byte(name)) }

// check refuses a file that is not a journal of this format.
func (t *tx) check() error {
	for _, name := range bucketNames() {
		if t.bucket(name) == nil {
			return damage("the file is not a journal")
		}
	}
	format := t.bucket(metaBucket).Get([]byte(formatKey))
	if len(format) != 4 {
		return damage("the file is not a journal")
	}
	if v := binary.BigEndian.Uint32(format); v > formatVersion {
		return newer(int(v))
	}
	return nil
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func indexKey(name string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(name), 0), seq)
}

// lane is the resource in whose order an operation stands.
func (op *Operation) lane() string {
	if op.Target == "" {
		return "operation/" + op.ID
	}
	return op.Kind + "/" + op.Target
}

// undecided reports whether later operations on the same resource must wait.
func (s State) undecided() bool {
	return s == Queued || s == Sending || s == Waiting || s == Unknown
}

// get returns the operation of that id, or nil.
func (t *tx) get(id string) (*Operation, error) {
	key := t.bucket(idsBucket).Get([]byte(id))
	if key == nil {
		return nil, nil
	}
	return t.at(key)
}

func (t *tx) at(key []byte) (*Operation, error) {
	value := t.bucket(operationsBucket).Get(key)
	if value == nil {
		return nil, damage("an index names a record that is not there")
	}
	var op Operation
	if err := decodeValue(key, value, &op); err != nil {
		return nil, err
	}
	return &op, nil
}

// append gives the operation its place in the order and saves it.
func (t *tx) append(op *Operation) error {
	if t.bucket(idsBucket).Get([]byte(op.ID)) != nil {
		return api.Errorf(api.KindInternal, "operation %s is recorded already", op.ID)
	}
	seq, err := t.bucket(operationsBucket).NextSequence()
	if err != nil {
		return err
	}
	op.Seq = seq
	return t.write(op)
}

// save replaces an operation's record.
func (t *tx) save(op *Operation) error {
	if err := t.unindex(op.ID); err != nil {
		return err
	}
	return t.write(op)
}

func (t *tx) write(op *Operation) error {
	key := seqKey(op.Seq)
	value, err := encodeValue(key, op)
	if err != nil {
		return err
	}
	errs := []error{
		t.bucket(operationsBucket).Put(key, value),
		t.bucket(idsBucket).Put([]byte(op.ID), key),
	}
	if op.State.undecided() {
		errs = append(errs, t.bucket(lanesBucket).Put(indexKey(op.lane(), op.Seq), nil))
		for _, create := range op.DependsOn {
			errs = append(errs, t.bucket(waitsBucket).Put(indexKey(create, op.Seq), nil))
		}
	}
	return errors.Join(errs...)
}

// unindex removes an operation's index entries, before it changes.
func (t *tx) unindex(id string) error {
	old, err := t.get(id)
	if err != nil || old == nil {
		return err
	}
	errs := []error{t.bucket(lanesBucket).Delete(indexKey(old.lane(), old.Seq))}
	for _, create := range old.DependsOn {
		errs = append(errs, t.bucket(waitsBucket).Delete(indexKey(create, old.Seq)))
	}
	return errors.Join(errs...)
}

// remove takes an operation out of the journal.
func (t *tx) remove(op *Operation) error {
	if err := t.unindex(op.ID); err != nil {
		return err
	}
	return errors.Join(
		t.bucket(operationsBucket).Delete(seqKey(op.Seq)),
		t.bucket(idsBucket).Delete([]byte(op.ID)),
	)
}

// removeDamaged takes out a record that cannot be read, with its index entries.
func (t *tx) removeDamaged(id string) error {
	key := bytes.Clone(t.bucket(idsBucket).Get([]byte(id)))
	for _, name := range []string{lanesBucket, waitsBucket} {
		if err := removeSuffix(t.bucket(name), key); err != nil {
			return err
		}
	}
	return errors.Join(t.bucket(operationsBucket).Delete(key), t.bucket(idsBucket).Delete([]byte(id)))
}

// removeSuffix deletes the keys that end so. Keys are collected first: a bucket
// must not change under its cursor.
func removeSuffix(b *bolt.Bucket, suffix []byte) error {
	var stale [][]byte
	if err := b.ForEach(func(k, _ []byte) error {
		if bytes.HasSuffix(k, suffix) {
			stale = append(stale, bytes.Clone(k))
		}
		return nil
	}); err != nil {
		return err
	}
	for _, k := range stale {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// each calls fn for every operation in order of acceptance. A damaged record
// ends it: it may be the one that the others must wait for.
func (t *tx) each(fn func(*Operation) error) error {
	return t.bucket(operationsBucket).ForEach(func(key, value []byte) error {
		var op Operation
		if err := decodeValue(key, value, &op); err != nil {
			return t.nameDamaged(key, err)
		}
		return fn(&op)
	})
}

// nameDamaged adds the operation's id to the error, which an index still knows.
func (t *tx) nameDamaged(key []byte, err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		return err
	}
	_ = t.bucket(idsBucket).ForEach(func(id, seq []byte) error {
		if bytes.Equal(seq, key) {
			e.Next = []string{"vizora journal drop " + string(id)}
		}
		return nil
	})
	return e
}

// first returns the earliest undecided operation on a resource, or nil.
func (t *tx) first(lane string) (*Operation, error) {
	prefix := append([]byte(lane), 0)
	key, _ := t.bucket(lanesBucket).Cursor().Seek(prefix)
	if !isIndexOf(key, prefix) {
		return nil, nil
	}
	return t.at(key[len(prefix):])
}

// waiting lists the undecided operations that wait for a create.
func (t *tx) waiting(create string) ([]*Operation, error) {
	prefix := append([]byte(create), 0)
	var ops []*Operation
	c := t.bucket(waitsBucket).Cursor()
	for key, _ := c.Seek(prefix); isIndexOf(key, prefix); key, _ = c.Next() {
		op, err := t.at(key[len(prefix):])
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func isIndexOf(key, prefix []byte) bool {
	return len(key) == len(prefix)+8 && bytes.HasPrefix(key, prefix)
}

// undecided counts the operations that are pending, without reading them.
func (t *tx) undecided() int {
	n := 0
	c := t.bucket(lanesBucket).Cursor()
	for key, _ := c.First(); key != nil; key, _ = c.Next() {
		n++
	}
	return n
}

// madeBy returns what a create has made, or nil.
func (t *tx) madeBy(create string) (*made, error) {
	key := []byte(create)
	value := t.bucket(madeBucket).Get(key)
	if value == nil {
		return nil, nil
	}
	var m made
	if err := decodeValue(key, value, &m); err != nil {
		return nil, err
	}
	return &m, nil
}

func (t *tx) putMade(create string, m made) error {
	value, err := encodeValue([]byte(create), m)
	if err != nil {
		return err
	}
	return t.bucket(madeBucket).Put([]byte(create), value)
}

// eachMade calls fn for everything that creates have made.
func (t *tx) eachMade(fn func(create string, m made) error) error {
	return t.bucket(madeBucket).ForEach(func(key, value []byte) error {
		var m made
		if err := decodeValue(key, value, &m); err != nil {
			return err
		}
		return fn(string(key), m)
	})
}
