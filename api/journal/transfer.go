package journal

// This file is about one thing: taking operations out of a journal and into
// another, and keeping the file small.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// exportHead is the first line of an export.
type exportHead struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Format     int    `json:"format"`
	Count      int    `json:"count"`
}

const (
	exportAPI  = "vizora/v1"
	exportKind = "Journal"
)

// Export writes all operations as JSON Lines: a head, then one per line.
func (j *Journal) Export(ctx context.Context, w io.Writer) (int, error) {
	ops, err := j.List(ctx, Filter{})
	if err != nil {
		return 0, err
	}
	buffered := bufio.NewWriter(w)
	lines := json.NewEncoder(buffered)
	err = lines.Encode(exportHead{APIVersion: exportAPI, Kind: exportKind, Format: formatVersion, Count: len(ops)})
	for i := 0; i < len(ops) && err == nil; i++ {
		err = lines.Encode(&ops[i])
	}
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return 0, localError("cannot write the export", err)
	}
	return len(ops), nil
}

// Import takes the operations of an export in, all or none. Operations that the
// journal holds already are left as they are, and one that was being sent will
// be read back. Work of another server, organisation or user is refused: it
// would never be replayed here.
func (j *Journal) Import(ctx context.Context, r io.Reader) (added, known int, err error) {
	ops, err := readExport(r)
	if err != nil {
		return 0, 0, err
	}
	for i := range ops {
		if ops[i].Owner != j.opts.Owner {
			return 0, 0, notOurs(&ops[i])
		}
	}
	err = j.store.update(ctx, func(t *tx) error {
		added, known = 0, 0
		if err := j.room(t, len(ops), false); err != nil {
			return err
		}
		for i := range ops {
			if t.bucket(idsBucket).Get([]byte(ops[i].ID)) != nil {
				known++
				continue
			}
			ops[i].Sender, ops[i].Job = "", "" // jobs are a machine's own
			if err := t.append(&ops[i]); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, known, err
}

func notOurs(op *Operation) *api.Error {
	return &api.Error{
		Kind: api.KindInvalid, Message: fmt.Sprintf("%s belongs to another server, organisation or user (%s, organisation %s); nothing was imported", op.name(), op.Owner.Server, op.Owner.Organization),
		Hint: "sign in as its owner, with a profile for that server, and import it there",
	}
}

func readExport(r io.Reader) ([]Operation, error) {
	lines := json.NewDecoder(r)
	var head exportHead
	if err := lines.Decode(&head); err != nil || head.APIVersion != exportAPI || head.Kind != exportKind {
		return nil, &api.Error{Kind: api.KindInvalid, Message: "this is not an exported journal", Hint: "its first line says kind \"Journal\"", Err: err}
	}
	if head.Format > formatVersion {
		return nil, newer(head.Format)
	}
	var ops []Operation
	for n := 1; ; n++ {
		var op Operation
		err := lines.Decode(&op)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && (len(op.ID) != idLength || op.State == "") {
			err = errors.New("it has no id or no state")
		}
		if err == nil {
			err = op.check()
		}
		if err != nil {
			return nil, &api.Error{Kind: api.KindInvalid, Message: fmt.Sprintf("operation %d of the export cannot be read: %s", n, err), Err: err}
		}
		ops = append(ops, op)
	}
	if len(ops) != head.Count {
		return nil, &api.Error{Kind: api.KindInvalid, Message: fmt.Sprintf("the export is cut off: it holds %d of %d operations", len(ops), head.Count)}
	}
	return ops, nil
}

const keepMade = 30 * 24 * time.Hour // how long temporary ids stay known

// CompactReport is what Compact has done.
type CompactReport struct {
	Before, After int64 // bytes of the file
	Forgotten     int   // temporary ids of a month ago
}

// Compact rewrites the file without free pages, forgets what creates have made
// more than a month ago, and clears the lock files of senders that died.
func (j *Journal) Compact(ctx context.Context) (CompactReport, error) {
	var report CompactReport
	if !j.store.exists() {
		return report, nil
	}
	err := j.store.update(ctx, func(t *tx) error {
		var err error
		if report.Forgotten, err = t.forgetMade(j.now().Add(-keepMade)); err != nil {
			return err
		}
		return t.recount()
	})
	if err != nil {
		return report, err
	}
	report.Before, report.After, err = j.store.compact(ctx)
	return report, err
}
