package journal

// This file is about one thing: the snapshot cache: the last lists and rows
// that were read, with their age, for bases, completion and work offline. It is
// a cache: nothing in it is missed when it is gone.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// Cache keeps snapshots of one server and organization as plain files below a
// directory, one per list and one per row, each replaced by renaming.
type Cache struct {
	dir string
	now func() time.Time
}

// Snapshot is what was read at one time.
type Snapshot struct {
	At   time.Time         `json:"at"`
	Rows []json.RawMessage `json:"rows"`
}

// Age is how long ago the snapshot was read.
func (s *Snapshot) Age(now time.Time) time.Duration { return now.Sub(s.At) }

// Cache returns the snapshot cache beside the journal.
func (j *Journal) Cache() *Cache {
	return OpenCache(filepath.Join(j.opts.Dir, "snapshots"), j.opts.Owner, j.opts.Now)
}

// OpenCache returns the cache of an owner's server and organization below dir.
// It opens no file. A nil now is time.Now.
func OpenCache(dir string, owner Owner, now func() time.Time) *Cache {
	if now == nil {
		now = time.Now
	}
	return &Cache{dir: filepath.Join(dir, short(owner.Server+"\x00"+owner.Organization)), now: now}
}

// short turns any text into a file name.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:10])
}

func (c *Cache) listPath(kind, query string) string {
	name := "list"
	if query != "" {
		name += "-" + short(query)
	}
	return filepath.Join(c.dir, short(kind), name+".json")
}

func (c *Cache) rowPath(kind, id string) string {
	return filepath.Join(c.dir, short(kind), "row-"+short(id)+".json")
}

// PutList keeps a list; query tells apart lists that the server filtered ("" =
// the whole list).
func (c *Cache) PutList(kind, query string, rows []json.RawMessage) error {
	if rows == nil {
		rows = []json.RawMessage{}
	}
	return c.put(c.listPath(kind, query), rows)
}

// PutRow keeps one row as its own page showed it.
func (c *Cache) PutRow(kind, id string, row json.RawMessage) error {
	return c.put(c.rowPath(kind, id), []json.RawMessage{row})
}

// List returns a list, or nil when there is none.
func (c *Cache) List(kind, query string) (*Snapshot, error) { return c.get(c.listPath(kind, query)) }

// Row returns a row: as its own page showed it, or else as the whole list did;
// nil when neither is there. The younger of the two wins.
func (c *Cache) Row(kind, id string) (*Snapshot, error) {
	own, err := c.get(c.rowPath(kind, id))
	if err != nil {
		return nil, err
	}
	list, err := c.List(kind, "")
	if err != nil || list == nil || (own != nil && !own.At.Before(list.At)) {
		return own, err
	}
	for _, row := range list.Rows {
		if rowID(row) == id {
			return &Snapshot{At: list.At, Rows: []json.RawMessage{row}}, nil
		}
	}
	return own, nil
}

// Forget drops what is kept of a row, after a write to it.
func (c *Cache) Forget(kind, id string) error {
	if err := os.Remove(c.rowPath(kind, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localError("cannot change the snapshot cache", err)
	}
	return nil
}

// Clear drops everything of this server and organization.
func (c *Cache) Clear() error {
	if err := os.RemoveAll(c.dir); err != nil {
		return localError("cannot clear the snapshot cache", err)
	}
	return nil
}

// put writes beside the file and renames, so that readers see the old or the new.
func (c *Cache) put(path string, rows []json.RawMessage) error {
	raw, err := json.Marshal(Snapshot{At: c.now().UTC(), Rows: rows})
	if err != nil {
		return &api.Error{Kind: api.KindInternal, Message: "cannot encode a snapshot", Err: err}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return localError("cannot write the snapshot cache", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return localError("cannot write the snapshot cache", err)
	}
	_, err = temp.Write(raw)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return localError("cannot write the snapshot cache", err)
	}
	return nil
}

// get reads a snapshot. One that cannot be decoded counts as none.
func (c *Cache) get(path string) (*Snapshot, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, localError("cannot read the snapshot cache", err)
	}
	var s Snapshot
	if json.Unmarshal(raw, &s) != nil || s.At.IsZero() {
		return nil, nil //nolint:nilerr // what cannot be decoded counts as none
	}
	return &s, nil
}
