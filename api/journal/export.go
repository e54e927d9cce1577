package journal

// This file is about one thing: moving operations out of a journal. They are set
// aside first, so that nobody delivers them, and only then written; where the
// file is whole on the disk they stay set aside, as a trace of where they went,
// and where it is not they are put back. A crash in between is made up for by the
// next export or sync, which finds a note of what was under way.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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

// Move says where an operation went.
type Move struct {
	Export string    `json:"export"` // id of the export
	To     string    `json:"to"`     // the file; "stdout"
	At     time.Time `json:"at"`
	From   State     `json:"from"` // what it was
}

const toStream = "stdout"

// ExportReport is what an export has done.
type ExportReport struct {
	Count   int         // operations written
	Uploads int         // of these, uploads: their files are not in the export
	Stay    []Operation // being sent, of unknown outcome, or not to be parted from one that is
	OfJobs  int         // pending operations of jobs, which stay with them
	Foreign int         // operations of another server, organization or user, which stay
	Damaged error       // a record that cannot be read, which stays
}

// exporting is the note in the journal of an export that is under way.
type exporting struct {
	ID     string `json:"id"`
	Sender string `json:"sender"` // lock of the process that exports
	Temp   string `json:"temp"`   // the file until it is whole; "" = a stream
	To     string `json:"to"`
	Whole  bool   `json:"whole"` // the file is on the disk under its first name
}

const exportingKey = "exporting" // in the meta bucket

// Export moves this owner's operations to a stream as JSON Lines, a head first.
// What cannot be parted from this machine stays, and when writing fails nothing
// is moved. With keep all of them are copied and the journal stays as it is: what
// is imported here later is known, so that a copy that comes back does nothing
// twice, but another machine cannot know.
func (j *Journal) Export(ctx context.Context, w io.Writer, keep bool) (ExportReport, error) {
	if keep {
		return j.copied(ctx, func(r *ExportReport, ops []Operation) error { return r.write(w, ops) })
	}
	return j.move(ctx, "", func(r *ExportReport, _ *exporting, ops []Operation) error { return r.write(w, ops) })
}

// ExportFile exports to a new file. Operations are out of the journal only when
// it is whole on the disk. A file that is there already is left alone, because it
// may hold the only copy of what was exported before.
func (j *Journal) ExportFile(ctx context.Context, path string, keep bool) (ExportReport, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return ExportReport{}, localError("cannot tell where to export", err)
	}
	if info, err := j.opts.FS.Stat(path); err == nil && (info.IsDir() || info.Size() > 0) {
		return ExportReport{}, api.Invalid("FILE", path, "is there already, and may hold the only copy of an earlier export", "give another name")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ExportReport{}, localError("cannot export", err)
	}
	if keep {
		return j.copied(ctx, func(r *ExportReport, ops []Operation) error {
			temp := tempOf(path, NewID(j.now()))
			err := j.writeWhole(temp, func(w io.Writer) error { return r.write(w, ops) })
			if err == nil {
				err = j.opts.FS.Rename(temp, path)
			}
			if err != nil {
				_ = j.opts.FS.Remove(temp)
			}
			return typed("the export cannot be given its name", err)
		})
	}
	return j.move(ctx, path, func(r *ExportReport, note *exporting, ops []Operation) error {
		return j.writeWhole(note.Temp, func(w io.Writer) error { return r.write(w, ops) })
	})
}

// tempOf is where a file is until it is whole.
func tempOf(path, id string) string { return filepath.Join(filepath.Dir(path), ".vizora-export-"+id) }

// copied writes all of this owner's operations and remembers that it did.
func (j *Journal) copied(ctx context.Context, write func(*ExportReport, []Operation) error) (report ExportReport, err error) {
	var ops []Operation
	report.Damaged = j.Each(ctx, Filter{}, func(op *Operation) error {
		if op.Owner != j.opts.Owner {
			report.Foreign++
			return nil
		}
		ops = append(ops, *op)
		return nil
	})
	if report.Damaged != nil && !IsDamage(report.Damaged) {
		return report, report.Damaged
	}
	if err := write(&report, ops); err != nil || len(ops) == 0 {
		return report, err
	}
	if err := j.store.update(ctx, func(t *tx) error {
		var errs []error
		for i := range ops {
			errs = append(errs, t.see(ops[i].ID, j.now()))
		}
		return errors.Join(errs...)
	}); err != nil { // a full disk is a reason to make a copy, and no reason to have none
		j.emit(Event{Type: EventNotice, Message: "the copy is whole, but the journal could not note it: importing it here would do everything twice: " + err.Error()})
	}
	return report, nil
}

