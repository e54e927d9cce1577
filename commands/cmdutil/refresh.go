package cmdutil

// This file is about one thing: processes of our own that read in the background.
// Names for TAB are read by "vizora NOUN list" without a terminal, apart from the
// shell's job control, so that completion knows nothing of requests.

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// refreshNames starts reading a kind's names, unless that was tried not long ago
// or another process is about to. The channel is closed when the reader has
// ended; nil says that none was started.
func (f *Factory) refreshNames(s *api.Schema, cache *api.Snapshots, known int, read time.Time) <-chan struct{} {
	attempt := cache.NamesAttempt(s.Path)
	if os.MkdirAll(filepath.Dir(attempt), 0o700) != nil {
		return nil
	}
	lock := flock.New(attempt, flock.SetPermissions(0o600))
	if mine, err := lock.TryLock(); err != nil || !mine {
		return nil
	}
	defer func() { _ = lock.Close() }()
	info, err := os.Stat(attempt)
	now := f.Now()
	if err != nil {
		return nil
	}
	rest := refreshPause * time.Duration(known/api.PageSize)
	if read.Before(info.ModTime()) { // the reader may still be at it
		rest = max(rest, refreshLimit)
	}
	if info.Size() > 0 && now.Sub(info.ModTime()) < rest {
		return nil
	}
	if os.WriteFile(attempt, []byte("asked\n"), 0o600) != nil {
		return nil
	}
	return f.startReader(s)
}

func (f *Factory) startReader(s *api.Schema) <-chan struct{} {
	args := []string{s.Noun, "list", "-o", "name", "--quiet", "--offline", string(journal.OfflineNever), "--retries", "0", "--timeout", refreshLimit.String()}
	return f.startApart(args...)
}

// startApart starts this program once more, apart from the terminal, with the
// same profile. The channel is closed when it has ended; nil says that it was
// not started.
func (f *Factory) startApart(args ...string) <-chan struct{} {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	if f.Global.Profile != "" {
		args = append(args, "--profile", f.Global.Profile)
	}
	if f.Global.Config != "" {
		args = append(args, "--config", f.Global.Config)
	}
	cmd := exec.Command(self, args...) //nolint:noctx // it outlives this process; --timeout bounds it
	cmd.SysProcAttr = apart()
	if cmd.Start() != nil {
		return nil
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it could not do is tried again another time
		close(ended)
	}()
	return ended
}
