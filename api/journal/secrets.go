package journal

// This file is about one thing: the secrets that operations carry to the server
// (a webhook's secret, a password). Who looks at the journal is not shown them, a
// settled record does not hold them, and what is left of them in pages of the
// file that are free again is overwritten.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/vizora/vizora-cli/api"
)

// stainedKey in the meta bucket says that free pages may hold a secret.
const stainedKey = "stained"

// Redacted is a copy to be shown: what is secret is replaced, on all sides.
func (op *Operation) Redacted() *Operation {
	shown := *op
	shown.Request.Body = redacted(op.Request.Body)
	for _, side := range []*api.Changes{&shown.Changes, &shown.Base, &shown.Remote} {
		*side, _ = redactFields(op.Kind, *side, nil)
	}
	return &shown
}

// strip takes out what the operation no longer needs to know once it is settled,
// and reports whether there was anything. What lost in a conflict stays, because
// it can be applied again.
func (op *Operation) strip() bool {
	if op.State == Conflict && op.Effect != Update {
		return false
	}
	kept := func(name string) bool { return op.State == Conflict && slices.Contains(op.Dropped, name) }
	changes, found := redactFields(op.Kind, op.Changes, kept)
	if body := redacted(op.Request.Body); !bytes.Equal(body, op.Request.Body) {
		op.Request.Body, found = body, true
	}
	op.Changes = changes
	op.Stripped = op.Stripped || found
	return found
}

// secretive reports whether the operation carries a secret.
func (op *Operation) secretive() bool {
	_, found := redactFields(op.Kind, op.Changes, nil)
	return found || !bytes.Equal(redacted(op.Request.Body), op.Request.Body)
}

// redactFields returns fields without their secrets; those that are kept stay.
// fields itself is not changed.
func redactFields(kind string, fields api.Changes, kept func(string) bool) (api.Changes, bool) {
	schema := api.SchemaOf(kind)
	var clean api.Changes
	for name, value := range fields {
		if kept != nil && kept(name) {
			continue
		}
		hidden := redacted(value)
		if isSecret(schema, name) && !isNull(value) {
			hidden = json.RawMessage(`"` + api.Redacted + `"`)
		}
		if bytes.Equal(hidden, value) {
			continue
		}
		if clean == nil {
			clean = maps.Clone(fields)
		}
		clean[name] = hidden
	}
	if clean == nil {
		return fields, false
	}
	return clean, true
}

func isSecret(s *api.Schema, field string) bool {
	if s == nil {
		return api.SecretName(field)
	}
	f := s.Field(field)
	return f != nil && f.Secret
}

// redacted is a value without the secrets inside it; one that holds none, as
// most do, comes back as it is.
func redacted(value json.RawMessage) json.RawMessage {
	if len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return value
	}
	return api.RedactJSON(value)
}

// stain notes that a record with a secret went out of use.
func (t *tx) stain() error {
	t.stained = true
	return t.bucket(metaBucket).Put([]byte(stainedKey), []byte{1})
}

// tidy overwrites what secrets have left behind. It costs nothing where there
// were none, and what fails here is only told: what was to be done is done.
func (j *Journal) tidy(ctx context.Context) {
	if err := j.store.scrub(context.WithoutCancel(ctx)); err != nil {
		j.emit(Event{Type: EventNotice, Message: "free pages of the journal's file may still hold a secret that was delivered: " + err.Error()})
	}
}

// scrub overwrites the free pages of the file if they may hold a secret. No
// transaction needs them: bbolt itself may write over them in the next one.
func (s *fileStore) scrub(ctx context.Context) error {
	if !s.stained.Load() {
		return nil
	}
	release, err := s.lock.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	free, size, err := s.freePages()
	if err != nil {
		return err
	}
	if err := s.overwrite(free, size); err != nil {
		return localError("cannot overwrite the journal's free pages", err)
	}
	return s.transact(s.path(), true, func(t *tx) error {
		t.stained = false
		return t.bucket(metaBucket).Delete([]byte(stainedKey))
	})
}

// freePages lists the numbers of the pages that nothing uses, the last one for
// all from there to the end of the file, and the size of a page in bytes.
func (s *fileStore) freePages() (free []int, size int, err error) {
	var db *bolt.DB
	err = guarded(func() (err error) {
		db, err = bolt.Open(s.path(), 0o600, &bolt.Options{Timeout: boltWait, OpenFile: s.files.OpenFile})
		return err
	})
	if err != nil {
		return nil, 0, openError(err)
	}
	err = guarded(func() error {
		size = db.Info().PageSize
		return db.View(func(b *bolt.Tx) error {
			for id := 0; ; id++ {
				page, err := b.Page(id)
				if err != nil {
					return err
				}
				if page == nil {
					free = append(free, id)
					return nil
				}
				if page.Type == "free" {
					free = append(free, id)
				} else {
					id += page.OverflowCount
				}
			}
		})
	})
	return free, size, typed("the journal cannot be read", errors.Join(err, db.Close()))
}

// overwrite writes zeros over pages, and from the last of them to the file's end.
func (s *fileStore) overwrite(pages []int, size int) error {
	f, err := s.files.OpenFile(s.path(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	found, zeros := make([]byte, size), make([]byte, size)
	for n, end := 0, false; !end; n++ {
		id := pages[min(n, len(pages)-1)] + max(0, n-len(pages)+1)
		got, err := f.ReadAt(found, int64(id)*int64(size))
		if end = errors.Is(err, io.EOF); err != nil && !end {
			return err
		}
		if bytes.Equal(found[:got], zeros[:got]) {
			continue
		}
		if _, err := f.WriteAt(zeros[:got], int64(id)*int64(size)); err != nil {
			return err
		}
	}
	return f.Sync()
}
