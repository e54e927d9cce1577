package journal

// This file is about one thing: the base of an operation that stands behind
// others of ours: what they will leave, not what the server had before them.

import (
	"encoding/json"
	"maps"
)

// rebase puts what earlier pending operations on the same resources set into the
// base of one that was just taken in. Otherwise it would meet its own
// predecessor's value and take it for somebody else's.
func (t *tx) rebase(op *Operation) error {
	changed := false
	for _, id := range op.resources() {
		base := op.Base
		if op.Effect == Many {
			base = op.Bases[id]
		}
		fresh := maps.Clone(base)
		open := maps.Clone(base) // fields that nobody was found to set yet
		if err := t.back(op.Kind+"/"+id, op.Seq, func(earlier *Operation) bool {
			op.behind = true
			for name, value := range earlier.Changes {
				if _, is := open[name]; is && earlier.Owner == op.Owner {
					fresh[name] = value
					delete(open, name)
				}
			}
			return len(open) > 0
		}); err != nil {
			return err
		}
		if maps.EqualFunc(base, fresh, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
			continue
		}
		changed = true
		if op.Effect == Many {
			op.Bases[id] = fresh
		} else {
			op.Base = fresh
		}
	}
	if !changed {
		return nil
	}
	return t.save(op)
}
