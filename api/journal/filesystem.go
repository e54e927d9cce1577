package journal

// This file is about one thing: the file calls of the journal, behind a small
// interface, so that tests can make each of them fail.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// FileSystem is what the journal asks of the disk. The pages inside journal.db
// are bbolt's; everything around them goes through here.
type FileSystem interface {
	// MkdirAll makes a directory and its missing parents, readable by the owner
	// only, each synced into its parent.
	MkdirAll(dir string) error
	OpenFile(path string, flag int, perm os.FileMode) (*os.File, error)
	Stat(path string) (os.FileInfo, error)
	// Sync makes a file's content durable.
	Sync(path string) error
	// SyncDir makes a directory's entries durable.
	SyncDir(dir string) error
	Rename(from, to string) error
	Remove(path string) error
	// Remote names the network file system that dir is on, "" when it is local
	// or cannot be told.
	Remote(dir string) string
}

// disk is the real file system.
type disk struct{}

func (disk) MkdirAll(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("is not a directory")}
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := (disk{}).MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

func (disk) OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag, perm)
}

func (disk) Stat(path string) (os.FileInfo, error) { return os.Stat(path) }

func (disk) Sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (disk) SyncDir(dir string) error     { return syncDir(dir) }
func (disk) Rename(from, to string) error { return os.Rename(from, to) }
func (disk) Remove(path string) error     { return os.Remove(path) }
func (disk) Remote(dir string) string     { return remoteFileSystem(dir) }
