package api

// This file is about one thing: the snapshot cache: the last answers to reads,
// kept as plain files, for the time without a connection. It is a cache:
// nothing is lost with it, so what cannot be written or read counts as absent.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Snapshot is one kept answer.
type Snapshot struct {
	At   time.Time       `json:"at"` // when the server gave it
	ETag string          `json:"etag,omitempty"`
	Data json.RawMessage `json:"data"`
}

// Snapshots keeps answers below a directory of one server and organisation. It
// is safe for use by several goroutines and processes: each file is replaced by
// renaming. Writing is done beside the caller; Close waits for it.
type Snapshots struct {
	dir  string
	now  func() time.Time
	jobs chan snapshotJob
	once sync.Once
	done sync.WaitGroup
}

type snapshotJob struct {
	file  string
	snap  Snapshot
	names []byte                                // in place of snap
	amend func(json.RawMessage) json.RawMessage // of what is kept already, instead of snap.Data
}

// OpenSnapshots returns the cache of a server and organisation below dir. It
// opens no file.
func OpenSnapshots(dir, server, organization string, now func() time.Time) *Snapshots {
	if now == nil {
		now = time.Now
	}
	return &Snapshots{dir: filepath.Join(dir, shortHash(server+"\x00"+organization)), now: now}
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:10])
}

// keptPaths are the lists that are worth having without a connection; what
// holds sessions, billing ids or other people's data is not kept.
var keptPaths = []string{"/displays", "/playlists", "/content", "/schedules", "/display-groups", "/folders"}

func kept(path string) bool {
	for _, p := range keptPaths {
		if path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

func (s *Snapshots) file(path string, query url.Values) string {
	return filepath.Join(s.dir, shortHash(path+"?"+query.Encode())+".json")
}

// keep stores an answer. Schedules embed whole display rows with their
// credentials' hashes (contract rest 8), so those are redacted first.
func (s *Snapshots) keep(path string, query url.Values, etag string, data json.RawMessage) {
	if !kept(path) || len(data) == 0 {
		return
	}
	if strings.HasPrefix(path, "/schedules") {
		data = RedactJSON(data)
	}
	s.once.Do(s.start)
	s.jobs <- snapshotJob{file: s.file(path, query), snap: Snapshot{At: s.now().UTC(), ETag: etag, Data: data}}
}

// amend changes a kept answer after a write of our own; nil forgets it. What is
// not kept stays so.
func (s *Snapshots) amend(path string, change func(json.RawMessage) json.RawMessage) {
	if kept(path) {
		s.once.Do(s.start)
		s.jobs <- snapshotJob{file: s.file(path, nil), snap: Snapshot{At: s.now().UTC()}, amend: change}
	}
}

func (s *Snapshots) start() {
	s.jobs = make(chan snapshotJob, 8)
	s.done.Go(func() {
		made := os.MkdirAll(s.dir, 0o700)
		for job := range s.jobs {
			if made == nil {
				_ = job.write() // a cache: what cannot be kept is read again
			}
		}
	})
}

func (j *snapshotJob) write() error {
	if j.amend != nil {
		before := load(j.file)
		if before == nil {
			return nil
		}
		if j.snap.Data = j.amend(before.Data); j.snap.Data == nil {
			return os.Remove(j.file)
		}
	}
	raw, err := j.names, error(nil)
	if raw == nil {
		raw, err = json.Marshal(j.snap)
	} else {
		_ = os.Remove(j.file + ".old")
	}
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(j.file), "new-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(raw)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), j.file)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// recall returns a kept answer, or nil.
func (s *Snapshots) recall(path string, query url.Values) *Snapshot {
	if !kept(path) {
		return nil
	}
	return load(s.file(path, query))
}

func load(file string) *Snapshot {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var snap Snapshot
	if json.Unmarshal(raw, &snap) != nil || snap.At.IsZero() {
		return nil
	}
	return &snap
}

// Close waits until what was read is kept.
func (s *Snapshots) Close() {
	if s.jobs != nil {
		close(s.jobs)
		s.done.Wait()
	}
}
