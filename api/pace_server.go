package api

// This file is about one thing: sharing what is kept of a route's calls through a
// Redis server, so that runners on several machines that reach Vizora from one
// address keep to its limits together. Times are by that server's clock.

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

// paceShare is what processes share their tables through.
type paceShare interface {
	// change runs fn on a route's table as the others have left it, and gives them
	// what fn has changed; where they have changed the table meanwhile, it does
	// both again. Where that cannot be done, the table stays our own.
	change(t *paceTable, name string, fn func())
	// now is the time by the clock that all of them go by.
	now(here time.Time) time.Time
}

func (d *paceDir) now(here time.Time) time.Time { return here }

const (
	paceTries  = 4 * time.Second  // how long others may be faster in changing a table
	paceKept   = 2 * time.Hour    // a table, after the last call; longer than any window
	paceSilent = 10 * time.Second // how long a server that failed is not asked
)

// loadScript tells a table's version, the table unless that is known already, and
// the time. KEYS table, version; ARGV the version that is known.
const loadScript = `
local version = redis.call('GET', KEYS[2]) or ''
local table = false
if version == '' or version ~= ARGV[1] then table = redis.call('GET', KEYS[1]) or '' end
return {version, table, redis.call('TIME')}`

// storeScript writes what was changed, unless another has done so since it was
// read. Asked again because its answer was lost, it says so once more. KEYS table,
// version; ARGV version that was read, new version, milliseconds, then offsets and
// bytes.
const storeScript = `
local version = redis.call('GET', KEYS[2]) or ''
if version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
for i = 4, #ARGV, 2 do redis.call('SETRANGE', KEYS[1], ARGV[i], ARGV[i+1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1`

// paceServer is a Redis server that keeps the tables.
type paceServer struct {
	client      *redis.Client
	prefix      string
	scripts     func() (load, store *redis.Script)
	offset      time.Duration // of the server's clock from ours
	within      time.Duration // how long the call took by which that was measured; 0: it was not
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

func (s *paceServer) change(t *paceTable, name string, fn func()) {
	t.anywhere = true
	if time.Now().Before(s.silentUntil) {
		t.version = ""
		fn()
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash does not fail
	table := fmt.Sprintf("%s%016x", s.prefix, h.Sum64())
	for deadline := time.Now().Add(paceTries); ; {
		err := s.read(t, table)
		fn()
		written := len(t.dirty) == 0
		if err == nil && !written {
			written, err = s.write(t, table)
		}
		if err != nil { // no reason not to send
			s.silentUntil = time.Now().Add(paceSilent)
		}
		if err != nil || !written {
			t.version = "" // what we have is not what the server has
		}
		if err != nil || written || time.Now().After(deadline) {
			return
		}
		time.Sleep(rand.N(paceLockRetry))
	}
}

// read fills the table, where the server has another than we; a new one starts empty.
func (s *paceServer) read(t *paceTable, table string) error {
	t.dirty = t.dirty[:0]
	load, _ := s.scripts()
	asked := time.Now()
	answer, err := s.client.Run(context.Background(), load, table, table+":version", t.version)
	if err != nil {
		return err
	}
	list := redis.List(answer)
	t.version = redis.Text(redis.At(list, 0))
	s.setClock(asked, redis.List(redis.At(list, 2)))
	s.take(t, redis.At(list, 1))
	return nil
}

// setClock measures the server's clock by the quickest of all calls: runners whose
// clocks differ take each other's calls for older than they are.
func (s *paceServer) setClock(asked time.Time, clock []any) {
	took := max(time.Since(asked), 1)
	if s.within != 0 && took >= s.within {
		return
	}
	s.within = took
	s.offset = time.Unix(atoi(redis.At(clock, 0)), 1000*atoi(redis.At(clock, 1))).Sub(asked.Add(took / 2))
}

// take puts in what the server has: the table up to the last word that was ever
// written.
func (s *paceServer) take(t *paceTable, table any) {
	if table == nil {
		return // as we have it
	}
	raw := redis.Bytes(table)
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

// write reports whether it was written: false when another was faster.
func (s *paceServer) write(t *paceTable, table string) (bool, error) {
	version := crand.Text()
	args := []any{table, table + ":version", t.version, version, paceKept.Milliseconds()}
	_ = t.eachChange(func(from, to int) error {
		args = append(args, 8*from, t.raw[8*from:8*to])
		return nil
	})
	_, store := s.scripts()
	answer, err := s.client.Run(context.Background(), store, args...)
	if err != nil || redis.Int(answer) != 1 {
		return false, err
	}
	t.version = version
	return true, nil
}
