package journal

// This file is about one thing: locks between processes. The kernel frees them
// when their holder dies, so none is ever stale.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/vizora/vizora-cli/api"
)

// fileLock is an exclusive lock on a file, waited for without polling: with
// eight processes at once, polling costs twenty times the latency.
type fileLock struct {
	path string
	what string // for messages: "the journal"
	wait time.Duration
	here chan struct{} // one goroutine of this process at a time
}

func newFileLock(path, what string, wait time.Duration) *fileLock {
	return &fileLock{path: path, what: what, wait: wait, here: make(chan struct{}, 1)}
}

// acquire takes the lock and returns its release. After the wait it gives up
// with an Error that names the process that holds it.
func (l *fileLock) acquire(ctx context.Context) (func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, stopped(ctx)
	}
	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	select {
	case l.here <- struct{}{}:
	case <-timer.C:
		return nil, l.busy()
	case <-ctx.Done():
		return nil, stopped(ctx)
	}
	file, err := l.lockFile(ctx, timer.C)
	if err != nil {
		<-l.here
		return nil, err
	}
	l.sign()
	return func() {
		_ = file.Unlock()
		<-l.here
	}, nil
}

// try takes the lock if nobody has it; otherwise release is nil.
func (l *fileLock) try() (release func(), err error) {
	select {
	case l.here <- struct{}{}:
	default:
		return nil, nil
	}
	file := flock.New(l.path, flock.SetPermissions(0o600))
	if ok, err := file.TryLock(); err != nil || !ok {
		<-l.here
		if err != nil {
			err = localError("cannot lock "+l.what, err)
		}
		return nil, err
	}
	l.sign()
	return func() {
		_ = file.Unlock()
		<-l.here
	}, nil
}

func (l *fileLock) lockFile(ctx context.Context, late <-chan time.Time) (*flock.Flock, error) {
	file := flock.New(l.path, flock.SetPermissions(0o600))
	ok, err := file.TryLock()
	if err != nil {
		return nil, localError("cannot lock "+l.what, err)
	}
	if ok {
		return file, nil
	}
	got := make(chan error, 1)
	go func() { got <- file.Lock() }()
	select {
	case err := <-got:
		if err != nil {
			return nil, localError("cannot lock "+l.what, err)
		}
		return file, nil
	case <-late:
		err = l.busy()
	case <-ctx.Done():
		err = stopped(ctx)
	}
	go func() { // the system call cannot be called off: let the lock go as soon as it comes
		if <-got == nil {
			_ = file.Unlock()
		}
	}()
	return nil, err
}

// sign writes our process id into the lock file, only for messages. The file is
// not truncated: some file systems flush a truncated file when it is closed.
func (l *fileLock) sign() {
	f, err := os.OpenFile(l.path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(f, "%-10d\n", os.Getpid())
	_ = f.Close()
}

// holder is the process that wrote its id into the lock file last, 0 if unknown.
func (l *fileLock) holder() int {
	raw, err := os.ReadFile(l.path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0
	}
	if p, err := os.FindProcess(pid); err != nil || errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return 0 // it has ended, and who has the lock now has not signed
	}
	return pid
}

// errLocked is the cause of giving up on a lock.
var errLocked = errors.New("locked")

func (l *fileLock) busy() *api.Error {
	by := "another process"
	if pid := l.holder(); pid != 0 {
		by = fmt.Sprintf("process %d", pid)
	}
	return &api.Error{
		Kind: api.KindLocal, Message: fmt.Sprintf("%s is locked by %s; waited %s", l.what, by, l.wait), Err: errLocked,
		Hint: "wait for that process, or end it",
	}
}

// localError is a failure of this machine's disk.
//
//go:noinline
func localError(what string, err error) *api.Error {
	e := &api.Error{Kind: api.KindLocal, Message: what + ": " + err.Error(), Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		e.Hint = "the disk is full: free some space on it; what was recorded before is safe, and can still be delivered and copied"
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES):
		e.Hint = "make the directory writable, or keep the journal elsewhere: XDG_STATE_HOME"
	}
	return e
}

// stopped tells Ctrl-C from a deadline.
func stopped(ctx context.Context) *api.Error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return &api.Error{Kind: api.KindTimeout, Message: "the time limit passed", Err: ctx.Err()}
	}
	return &api.Error{Kind: api.KindInterrupted, Message: "interrupted", Err: ctx.Err()}
}
