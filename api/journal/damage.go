package journal

// This file is about one thing: records that cannot be read. The rest of the
// journal is read, shown and delivered without them; they are named, so that
// somebody drops them or imports them from a copy.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// IsDamage reports whether err says that records cannot be read. What came with
// it is all the others.
func IsDamage(err error) bool { return errors.Is(err, errRecord) }

// errRecord is the cause of errors about single records.
var errRecord = fmt.Errorf("a record is %w", errDamaged)

// recordDamage is the error of a record that is not as it was written.
func recordDamage(what string) *api.Error {
	e := damage(what)
	e.Err = errRecord
	return e
}

// damages collects records that cannot be read.
type damages struct {
	keys  [][]byte
	first error
}

func (d *damages) add(key []byte, err error) {
	if d.first == nil {
		d.first = err
	}
	d.keys = append(d.keys, bytes.Clone(key))
}

// mostNamed is how many damaged records a command to drop them names.
const mostNamed = 20

// nameDamaged is the error about damaged records, with their ids, which an index
// still knows; nil when there are none.
func (t *tx) nameDamaged(d *damages) error {
	e, ok := errors.AsType[*api.Error](d.first)
	if !ok {
		return d.first
	}
	if n := len(d.keys); n > 1 {
		e.Message += fmt.Sprintf(", and %d more", n-1)
	}
	wanted := map[string]bool{}
	for _, key := range d.keys {
		wanted[string(key[max(0, len(key)-8):])] = true
	}
	var ids []string
	_ = t.bucket(idsBucket).ForEach(func(id, seq []byte) error {
		if wanted[string(seq)] && len(ids) < mostNamed {
			ids = append(ids, string(id))
		}
		return nil
	})
	if len(ids) > 0 {
		e.Next = []string{"vizora journal drop " + strings.Join(ids, " ")}
	}
	return e
}

// nameDamages is nameDamaged in a transaction of its own.
func (j *Journal) nameDamages(ctx context.Context, d *damages) error {
	if d.first == nil {
		return nil
	}
	named := d.first
	err := j.store.view(ctx, func(t *tx) error { named = t.nameDamaged(d); return nil })
	return errors.Join(named, err)
}

// Told is an error with the command that helps, in one line.
func Told(err error) string {
	if e, ok := errors.AsType[*api.Error](err); ok && len(e.Next) > 0 {
		return err.Error() + ": " + e.Next[0]
	}
	return err.Error()
}

// unlessDamage leaves out the error about records that cannot be read.
func unlessDamage(err error) error {
	if IsDamage(err) {
		return nil
	}
	return err
}
