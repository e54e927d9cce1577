package journal

// This file is about one thing: what the journal asks of the place it is kept in.

import (
	"context"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// store is where a journal is kept: a file of this machine, or what several
// machines share.
type store interface {
	// update runs fn in a transaction that is durable when update returns nil.
	update(ctx context.Context, fn func(*tx) error) error
	// view runs fn in a reading transaction. Where there is no journal yet, fn
	// is not called and nothing is made.
	view(ctx context.Context, fn func(*tx) error) error
	exists() bool
	// compact gives back what nothing needs any more, in bytes before and after.
	compact(ctx context.Context) (before, after int64, err error)

	// scrub overwrites what secrets have left behind, if they have.
	scrub(ctx context.Context) error

	openSender(now time.Time) (*sender, error)
	senderAlive(name string) bool
	// runLock is held by the one that delivers, all ("") or a job.
	runLock(job string) (runLock, error)

	lastSync() time.Time
	markSynced(now time.Time)
}

// runLock keeps two from delivering the same, where claims alone do not.
type runLock interface {
	acquire(ctx context.Context) (release func(), err error)
	try() (release func(), err error) // no release: somebody has it
}

// bucket is a table of the journal within a transaction: values by key, in the
// order of the keys. What is read is valid within the transaction.
type bucket interface {
	Get(key []byte) []byte
	Put(key, value []byte) error
	Delete(key []byte) error
	ForEach(fn func(key, value []byte) error) error
	NextSequence() (uint64, error)
	Cursor() cursor
}

// cursor walks a bucket; a key of nil is its end. The bucket must not change
// meanwhile.
type cursor interface {
	Seek(key []byte) (k, v []byte) // at the key, or the next one
	Next() (k, v []byte)
	Prev() (k, v []byte)
}

// boltBuckets are the buckets of the file.
func boltBuckets(b *bolt.Tx) func(name string) bucket {
	return func(name string) bucket {
		if in := b.Bucket([]byte(name)); in != nil {
			return boltBucket{in}
		}
		return nil
	}
}

type boltBucket struct{ *bolt.Bucket }

func (b boltBucket) Cursor() cursor { return b.Bucket.Cursor() }

// runLock of the file: one process delivers at a time, and one each job.
func (s *fileStore) runLock(job string) (runLock, error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	if job != "" {
		return newFileLock(filepath.Join(s.dir, "job-"+job+".lock"), "job "+job, s.wait), nil
	}
	return s.replay, nil
}