// write writes a head and the operations.
func (r *ExportReport) write(w io.Writer, ops []Operation) error {
	buffered := bufio.NewWriter(w)
	lines := json.NewEncoder(buffered)
	err := lines.Encode(exportHead{APIVersion: exportAPI, Kind: exportKind, Format: formatVersion, Count: len(ops)})
	for i := 0; i < len(ops) && err == nil; i++ {
		err = lines.Encode(&ops[i])
		if ops[i].Request.Upload != nil {
			r.Uploads++
		}
	}
	if err = errors.Join(err, buffered.Flush()); err != nil { // without its cause: a reader that has gone is no quiet end here
		return &api.Error{Kind: api.KindLocal, Message: "the export cannot be written: " + err.Error(), Hint: "the journal keeps its operations"}
	}
	r.Count = len(ops)
	return nil
}

// writeWhole makes a file and makes it durable.
func (j *Journal) writeWhole(path string, write func(io.Writer) error) error {
	f, err := j.opts.FS.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return localError("the export cannot be written", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return typed("the export cannot be written", err)
	}
	if err := errors.Join(j.opts.FS.Sync(path), j.opts.FS.SyncDir(filepath.Dir(path))); err != nil {
		return localError("the export cannot be written", err)
	}
	return nil
}

// move sets operations aside, writes them, and keeps or undoes that.
func (j *Journal) move(ctx context.Context, path string, write func(*ExportReport, *exporting, []Operation) error) (report ExportReport, err error) {
	defer j.tidy(ctx)
	release, err := j.lockRun(ctx, SyncOptions{})
	if err != nil {
		return report, err
	}
	defer release()
	if err := j.endExport(ctx); err != nil {
		return report, err
	}
	from, err := j.store.openSender(j.now())
	if err != nil {
		return report, err
	}
	defer from.close()
	note := &exporting{ID: NewID(j.now()), Sender: from.name, To: path}
	if path != "" {
		note.Temp = tempOf(path, note.ID)
	}
	ops, err := j.setAside(ctx, note, &report)
	if err != nil {
		return report, err
	}
	if err := write(&report, note, ops); err != nil {
		return ExportReport{}, errors.Join(err, j.putBack(ctx, note))
	}
	return report, j.moved(ctx, note)
}

// setAside chooses what is moved and keeps everybody from delivering it.
func (j *Journal) setAside(ctx context.Context, note *exporting, report *ExportReport) (ops []Operation, err error) {
	err = j.store.update(ctx, func(t *tx) error {
		c := chooser{owner: j.opts.Owner, needed: map[string]bool{}}
		for again := true; again; {
			ops, again = c.choose(t)
		}
		*report = c.report
		to := note.To
		if to == "" {
			to = toStream
		}
		for i := range ops {
			aside := ops[i]
			aside.Moved = &Move{Export: note.ID, To: to, At: j.now(), From: aside.State}
			aside.State = Moved
			if err := errors.Join(t.save(&aside), t.unsee(aside.ID)); err != nil {
				return err
			}
		}
		return t.noteExport(note)
	})
	return ops, err
}

// chooser tells what can be moved. What is being sent or of unknown outcome
// cannot, nor what stands behind it on a resource, nor a create that something needs that stays.
type chooser struct {
	owner  Owner
	needed map[string]bool // creates that must stay
	report ExportReport
}

