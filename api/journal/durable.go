package journal

// This file is about one thing: what a crash of the Redis server could lose of a
// shared journal, by the server's own settings. It is told once, and refused
// where that was asked for.

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis"
)

// durability is how a server keeps what it was given.
type durability struct {
	appendOnly string // "yes", "no", "" = it does not tell
	fsync      string // "always", "everysec", "no"
	save       string // seconds and changes of snapshots
	policy     string // of eviction, when memory is limited
	limited    bool   // memory is limited
}

// always reports whether what was acknowledged is on the server's disk.
func (d *durability) always() bool {
	return d.appendOnly == "yes" && d.fsync == "always" && !d.evicts()
}

func (d *durability) evicts() bool { return d.limited && strings.HasPrefix(d.policy, "allkeys-") }

// risk says what a crash could lose, in a sentence.
func (d *durability) risk() string {
	risk := d.crash()
	if d.evicts() {
		risk += fmt.Sprintf("; and when its memory is full it throws away operations (maxmemory-policy %s)", d.policy)
	}
	return risk
}

func (d *durability) crash() string {
	switch {
	case d.appendOnly == "yes" && d.fsync == "always":
		return "a crash of Redis loses nothing that was acknowledged (appendonly yes, appendfsync always)"
	case d.appendOnly == "yes" && d.fsync == "everysec":
		return "a crash of its machine can lose what was acknowledged in the last second or two (appendonly yes, appendfsync everysec)"
	case d.appendOnly == "yes" && d.fsync == "no":
		return "a crash of its machine can lose what was acknowledged since the system last wrote its buffers, some 30 seconds (appendonly yes, appendfsync no)"
	case d.appendOnly == "yes":
		return "a crash of its machine can lose what was acknowledged last: it appends to a file, and does not tell how often it syncs that (CONFIG is refused)"
	case d.appendOnly == "":
		return "nobody can tell what a crash of Redis loses: it tells nothing of its settings"
	case d.save == "":
		return "a crash or a restart of Redis loses everything in it (appendonly no, no snapshots)"
	}
	return fmt.Sprintf("a crash of Redis loses everything acknowledged since its last snapshot (appendonly no, save %q)", d.save)
}

// checkDurable looks at the server once for each process, tells what is new, and
// refuses where the journal must be durable and is not.
func (s *sharedStore) checkDurable(ctx context.Context) error {
	s.first.Lock()
	defer s.first.Unlock()
	if s.checked {
		return nil
	}
	d, err := s.durability(ctx)
	if err != nil {
		return s.failure(ctx, err)
	}
	if s.must && !d.always() {
		return &api.Error{
			Kind: api.KindInvalid, Field: "require-durable",
			Message: fmt.Sprintf("the shared journal at %s is not durable: %s; nothing was recorded", s.client.Address(), d.risk()),
			Hint:    "set appendonly yes and appendfsync always on the server, or leave out --require-durable",
		}
	}
	s.checked = true
	s.tell(fmt.Sprintf("the journal is shared, at %s: %s", s.client.Address(), d.risk()))
	return nil
}

// durability reads the settings; where CONFIG is refused, as on hosted servers,
// what INFO tells.
func (s *sharedStore) durability(ctx context.Context) (durability, error) {
	var d durability
	for _, setting := range []struct {
		name string
		to   *string
	}{{"appendonly", &d.appendOnly}, {"appendfsync", &d.fsync}, {"save", &d.save}, {"maxmemory-policy", &d.policy}, {"maxmemory", nil}} {
		answer, err := s.client.Do(ctx, "CONFIG", "GET", setting.name)
		if redis.Forbidden(err) {
			return s.durabilityByInfo(ctx)
		}
		if err != nil {
			return d, err
		}
		value := redis.Text(redis.At(redis.List(answer), 1))
		if setting.to == nil {
			d.limited = value != "" && value != "0"
			continue
		}
		*setting.to = value
	}
	return d, nil
}

func (s *sharedStore) durabilityByInfo(ctx context.Context) (durability, error) {
	var d durability
	answer, err := s.client.Do(ctx, "INFO", "persistence")
	if redis.Forbidden(err) {
		return d, nil
	}
	text := redis.Text(answer)
	switch {
	case strings.Contains(text, "aof_enabled:1"):
		d.appendOnly = "yes"
	case strings.Contains(text, "aof_enabled:0"):
		d.appendOnly, d.save = "no", "unknown"
	}
	return d, err
}

// toldFile is where a profile remembers what it was told of a server.
func toldFile(dir string, a redis.Address) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(a.String())) // a hash does not fail
	return filepath.Join(dir, fmt.Sprintf("redis-%016x", sum.Sum64()))
}

// tell says it, unless this profile was told the same before. A mark that cannot
// be kept costs a line more, and nothing else.
func (s *sharedStore) tell(text string) {
	if s.silent {
		return
	}
	if before, err := os.ReadFile(s.told); err == nil && string(before) == text {
		return
	}
	s.notice(text)
	if os.MkdirAll(filepath.Dir(s.told), 0o700) == nil {
		_ = os.WriteFile(s.told, []byte(text), 0o600)
	}
}
