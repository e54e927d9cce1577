package api

// This file is about one thing: sharing what is kept of a route's calls through a
// Redis server, so that runners on several machines that reach Vizora from one
// address keep to its limits together. Times are by that server's clock.

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

// paceShare is what processes share their tables through.
type paceShare interface {
	// load reads a route's table, which nobody changes until what it returns is
	// called. Where that cannot be done, the table stays our own.
	load(t *paceTable, name string) (release func())
	// now is the time by the clock that all of them go by.
	now(here time.Time) time.Time
}

func (d *paceDir) now(here time.Time) time.Time { return here }

const (
	paceLease  = 2 * time.Second  // of a table; it is held for two round trips
	paceKept   = 2 * time.Hour    // a table, after the last call; longer than any window
	paceSilent = 10 * time.Second // how long a server that failed is not asked
)

// loadScript takes a table's lease and reads the table and the time; 0: another
// has it. KEYS lease, table; ARGV token, milliseconds.
const loadScript = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {redis.call('GET', KEYS[2]) or '', redis.call('TIME')}`

// storeScript writes what was changed and lets the lease go, unless it has passed.
// KEYS lease, table; ARGV token, milliseconds, then offsets and bytes.
const storeScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 2 do redis.call('SETRANGE', KEYS[2], ARGV[i], ARGV[i+1]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])`

// paceServer is a Redis server that keeps the tables.
type paceServer struct {
	client      *redis.Client
	prefix      string
	scripts     func() (load, store *redis.Script)
	offset      time.Duration // of the server's clock from ours
	measured    bool
	silentUntil time.Time
}

func newPaceServer(client *redis.Client, group string) *paceServer {
	return &paceServer{
		client: client, prefix: "vizora:{" + cmp.Or(client.Address().Name, "journal") + "}:pace:" + group + ":",
		scripts: sync.OnceValues(func() (*redis.Script, *redis.Script) {
			return redis.NewScript(2, loadScript), redis.NewScript(2, storeScript)
		}),
	}
}

func (s *paceServer) now(here time.Time) time.Time { return here.Add(s.offset) }

func (s *paceServer) load(t *paceTable, name string) func() {
	t.anywhere = true
	nothing := func() { t.dirty = t.dirty[:0] }
	if time.Now().Before(s.silentUntil) {
		return nothing
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash does not fail
	table := fmt.Sprintf("%s%016x", s.prefix, h.Sum64())
	token := rand.Text()
	if err := s.read(t, table, token); err != nil { // no reason not to send
		s.silentUntil = time.Now().Add(paceSilent)
		return nothing
	}
	return func() {
		if s.write(t, table, token) != nil {
			s.silentUntil = time.Now().Add(paceSilent)
		}
		t.dirty = t.dirty[:0]
	}
}

// read takes the lease and fills the table; a new one starts empty.
func (s *paceServer) read(t *paceTable, table, token string) error {
	load, _ := s.scripts()
	for deadline := time.Now().Add(2 * paceLease); ; {
		answer, err := s.client.Run(context.Background(), load, table+":lease", table, token, paceLease.Milliseconds())
		if err != nil {
			return err
		}
		if list := redis.List(answer); list != nil {
			s.take(t, redis.Bytes(redis.At(list, 0)), redis.List(redis.At(list, 1)))
			return nil
		}
		if time.Now().After(deadline) {
			return context.DeadlineExceeded
		}
		time.Sleep(paceLockRetry)
	}
}

// take puts in what the server has: the table up to the last word that was ever
// written, and its clock, which is measured once so that ours stays steady.
func (s *paceServer) take(t *paceTable, raw []byte, clock []any) {
	if !s.measured {
		s.measured = true
		s.offset = time.Until(time.Unix(atoi(redis.At(clock, 0)), 1000*atoi(redis.At(clock, 1))))
	}
	if len(raw) < 8 || len(raw) > len(t.raw) || int64(binary.LittleEndian.Uint64(raw)) != paceMark { //nolint:gosec // bits
		t.reset() // its words are written as changed ones
		return
	}
	clear(t.raw[copy(t.raw, raw):])
	t.dirty = t.dirty[:0]
}

func atoi(answer any) (n int64) {
	for _, digit := range redis.Bytes(answer) {
		n = 10*n + int64(digit-'0')
	}
	return n
}

func (s *paceServer) write(t *paceTable, table, token string) error {
	args := []any{table + ":lease", table, token, paceKept.Milliseconds()}
	_ = t.eachChange(func(from, to int) error {
		args = append(args, 8*from, t.raw[8*from:8*to])
		return nil
	})
	_, store := s.scripts()
	_, err := s.client.Run(context.Background(), store, args...)
	return err
}
