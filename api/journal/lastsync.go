package journal

// This file is about one thing: when the last sync ended. It is a mark for
// people, kept as a file's time beside the journal; nothing depends on it.

import (
	"os"
	"path/filepath"
	"time"
)

func (j *Journal) syncMark() string { return filepath.Join(j.opts.Dir, "last-sync") }

// LastSync returns when a sync last ended that reached the server, or zero.
func (j *Journal) LastSync() time.Time {
	info, err := os.Stat(j.syncMark())
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// markSynced remembers now. A mark that cannot be kept costs a line in
// 'vizora status' and nothing else, so the error is dropped.
func (j *Journal) markSynced() {
	if err := j.store.makeDir(); err != nil {
		return
	}
	if f, err := os.OpenFile(j.syncMark(), os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
		now := j.now()
		_ = os.Chtimes(j.syncMark(), now, now)
	}
}
