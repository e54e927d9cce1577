package journal

// This file is about one thing: the buckets of the journal's file and what one
// transaction does in them.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// The buckets. Operations, jobs, done and made are truth, the others are
// indexes over them.
const (
	metaBucket       = "meta"       // format -> version; pending -> counts
	operationsBucket = "operations" // seq -> Operation
	idsBucket        = "ids"        // operation id -> seq
	lanesBucket      = "lanes"      // resource 0x00 seq -> nothing; undecided operations only
	waitsBucket      = "waits"      // create's id 0x00 seq -> nothing; operations that wait for it
	madeBucket       = "made"       // create's id -> what it made
	takenBucket      = "taken"      // real id -> the create that made it
	jobsBucket       = "jobs"       // name -> Job
	doneBucket       = "done"       // job 0x00 seq -> Operation; what a job has applied

	formatKey  = "format"
	pendingKey = "pending"
)

func bucketNames() []string {
	return []string{metaBucket, operationsBucket, idsBucket, lanesBucket, waitsBucket, madeBucket, takenBucket, jobsBucket, doneBucket}
}

// made is what a create has made, kept for operations that still name it by
// its temporary id, and so that no other create adopts the same resource.
type made struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

type tx struct {
	bucket  func(name string) bucket // nil where there is no such bucket
	alive   func(sender string) bool // whether a sender still lives
	fetch   func(all []wanted)       // reads several values at once; nil where each costs nothing
	pending pending
	counted bool // pending was changed and must be written
	stained bool // free pages may hold a secret
}

// pending counts undecided operations, so that nobody has to walk them.
type pending struct{ all, ofJobs uint64 }

// run does what a transaction is for, between looking whether this is a journal
// and writing what was kept in memory.
func (t *tx) run(fn func(*tx) error) error {
	if err := t.check(); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	return t.flush()
}

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
	counts := t.bucket(metaBucket).Get([]byte(pendingKey))
	if len(counts) != 16 {
		return damage("its count of pending operations is missing")
	}
	t.pending = pending{binary.BigEndian.Uint64(counts), binary.BigEndian.Uint64(counts[8:])}
	t.stained = t.bucket(metaBucket).Get([]byte(stainedKey)) != nil
	return nil
}

// count notes that an undecided operation came or went.
func (t *tx) count(op *Operation, by int) {
	if !op.State.undecided() {
		return
	}
	t.counted = true
	t.pending.all += uint64(by) //nolint:gosec // by is 1 or -1, and wraps around to what is meant
	if op.Job != "" {
		t.pending.ofJobs += uint64(by) //nolint:gosec // as above
	}
}

// flush writes what the transaction kept in memory, before it is committed.
func (t *tx) flush() error {
	if !t.counted {
		return nil
	}
	return t.bucket(metaBucket).Put([]byte(pendingKey), t.pending.encode())
}

func (p pending) encode() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, p.all), p.ofJobs)
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func indexKey(name string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(name), 0), seq)
}

// lanes are the resources in whose order an operation stands. One about no
// resource stands alone.
func (op *Operation) lanes() []string {
	lanes := op.resources()
	for i, id := range lanes {
		lanes[i] = op.Kind + "/" + id
	}
	if len(lanes) == 0 {
		return []string{"operation/" + op.ID}
	}
	return lanes
}

