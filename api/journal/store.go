package journal

// This file is about one thing: the journal's file. It is opened for one
// transaction at a time behind a lock and closed again, so that several
// processes share it and none holds it while it talks to the server.

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/vizora/vizora-cli/api"
)

// FileName is the journal's file in its directory; without it there is no journal yet.
const FileName = "journal.db"

const (
	newName  = "journal.db.new" // while it is being made
	lockName = "journal.lock"
)

// fileStore keeps the journal in a file of this machine.
type fileStore struct {
	dir    string
	files  FileSystem
	wait   time.Duration // for locks
	lock   *fileLock
	replay *fileLock
	notice func(string)
	once   sync.Once // the notice about network file systems

	stained atomic.Bool // as the last transaction left it
}

func newFileStore(dir string, files FileSystem, wait time.Duration, notice func(string)) *fileStore {
	return &fileStore{
		dir: dir, files: files, wait: wait, notice: notice,
		lock:   newFileLock(filepath.Join(dir, lockName), "the journal", wait),
		replay: newFileLock(filepath.Join(dir, "replay.lock"), "the journal's replay", wait),
	}
}

func (s *fileStore) path() string { return filepath.Join(s.dir, FileName) }

// update runs fn in a transaction that is durable when update returns nil.
func (s *fileStore) update(ctx context.Context, fn func(*tx) error) error {
	if err := s.makeDir(); err != nil {
		return err
	}
	release, err := s.lock.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := s.ensure(); err != nil {
		return err
	}
	return s.transact(s.path(), true, fn)
}

// view runs fn in a reading transaction. Where there is no journal yet, fn is
// not called and nothing is made.
func (s *fileStore) view(ctx context.Context, fn func(*tx) error) error {
	if !s.exists() {
		return nil
	}
	release, err := s.lock.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.transact(s.path(), false, fn)
}

// exists reports whether there is a journal.
func (s *fileStore) exists() bool {
	_, err := s.files.Stat(s.path())
	return !errors.Is(err, fs.ErrNotExist)
}

func (s *fileStore) makeDir() error {
	if err := s.files.MkdirAll(s.dir); err != nil {
		return localError("cannot make the journal's directory", err)
	}
	s.once.Do(func() {
		if kind := s.files.Remote(s.dir); kind != "" {
			s.notice(fmt.Sprintf("the journal's directory is on a network file system (%s), where locks and memory maps are not to be relied on; "+
				"keep it on a local disk", kind))
		}
	})
	return nil
}

// ensure makes the file on first use: in full under another name, synced, then
// renamed, so that no crash leaves half a journal (bbolt's own first write is
// not safe against a power cut).
func (s *fileStore) ensure() error {
	_, err := s.files.Stat(s.path())
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return localError("cannot open the journal", err)
	}
	fresh := filepath.Join(s.dir, newName)
	if err := s.files.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localError("cannot make the journal", err)
	}
	if err := s.initialize(fresh); err != nil {
		return err
	}
	return s.install(fresh)
}

// install puts a complete file in the journal's place.
func (s *fileStore) install(fresh string) error {
	if err := s.files.Sync(fresh); err != nil {
		return localError("cannot make the journal", err)
	}
	if err := s.files.Rename(fresh, s.path()); err != nil {
		return localError("cannot make the journal", err)
	}
	if err := s.files.SyncDir(s.dir); err != nil {
		return localError("cannot make the journal", err)
	}
	return nil
}

func (s *fileStore) initialize(path string) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: boltWait, OpenFile: s.files.OpenFile})
	if err != nil {
		return localError("cannot make the journal", err)
	}
	err = db.Update(func(b *bolt.Tx) error {
		for _, name := range bucketNames() {
			if _, err := b.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		meta := b.Bucket([]byte(metaBucket))
		return errors.Join(meta.Put([]byte(formatKey), binary.BigEndian.AppendUint32(nil, formatVersion)), meta.Put([]byte(pendingKey), pending{}.encode()))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return localError("cannot make the journal", err)
	}
	return nil
}

// boltWait bounds bbolt's own lock, which nobody contends for behind ours but
// a program that is not vizora.
const boltWait = time.Second

// transact runs fn in one transaction over the journal's buckets.
func (s *fileStore) transact(path string, write bool, fn func(*tx) error) error {
	stained := false
	err := s.open(path, write, func(b *bolt.Tx) error {
		t := &tx{bucket: boltBuckets(b), alive: s.senderAlive}
		err := t.run(fn)
		stained = t.stained
		return err
	})
	if err == nil {
		s.stained.Store(stained)
	}
	return err
}

// open opens the file, runs fn in one transaction, and closes it.
func (s *fileStore) open(path string, write bool, fn func(*bolt.Tx) error) error {
	info, err := s.files.Stat(path)
	if err != nil {
		return localError("cannot open the journal", err)
	}
	if info.Size() == 0 {
		return unreadable("the file is empty") // bbolt would start a new one, or fail to
	}
	if err := checkPages(s.files, path, info.Size()); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a map past the end of a cut file
	var db *bolt.DB
	err = guarded(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: boltWait, ReadOnly: !write, OpenFile: s.files.OpenFile})
		return err
	})
	if err != nil {
		return openError(err)
	}
	run := db.View
	if write {
		run = db.Update
	}
	err = guarded(func() error { return run(fn) })
	if closeErr := db.Close(); err == nil {
		err = closeErr
	}
	return typed("the journal cannot be written", err)
}

// guarded turns bbolt's panics on a damaged file into errors.
func guarded(fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damageOf(r)
		}
	}()
	return fn()
}

// typed makes an Error of what is none.
func typed(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*api.Error](err); ok {
		return err
	}
	return localError(what, err)
}

// damageOf turns what bbolt panics with on a damaged file into an error, and
// passes on what is a defect of ours.
func damageOf(r any) error {
	if fault, ok := r.(interface{ Addr() uintptr }); ok {
		return damage(fmt.Sprintf("it ends before its content (address %#x)", fault.Addr()))
	}
	if defect, ok := r.(runtime.Error); ok {
		panic(defect)
	}
	return damage(fmt.Sprint(r))
}

func openError(err error) error {
	switch {
	case errors.Is(err, errDamaged):
		return err
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return unreadable("the file is not a journal, or its start is overwritten")
	case errors.Is(err, bolterrors.ErrTimeout):
		return localError("the journal is held open by another program", err)
	}
	return localError("cannot open the journal", err)
}

// compact rewrites the file without its free pages.
func (s *fileStore) compact(ctx context.Context) (before, after int64, err error) {
	defer s.sweepSenders()
	if !s.exists() {
		return 0, 0, nil
	}
	release, err := s.lock.acquire(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer release()
	fresh := filepath.Join(s.dir, newName)
	if err := s.files.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, localError("cannot compact the journal", err)
	}
	if err := s.open(s.path(), false, func(b *bolt.Tx) error { return s.copyTo(fresh, b.DB()) }); err != nil {
		return 0, 0, err
	}
	old, err := s.files.Stat(s.path())
	if err != nil {
		return 0, 0, localError("cannot compact the journal", err)
	}
	small, err := s.files.Stat(fresh)
	if err != nil {
		return 0, 0, localError("cannot compact the journal", err)
	}
	return old.Size(), small.Size(), s.install(fresh)
}

func (s *fileStore) copyTo(path string, from *bolt.DB) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: boltWait, OpenFile: s.files.OpenFile})
	if err != nil {
		return localError("cannot compact the journal", err)
	}
	if err := errors.Join(bolt.Compact(db, from, 0), db.Close()); err != nil {
		return localError("cannot compact the journal", err)
	}
	return nil
}