// choose goes through the journal; again says that it found creates that must
// stay, so that the choice must be made anew.
func (c *chooser) choose(t *tx) (ops []Operation, again bool) {
	c.report = ExportReport{}
	var damaged damages
	stuck := map[string]bool{} // lanes and creates
	for _, r := range t.rowsAfter(0, 1<<30) {
		var op Operation
		if err := decodeValue(r.key, r.value, &op); err != nil {
			damaged.add(r.key, err)
			continue
		}
		if op.State == Moved || c.foreign(&op) {
			continue
		}
		if c.mayGo(&op, stuck) {
			ops = append(ops, op)
			continue
		}
		if !op.State.undecided() {
			continue
		}
		stuck[op.ID] = true
		for _, lane := range op.lanes() {
			stuck[lane] = true
		}
		for _, create := range op.DependsOn {
			again = again || !c.needed[create] && !stuck[create]
			c.needed[create] = true
		}
	}
	c.report.Damaged = t.nameDamaged(&damaged)
	return ops, again
}

func (c *chooser) foreign(op *Operation) bool {
	if op.Owner == c.owner {
		return false
	}
	c.report.Foreign++
	return true
}

func (c *chooser) mayGo(op *Operation, stuck map[string]bool) bool {
	if op.Job != "" {
		if op.State.undecided() {
			c.report.OfJobs++
		}
		return false
	}
	if !op.State.undecided() {
		return true
	}
	stays := op.State == Sending || op.State == Unknown || c.needed[op.ID]
	for _, name := range append(op.lanes(), op.DependsOn...) {
		stays = stays || stuck[name]
	}
	if stays {
		c.report.Stay = append(c.report.Stay, *op)
	}
	return !stays
}

// moved gives the whole file its name. The note that it is whole is made first:
// from then on what was set aside is never sent by this journal.
func (j *Journal) moved(ctx context.Context, note *exporting) error {
	ctx = context.WithoutCancel(ctx)
	if note.Temp == "" {
		return j.store.update(ctx, func(t *tx) error { return t.noteExport(nil) })
	}
	note.Whole = true
	if err := j.store.update(ctx, func(t *tx) error { return t.noteExport(note) }); err != nil {
		return errors.Join(err, j.putBack(ctx, note))
	}
	if err := j.opts.FS.Rename(note.Temp, note.To); err != nil {
		return errors.Join(localError("the export cannot be given its name", err), j.putBack(ctx, note))
	}
	return j.named(ctx, note)
}

// named ends an export whose file has its name. What is set aside needs its
// secrets no longer: the file has them.
func (j *Journal) named(ctx context.Context, note *exporting) error {
	if err := j.opts.FS.SyncDir(filepath.Dir(note.To)); err != nil {
		return localError("the export is whole, but its name is not safe from a power cut", err)
	}
	return j.store.update(ctx, func(t *tx) error {
		return errors.Join(t.noteExport(nil), t.ofExport(note.ID, func(op *Operation) error {
			if op.strip() {
				return errors.Join(t.stain(), t.save(op))
			}
			return nil
		}))
	})
}

// putBack undoes setting aside, after an export that failed. What cannot be put
// back now is by the next sync.
func (j *Journal) putBack(ctx context.Context, note *exporting) error {
	err := j.store.update(context.WithoutCancel(ctx), func(t *tx) error {
		return errors.Join(t.noteExport(nil), t.ofExport(note.ID, func(op *Operation) error {
			op.takeBack()
			return t.save(op)
		}))
	})
	if err == nil && note.Temp != "" {
		_ = j.opts.FS.Remove(note.Temp) // half a file under a name that nobody knows
	}
	return err
}

// takeBack makes an operation what it was before it was set aside.
func (op *Operation) takeBack() {
	op.State, op.Moved = op.Moved.From, nil
}