// resources are the ids of what an operation is about, each once.
func (op *Operation) resources() []string {
	ids := make([]string, 0, 1+len(op.Touches))
	for _, id := range append([]string{op.Target}, op.Touches...) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// undecided reports whether later operations on the same resource must wait.
func (s State) undecided() bool {
	return s == Queued || s == Sending || s == Waiting || s == Unknown
}

// wanted are values of a bucket.
type wanted struct {
	bucket string
	keys   [][]byte
}

// expect reads what will be asked for one by one, where that takes less than
// reading each.
func (t *tx) expect(all ...wanted) {
	if t.fetch != nil {
		t.fetch(all)
	}
}

// expectNone looks for operations that are hardly there already.
func (t *tx) expectNone(ops []*Operation) {
	ids := make([][]byte, len(ops))
	for i, op := range ops {
		ids[i] = []byte(op.ID)
	}
	t.expect(wanted{idsBucket, ids})
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
		return nil, recordDamage("an index names a record that is not there")
	}
	var op Operation
	if err := decodeValue(key, value, &op); err != nil {
		return nil, t.nameDamaged(&damages{[][]byte{key}, err})
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
	if !op.State.undecided() && op.State != Moved && op.strip() {
		if err := t.stain(); err != nil {
			return err
		}
	}
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
		t.count(op, 1)
		for _, lane := range op.lanes() {
			errs = append(errs, t.bucket(lanesBucket).Put(indexKey(lane, op.Seq), nil))
		}
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
	t.count(old, -1)
	var errs []error
	for _, lane := range old.lanes() {
		errs = append(errs, t.bucket(lanesBucket).Delete(indexKey(lane, old.Seq)))
	}
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
	if op.secretive() {
		if err := t.stain(); err != nil {
			return err
		}
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
	err := errors.Join(t.bucket(operationsBucket).Delete(key), t.bucket(idsBucket).Delete([]byte(id)), t.stain())
	return errors.Join(err, t.recount())
}

// recount counts the pending operations anew, by the index.
func (t *tx) recount() error {
	seen := map[string]bool{}
	t.pending, t.counted = pending{}, true
	return t.bucket(lanesBucket).ForEach(func(key, _ []byte) error {
		seq := key[max(0, len(key)-8):]
		if seen[string(seq)] {
			return nil
		}
		seen[string(seq)] = true
		t.pending.all++
		if op, err := t.at(seq); err == nil && op.Job != "" { // what cannot be read counts as no job's
			t.pending.ofJobs++
		}
		return nil
	})
}

// removeSuffix deletes the keys that end so. Keys are collected first: a bucket
// must not change under its cursor.
func removeSuffix(b bucket, suffix []byte) error {
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

// rowsAfter returns up to n records after a place in the order. They are valid
// within the transaction.
func (t *tx) rowsAfter(after uint64, n int) []stored {
	var rows []stored
	c := t.bucket(operationsBucket).Cursor()
	for key, value := c.Seek(seqKey(after + 1)); key != nil && len(rows) < n; key, value = c.Next() {
		rows = append(rows, stored{key: key, value: value})
	}
	return rows
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

// lane lists the undecided operations on a resource: with an error about damage
// all that can be read.
func (t *tx) lane(name string) ([]*Operation, error) { return t.indexed(lanesBucket, name) }

// waiting lists the undecided operations that wait for a create, as lane does.
func (t *tx) waiting(create string) ([]*Operation, error) { return t.indexed(waitsBucket, create) }

func (t *tx) indexed(bucket, name string) ([]*Operation, error) {
	prefix := append([]byte(name), 0)
	var ops []*Operation
	var damaged error
	c := t.bucket(bucket).Cursor()
	for key, _ := c.Seek(prefix); isIndexOf(key, prefix); key, _ = c.Next() {
		op, err := t.at(key[len(prefix):])
		switch {
		case err == nil:
			ops = append(ops, op)
		case !IsDamage(err):
			return nil, err
		default:
			damaged = err
		}
	}
	return ops, damaged
}

func isIndexOf(key, prefix []byte) bool {
	return len(key) == len(prefix)+8 && bytes.HasPrefix(key, prefix)
}

// earlier lists the undecided operations on a resource between two places in the
// order, both left out.
func (t *tx) earlier(lane string, after, before uint64) ([]*Operation, error) {
	var ops []*Operation
	prefix := append([]byte(lane), 0)
	c := t.bucket(lanesBucket).Cursor()
	for key, _ := c.Seek(indexKey(lane, after+1)); isIndexOf(key, prefix) && bytes.Compare(key[len(prefix):], seqKey(before)) < 0; key, _ = c.Next() {
		op, err := t.at(key[len(prefix):])
		if unlessDamage(err) != nil {
			return ops, err
		}
		if err == nil { // what stands behind a damaged record is not claimed
			ops = append(ops, op)
		}
	}
	return ops, nil
}

// creates lists the undecided operations that make what an operation names.
func (t *tx) creates(op *Operation) ([]*Operation, error) {
	var ops []*Operation
	for _, id := range op.DependsOn {
		create, err := t.get(id)
		if unlessDamage(err) != nil {
			return ops, err
		}
		if create != nil && create.State.undecided() {
			ops = append(ops, create)
		}
	}
	return ops, nil
}

// back calls fn for the undecided operations on a resource before a place in the
// order, the nearest first, until it returns false.
func (t *tx) back(lane string, before uint64, fn func(*Operation) bool) error {
	prefix := append([]byte(lane), 0)
	c := t.bucket(lanesBucket).Cursor()
	if far, ok := c.(*sharedCursor); ok {
		far.before(indexKey(lane, before)) // what is there costs a round trip
	} else {
		c.Seek(indexKey(lane, before))
	}
	for key, _ := c.Prev(); isIndexOf(key, prefix); key, _ = c.Prev() {
		op, err := t.at(key[len(prefix):])
		if err != nil || !fn(op) {
			return err
		}
	}
	return nil
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
	return errors.Join(t.bucket(madeBucket).Put([]byte(create), value), t.bucket(takenBucket).Put([]byte(m.ID), []byte(create)))
}

// takenBy returns the create of this journal that has made a resource, or "".
func (t *tx) takenBy(id string) string { return string(t.bucket(takenBucket).Get([]byte(id))) }

// forgetMade forgets what creates have made before a time.
func (t *tx) forgetMade(before time.Time) (int, error) {
	var old [][]byte
	if err := t.bucket(madeBucket).ForEach(func(key, value []byte) error {
		var m made
		if err := decodeValue(key, value, &m); err != nil {
			return err
		}
		if m.At.Before(before) {
			old = append(old, bytes.Clone(key), []byte(m.ID))
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for i := 0; i < len(old); i += 2 {
		if err := errors.Join(t.bucket(madeBucket).Delete(old[i]), t.bucket(takenBucket).Delete(old[i+1])); err != nil {
			return 0, err
		}
	}
	return len(old) / 2, nil
}
