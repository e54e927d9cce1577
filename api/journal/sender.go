package journal

// This file is about one thing: senders: the proof that the process which is
// sending an operation still lives. With a file it is a lock of its own, named in
// the operation's record, which the kernel frees when the process dies.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// sender is one that sends. It lives until it is closed or its process ends.
type sender struct {
	name  string
	close func()
	lost  func() error // why it lives no more; nil: it lives as long as its process
}

// errFenced is the cause when another has taken over.
var errFenced = errors.New("fenced out")

// held is nil while nobody else may send in its place.
func (s *sender) held() error {
	if s.lost == nil {
		return nil
	}
	return s.lost()
}

const (
	senderDir   = "senders"
	keepSenders = 24 * time.Hour // a dead sender's lock file
)

// openSender takes a fresh sender's lock.
func (s *fileStore) openSender(now time.Time) (*sender, error) {
	folder := filepath.Join(s.dir, senderDir)
	if err := s.files.MkdirAll(folder); err != nil {
		return nil, localError("cannot make the journal's directory", err)
	}
	name := NewID(now)
	path := filepath.Join(folder, name)
	file := flock.New(path, flock.SetPermissions(0o600))
	ok, err := file.TryLock()
	if err == nil && !ok {
		err = errors.New("a fresh lock is taken")
	}
	if err != nil {
		return nil, localError("cannot lock the journal's sender", err)
	}
	return &sender{name: name, close: func() {
		_ = file.Unlock()
		_ = os.Remove(path)
	}}, nil
}

// senderAlive reports whether the sender of that name still holds its lock.
func (s *fileStore) senderAlive(name string) bool {
	if name == "" || name != filepath.Base(name) {
		return false
	}
	file := flock.New(filepath.Join(s.dir, senderDir, name), flock.SetFlag(os.O_RDONLY))
	ok, err := file.TryLock()
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // unreadable is not dead
	}
	if ok {
		_ = file.Unlock()
	}
	return !ok
}

// sweepSenders clears the lock files of senders that died.
func (s *fileStore) sweepSenders() {
	folder := filepath.Join(s.dir, senderDir)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && time.Since(info.ModTime()) > keepSenders && !s.senderAlive(e.Name()) {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}
