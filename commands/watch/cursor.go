package watch

// This file is about one thing: --resume NAME: how far a watch came, on disk.

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/config"
)

// cursorVersion is of the file's form.
const cursorVersion = 1

// saved is what the file holds.
type saved struct {
	Version int             `json:"version"`
	Owner   journal.Owner   `json:"owner"`
	Seq     uint64          `json:"seq"` // of the last record printed
	Cursor  realtime.Cursor `json:"cursor"`
	Entry   string          `json:"entry,omitempty"` // of a relay's stream, in place of a cursor
}

// cursor is a named place in the stream. One watch has it at a time.
type cursor struct {
	file  string
	lock  *flock.Flock
	owner journal.Owner
	found saved
}

// openCursor takes the name and reads how far it came, which is nowhere for a
// new one. dir is the watches' folder.
func openCursor(dir, name string, owner journal.Owner) (*cursor, error) {
	file := filepath.Join(dir, "resume-"+name+".json")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, localError("cannot make the folder of the watches", err)
	}
	c := &cursor{file: file, owner: owner, lock: flock.New(file+".lock", flock.SetPermissions(0o600))}
	free, err := c.lock.TryLock()
	if err != nil {
		return nil, localError("cannot lock the place "+name, err)
	}
	if !free {
		return nil, api.Invalid("--resume", name, "is in use by another watch", "wait until that one has ended, or give another name")
	}
	if err := c.read(name); err != nil {
		return nil, errors.Join(err, c.lock.Unlock())
	}
	return c, nil
}

func (c *cursor) read(name string) error {
	raw, err := os.ReadFile(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return localError("cannot read the place "+name, err)
	}
	if err := json.Unmarshal(raw, &c.found); err != nil || c.found.Version != cursorVersion {
		return api.Errorf(api.KindLocal, "the place %s cannot be read: %s is damaged or of another version", name, c.file).
			WithHint("delete the file to begin anew")
	}
	if c.found.Owner != c.owner {
		return api.Invalid("--resume", name, "is a place in the stream of another server, organisation or user", "give another name")
	}
	return nil
}

// save writes how far the watch came.
func (c *cursor) save(seq uint64, at realtime.Cursor, entry string) error {
	raw, err := json.Marshal(saved{cursorVersion, c.owner, seq, at, entry})
	if err == nil {
		err = config.ReplaceFile(c.file, raw)
	}
	return err
}

func (c *cursor) close() { _ = c.lock.Unlock() } // the process's end does it too

// checkName refuses what would not be a file's name everywhere.
func checkName(flag, name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	if name == "" || len(name) > 64 || strings.Trim(name, allowed) != "" || strings.HasPrefix(name, ".") {
		return api.Invalid(flag, name, "is not a name for a place in the stream", "up to 64 letters, digits, dots, dashes and underscores")
	}
	return nil
}

func localError(what string, err error) error {
	return &api.Error{Kind: api.KindLocal, Message: what + ": " + err.Error(), Err: err}
}