// endExport ends an export that was cut off. To a file it either was whole or
// is undone. Nobody can tell how much the reader of a stream has taken in: a
// person decides.
func (j *Journal) endExport(ctx context.Context) error {
	var note *exporting
	if err := j.store.view(ctx, func(t *tx) (err error) { note, err = t.exporting(); return err }); err != nil || note == nil {
		return err
	}
	switch {
	case j.store.senderAlive(note.Sender):
		return &api.Error{Kind: api.KindLocal, Message: "another process is exporting the journal", Hint: "wait until it is through"}
	case note.Whole:
		if _, err := j.opts.FS.Stat(note.Temp); err == nil {
			if err := j.opts.FS.Rename(note.Temp, note.To); err != nil {
				return localError("the export "+note.Temp+" is whole, but cannot be given its name "+note.To, err)
			}
			j.emit(Event{Type: EventNotice, Message: "an export that was cut off is completed: " + note.To})
		}
		return j.named(ctx, note)
	case note.Temp != "":
		j.emit(Event{Type: EventNotice, Message: "an export to " + note.To + " was cut off before it was whole; its operations are put back"})
		return j.putBack(ctx, note)
	}
	n := 0
	err := j.store.update(ctx, func(t *tx) error {
		return errors.Join(t.ofExport(note.ID, func(op *Operation) error {
			n++
			if from := op.Moved.From; !from.undecided() { // nobody would send it
				op.takeBack()
				return t.save(op)
			}
			op.State, op.Moved, op.Settled = Unknown, nil, j.now()
			op.Failure = &Failure{Kind: api.KindUnknown, Message: "it was being exported to a stream when that was cut off; whoever read it may have taken it in"}
			return t.save(op)
		}), t.noteExport(nil))
	})
	if err == nil && n > 0 {
		j.emit(Event{Type: EventNotice, Message: operations(n) + " was being exported to a stream that was cut off: see whether the other side has it, then 'vizora journal resolve ID --resend' or '--drop'"})
	}
	return err
}

// noteExport notes what is under way; nil = nothing.
func (t *tx) noteExport(note *exporting) error {
	key := []byte(exportingKey)
	if note == nil {
		return t.bucket(metaBucket).Delete(key)
	}
	value, err := encodeValue(key, note)
	if err != nil {
		return err
	}
	return t.bucket(metaBucket).Put(key, value)
}

// exporting is the note of an export that is under way or was cut off, or nil.
func (t *tx) exporting() (*exporting, error) {
	key := []byte(exportingKey)
	value := t.bucket(metaBucket).Get(key)
	if value == nil {
		return nil, nil
	}
	var note exporting
	return &note, decodeValue(key, value, &note)
}

// ofExport calls fn for what an export has set aside.
func (t *tx) ofExport(id string, fn func(*Operation) error) error {
	var ops []*Operation
	for _, r := range t.rowsAfter(0, 1<<30) {
		op := &Operation{}
		if decodeValue(r.key, r.value, op) == nil && op.Moved != nil && op.Moved.Export == id {
			ops = append(ops, op)
		}
	}
	for _, op := range ops {
		if err := fn(op); err != nil {
			return err
		}
	}
	return nil
}

// seenPrefix begins the keys of the meta bucket that tell which operations this
// journal has taken in from an export, or given away a copy of: no export brings them
// in a second time.
const seenPrefix = "seen/"

func (t *tx) see(id string, now time.Time) error {
	return t.bucket(metaBucket).Put([]byte(seenPrefix+id), seqKey(uint64(now.Unix()))) //nolint:gosec // after 1970
}

func (t *tx) unsee(id string) error { return t.bucket(metaBucket).Delete([]byte(seenPrefix + id)) }

func (t *tx) seen(id string) bool { return t.bucket(metaBucket).Get([]byte(seenPrefix+id)) != nil }

// forgetMoved forgets where operations went before a time, and what was taken
// in before another.
func (t *tx) forgetMoved(moved, seen time.Time) error {
	note, err := t.exporting()
	if err != nil || note != nil {
		return err
	}
	for _, r := range t.rowsAfter(0, 1<<30) {
		op := &Operation{}
		if decodeValue(r.key, r.value, op) == nil && op.Moved != nil && op.Moved.At.Before(moved) {
			if err := t.remove(op); err != nil {
				return err
			}
		}
	}
	var old [][]byte
	err = t.bucket(metaBucket).ForEach(func(key, value []byte) error {
		if bytes.HasPrefix(key, []byte(seenPrefix)) && len(value) == 8 && bytes.Compare(value, seqKey(uint64(seen.Unix()))) < 0 { //nolint:gosec // after 1970
			old = append(old, bytes.Clone(key))
		}
		return nil
	})
	for _, key := range old {
		err = errors.Join(err, t.bucket(metaBucket).Delete(key))
	}
	return err
}
