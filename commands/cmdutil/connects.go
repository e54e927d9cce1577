package cmdutil

// This file is about one thing: the server's limit on connections to the
// realtime service, kept by all processes of a profile together: past 10 a
// minute on one token it cuts the newest off (contract realtime 2.4).

import (
	"encoding/json"
	"hash/fnv"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	mostConnects  = 9 // in any minute; one is left for whoever does not count
	connectWindow = time.Minute
)

// connects implements realtime.Connects with a small file. What cannot be read
// or written counts for nothing: the limit is then noticed from the server.
type connects struct {
	file string
	now  func() time.Time
}

// connected is one connection.
type connected struct {
	Token uint64    `json:"token"` // a hash
	At    time.Time `json:"at"`
}

// Wait implements realtime.Connects.
func (c *connects) Wait(token string) (wait time.Duration) {
	c.locked(func(list []connected) []connected {
		of, now := hashToken(token), c.now()
		var mine []time.Time
		for _, x := range list {
			if x.Token == of {
				mine = append(mine, x.At)
			}
		}
		if len(mine) >= mostConnects {
			wait = max(0, mine[len(mine)-mostConnects].Add(connectWindow).Sub(now))
		}
		return nil
	})
	return min(wait, connectWindow) // whatever a clock that was set says
}

// Spend implements realtime.Connects.
func (c *connects) Spend(token string) {
	c.locked(func(list []connected) []connected {
		return append(list, connected{hashToken(token), c.now()})
	})
}

// locked reads the connections of the last minute and writes back what change
// returns, unless that is nil.
func (c *connects) locked(change func([]connected) []connected) {
	if os.MkdirAll(filepath.Dir(c.file), 0o700) != nil {
		return
	}
	lock := flock.New(c.file+".lock", flock.SetPermissions(0o600))
	if lock.Lock() != nil {
		return
	}
	defer func() { _ = lock.Unlock() }()
	var all []connected
	if raw, err := os.ReadFile(c.file); err == nil {
		_ = json.Unmarshal(raw, &all) // a damaged file counts for nothing
	}
	recent := all[:0]
	for _, x := range all {
		if age := c.now().Sub(x.At); age >= 0 && age < connectWindow {
			recent = append(recent, x)
		}
	}
	changed := change(recent)
	if changed == nil {
		return
	}
	if raw, err := json.Marshal(changed); err == nil {
		_ = os.WriteFile(c.file, raw, 0o600)
	}
}

// hashToken stands for a token; nothing of the token can be found from it.
func hashToken(token string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(token)) // a hash never fails
	return h.Sum64()
}
