// This file is about one thing: files that are replaced whole, under a lock.

package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/vizora/vizora-cli/api"
)

// lockPoll is how often a lock that another process holds is tried again.
const lockPoll = 20 * time.Millisecond

// withLock runs f while no other process holds the lock file. It waits until
// ctx ends; a process that dies lets go of its lock.
func withLock(ctx context.Context, path string, f func() error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return localError("cannot make the directory of "+path, err)
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		if ctx.Err() != nil {
			return lockTimeout(ctx, path)
		}
		return localError("cannot lock "+path, err)
	}
	defer func() {
		if closeErr := lock.Close(); err == nil && closeErr != nil {
			err = localError("cannot unlock "+path, closeErr)
		}
	}()
	return f()
}

func lockTimeout(ctx context.Context, path string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &api.Error{Kind: api.KindTimeout, Message: "another vizora process holds " + path, Err: ctx.Err()}
	}
	return &api.Error{Kind: api.KindInterrupted, Message: "interrupted", Err: ctx.Err()}
}

// ReplaceFile writes a file that only its owner can read, so that a reader and
// a power cut see the old content or the new one and nothing between.
func ReplaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	if err := fill(tmp, data); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return syncDir(dir)
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a rename durable. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func localError(message string, err error) *api.Error {
	return &api.Error{Kind: api.KindLocal, Message: message + ": " + cause(err), Err: err}
}

// cause drops the operation and the path that os errors repeat.
func cause(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
