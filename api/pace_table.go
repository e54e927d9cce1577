package api

// This file is about one thing: what is kept of a route's calls, in a form that
// processes share through a file. Every write is within one page of it, so that
// no process that dies leaves half a value.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// maxTracked is the largest limit whose calls are remembered one by one. The
// production limits are at most this; the development ones, far above it, are
// only kept to once they are used up.
const maxTracked = 1000

// The table is words of 64 bits: a mark, the end of a block, three words for
// each limiter, then two for each call: the latest time at which it was made,
// and the process that it is on its way from.
const (
	markWord     = 0
	blockWord    = 1
	limiterWord  = 2
	limiterSize  = 3  // limit, window, whether the window is known for sure
	othersWord   = 14 // when the hourly limit was last seen to count calls of others
	answeredWord = 15 // 1: a call was answered, so that the limits are known if there are any
	slotWord     = 16
	slotSize     = 2
	tableWords   = slotWord + slotSize*maxTracked

	paceMark = 0x76697a70616365_01 // "vizpace", version
)

type paceTable struct {
	raw   []byte
	dirty []int    // words that were changed
	file  *os.File // nil: this process only

	anywhere bool   // its calls may be of processes of other machines
	version  string // of a server's table, as last read or written
}

func newPaceTable() *paceTable {
	t := &paceTable{raw: make([]byte, 8*tableWords)}
	t.reset()
	return t
}

func (t *paceTable) reset() {
	clear(t.raw)
	t.set(markWord, paceMark)
	for i, l := range limitersOf() {
		t.set(limiterWord+i*limiterSize+1, int64(l.window))
	}
}

func (t *paceTable) word(i int) int64 { return int64(binary.LittleEndian.Uint64(t.raw[8*i:])) } //nolint:gosec // bits

func (t *paceTable) set(i int, v int64) {
	if t.word(i) != v {
		binary.LittleEndian.PutUint64(t.raw[8*i:], uint64(v)) //nolint:gosec // bits
		t.dirty = append(t.dirty, i)
	}
}

func timeWord(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixNano()
}

func wordTime(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.Unix(0, v)
}

// blocked is the time before which nothing may be sent; block sets it.
func (t *paceTable) blocked() time.Time { return wordTime(t.word(blockWord)) }
func (t *paceTable) block(at time.Time) { t.set(blockWord, timeWord(at)) }

// window is a limiter's length; most is how many of its calls we use, 0 when
// that is not known or not tracked. Of the hourly limit something is left to
// others where there are any.
func (t *paceTable) window(i int) time.Duration {
	return time.Duration(t.word(limiterWord + i*limiterSize + 1))
}

func (t *paceTable) most(i int, now time.Time) int {
	limit := int(t.word(limiterWord + i*limiterSize))
	if limit > maxTracked {
		return 0
	}
	if limitersOf()[i].suffix == longLimiter && wordTime(t.word(othersWord)).Add(t.window(i)).After(now) {
		limit -= limit / spare
	}
	return limit
}

// setLimiter notes what an answer tells. A window's length is told by its first
// call, whose Reset it is; a later Reset can only tell that it is longer.
func (t *paceTable) setLimiter(i int, l limiterOf, limit, remaining int, reset time.Duration) {
	at := limiterWord + i*limiterSize
	t.set(at, int64(limit))
	switch sure := t.word(at+2) == 1; {
	case remaining == limit-1 && reset > 0:
		t.set(at+1, int64(reset))
		t.set(at+2, 1)
	case !sure:
		t.set(at+1, int64(max(reset, l.window)))
	case reset > t.window(i):
		t.set(at+1, int64(reset))
	}
}

// slot returns a call: the latest time at which it was made in nanoseconds since
// 1970 (0: none), and the process it is on its way from (0: it has been answered).
func (t *paceTable) slot(i int) (at int64, pid int) {
	w := slotWord + i*slotSize
	return t.word(w), int(t.word(w + 1))
}

func (t *paceTable) put(i int, at int64, pid int) {
	w := slotWord + i*slotSize
	t.set(w, at)
	t.set(w+1, int64(pid))
}

// add notes a call in a place that counts no more, or in that of the oldest.
func (t *paceTable) add(now, at time.Time, pid int) int {
	longest := time.Duration(0)
	for i := range limiterCount {
		longest = max(longest, t.window(i))
	}
	over := now.Add(-longest).UnixNano()
	oldest, first := 0, int64(math.MaxInt64)
	for i := range maxTracked {
		made, _ := t.slot(i)
		if made <= over {
			oldest = i
			break
		}
		if made < first {
			oldest, first = i, made
		}
	}
	t.put(oldest, at.UnixNano(), pid)
	return oldest
}

// paceDir is the directory that processes share.
type paceDir struct {
	dir    string
	broken bool // it cannot be used; what we know is our own
}

const (
	paceLockWait  = time.Second // a process holds the lock for microseconds
	paceLockRetry = time.Millisecond
)

// change takes the lock, reads a route's table, runs fn, and writes what it has
// changed.
func (d *paceDir) change(t *paceTable, name string, fn func()) {
	if d.broken {
		fn()
		return
	}
	lock, err := d.lock()
	if err == nil && t.file == nil {
		t.file, err = d.open(name)
	}
	if err == nil {
		err = t.read()
	}
	if err != nil { // a full or read-only disk is no reason not to send
		d.broken = true
		if lock != nil {
			_ = lock.Unlock()
		}
		fn()
		return
	}
	fn()
	d.broken = t.write() != nil
	_ = lock.Unlock()
}

func (d *paceDir) lock() (*flock.Flock, error) {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(d.dir, "lock"), flock.SetPermissions(0o600))
	for deadline := time.Now().Add(paceLockWait); ; {
		ok, err := lock.TryLock()
		if ok || err != nil {
			return lock, err
		}
		if time.Now().After(deadline) {
			return nil, errors.New("the lock is held")
		}
		time.Sleep(paceLockRetry)
	}
}

func (d *paceDir) open(name string) (*os.File, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash does not fail
	return os.OpenFile(filepath.Join(d.dir, fmt.Sprintf("%016x", h.Sum64())), os.O_RDWR|os.O_CREATE, 0o600)
}

// read fills the table from its file; a file that is new or another version's
// starts empty.
func (t *paceTable) read() error {
	n, err := t.file.ReadAt(t.raw, 0)
	if n < len(t.raw) || t.word(markWord) != paceMark {
		t.reset()
		t.dirty = t.dirty[:0]
		_, err = t.file.WriteAt(t.raw, 0)
	}
	return err
}

// eachChange calls fn for changed words, neighbours together.
func (t *paceTable) eachChange(fn func(from, to int) error) error {
	for i := 0; i < len(t.dirty); {
		from, to := t.dirty[i], t.dirty[i]+1
		for i++; i < len(t.dirty) && t.dirty[i] == to; i++ {
			to++
		}
		if err := fn(from, to); err != nil {
			return err
		}
	}
	return nil
}

// write puts changed words back.
func (t *paceTable) write() error {
	err := t.eachChange(func(from, to int) error {
		_, err := t.file.WriteAt(t.raw[8*from:8*to], int64(8*from))
		return err
	})
	if err == nil {
		t.dirty = t.dirty[:0]
	}
	return err
}

func (t *paceTable) close() {
	if t.file != nil {
		_ = t.file.Close()
		t.file = nil
	}
}

// processAlive reports whether a process of that id runs. Where that cannot be
// told, it does: its call then counts until its time limit.
func processAlive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	if runtime.GOOS == "windows" {
		_ = p.Release()
		return true
	}
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
