package journal

// This file is about one thing: when the last sync ended. It is a mark for
// people, kept as a file's time beside the journal; nothing depends on it.

import (
	"os"
	"path/filepath"
	"time"
)

func (s *fileStore) syncMark() string { return filepath.Join(s.dir, "last-sync") }

// LastSync returns when a sync last ended that reached the server, or zero.
func (j *Journal) LastSync() time.Time { return j.store.lastSync() }

func (s *fileStore) lastSync() time.Time {
	info, err := os.Stat(s.syncMark())
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// markSynced remembers now. A mark that cannot be kept costs a line in
// 'vizora status' and nothing else, so the error is dropped.
func (s *fileStore) markSynced(now time.Time) {
	if err := s.makeDir(); err != nil {
		return
	}
	if f, err := os.OpenFile(s.syncMark(), os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
		_ = os.Chtimes(s.syncMark(), now, now)
	}
}
