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
	"strconv"
	"strings"
	"time"

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
	version    string // "" = it does not tell
	mode       string // "standalone" or "cluster"
}

// always reports whether what was acknowledged is on the server's disk.
func (d *durability) always() bool {
	return d.appendOnly == "yes" && d.fsync == "always" && !d.evicts()
}

// evicts reports whether it throws away keys when its memory is full: operations,
// or leases, without which two runners take themselves for the only one.
func (d *durability) evicts() bool {
	return d.limited && d.policy != "" && d.policy != "noeviction"
}

// risk says what a crash could lose, in a sentence.
func (d *durability) risk() string {
	risk := d.crash()
	if d.evicts() {
		what := "leases, so that two runners may send the same"
		if strings.HasPrefix(d.policy, "allkeys-") {
			what = "operations"
		}
		risk += fmt.Sprintf("; and when its memory is full it throws away %s (maxmemory-policy %s)", what, d.policy)
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
	if err := s.unfit(&d); err != nil {
		return err
	}
	if s.must && !d.always() {
		return &api.Error{
			Kind: api.KindInvalid, Field: "require-durable",
			Message: fmt.Sprintf("the shared journal at %s is not durable: %s; nothing was recorded", s.client.Address(), d.risk()),
			Hint:    "set appendonly yes, appendfsync always and maxmemory-policy noeviction on the server, or leave out --require-durable",
		}
	}
	s.checked = true
	s.tell(fmt.Sprintf("the journal is shared, at %s: %s", s.client.Address(), d.risk()))
	return nil
}

// durability reads the server's version and settings; where CONFIG is refused, as
// on hosted servers, what INFO tells.
func (s *sharedStore) durability(ctx context.Context) (d durability, err error) {
	answer, err := s.client.Do(ctx, "INFO")
	if err != nil && !redis.Forbidden(err) {
		return d, err
	}
	told := map[string]string{}
	for line := range strings.Lines(redis.Text(answer)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		told[name] = value
	}
	d.version, d.mode, d.policy = told["redis_version"], told["redis_mode"], told["maxmemory_policy"]
	d.limited = told["maxmemory"] != "" && told["maxmemory"] != "0"
	switch told["aof_enabled"] {
	case "1":
		d.appendOnly = "yes"
	case "0":
		d.appendOnly, d.save = "no", "unknown"
	}
	for _, settings := range []string{"append*", "save"} {
		answer, err := s.client.Do(ctx, "CONFIG", "GET", settings)
		if redis.Forbidden(err) {
			return d, nil
		}
		if err != nil {
			return d, err
		}
		list := redis.List(answer)
		for i := 0; i+1 < len(list); i += 2 {
			switch value := redis.Text(list[i+1]); redis.Text(list[i]) {
			case "appendonly":
				d.appendOnly = value
			case "appendfsync":
				d.fsync = value
			case "save":
				d.save = value
			}
		}
	}
	return d, nil
}

// SharedServer is what there is to know of the server that keeps a shared journal.
type SharedServer struct {
	Address string // without user and password
	Version string // "" = it does not tell
	Risk    string // what a crash of it could lose, in a sentence
	Durable bool   // nothing that was acknowledged
	Trip    time.Duration
}

// Shared looks at the server that keeps a shared journal; nil where a file does.
func (j *Journal) Shared(ctx context.Context) (*SharedServer, error) {
	s, shared := j.store.(*sharedStore)
	if !shared {
		return nil, nil
	}
	d, err := s.durability(ctx)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	if err := s.unfit(&d); err != nil {
		return nil, err
	}
	found := &SharedServer{Address: s.client.Address().String(), Version: d.version, Risk: d.risk(), Durable: d.always()}
	for range 5 { // the quickest of some: the first ones may find a machine that sleeps
		begun := time.Now()
		if _, err := s.client.Do(ctx, "EXISTS", s.leaseKey()); err != nil {
			return nil, s.failure(ctx, err)
		}
		if took := time.Since(begun); found.Trip == 0 || took < found.Trip {
			found.Trip = took
		}
	}
	return found, nil
}

// leastVersion is the oldest server whose users and scripts are as they are needed.
const leastVersion = 6

// unfit is the error of a server that cannot keep a journal at all.
func (s *sharedStore) unfit(d *durability) error {
	e := &api.Error{Kind: api.KindLocal, Hint: "name another server in journal.store (VIZORA_JOURNAL_STORE)"}
	major, _, _ := strings.Cut(d.version, ".")
	n, err := strconv.Atoi(major)
	switch {
	case d.version != "" && err == nil && n < leastVersion:
		e.Message = fmt.Sprintf("Redis at %s is version %s; a shared journal needs %d or later", s.client.Address().Host, d.version, leastVersion)
	case d.mode == "cluster":
		e.Message = fmt.Sprintf("Redis at %s is a cluster; a shared journal needs a single server", s.client.Address().Host)
	default:
		return nil
	}
	return e
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
