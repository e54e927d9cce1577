package watch

// This file is about one thing: the history: what the watches of this machine
// saw lately, for --since. One of those that run records, whatever its filters.

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
)

const (
	// historySize is when a new file is begun; two are kept, so that half of it is
	// the least that is there.
	historySize = 8 << 20
	// historyRate is how many records a second are recorded; more are noted as a
	// gap. The history must not hold the stream up.
	historyRate = 1000
	// maxLine bounds a record in the history.
	maxLine = 1 << 20
)

// history is the files of one server, organisation and user.
type history struct{ dir string }

func historyOf(dir string, owner journal.Owner) history {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\n%s\n%s", owner.Server, owner.Organization, owner.User) // a hash never fails
	return history{filepath.Join(dir, fmt.Sprintf("history-%x", h.Sum64()))}
}

// files are the older and the newer one.
func (h history) files() [2]string {
	return [2]string{filepath.Join(h.dir, "older.jsonl"), filepath.Join(h.dir, "newer.jsonl")}
}

// since calls tell with every record that is not older than at, and returns
// when the last of all was recorded; zero when there is none.
func (h history) since(at time.Time, tell func(realtime.Record) error) (last time.Time, err error) {
	for _, file := range h.files() {
		f, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return last, localError("cannot read the history", err)
		}
		newest, err := readHistory(f, at, tell)
		_ = f.Close()
		if newest.After(last) {
			last = newest
		}
		if err != nil {
			return last, err
		}
	}
	return last, nil
}

// readHistory reads one file. A line that was cut off counts for nothing.
func readHistory(r io.Reader, at time.Time, tell func(realtime.Record) error) (last time.Time, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var line line
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		last = line.Recorded
		if line.Recorded.Before(at) || line.Event == "" {
			continue
		}
		if err := tell(line.record()); err != nil {
			return last, err
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return last, localError("cannot read the history", err)
	}
	return last, nil
}

// recorder writes the history. Its trouble is no trouble of the stream.
type recorder struct {
	history history
	lock    *flock.Flock
	file    *os.File
	size    int64
	buf     []byte
	now     func() time.Time

	second  int64 // of the clock, for the rate
	count   int   // records in it
	skipped time.Time
	beat    time.Time // of the last write
}

// record begins recording; nil when another watch does, or when it cannot be.
func (h history) record(now func() time.Time) *recorder {
	if h.dir == "" || os.MkdirAll(h.dir, 0o700) != nil {
		return nil
	}
	r := &recorder{history: h, now: now, lock: flock.New(filepath.Join(h.dir, "lock"), flock.SetPermissions(0o600))}
	if free, err := r.lock.TryLock(); err != nil || !free {
		return nil
	}
	last := lastRecorded(h.files()[1])
	if r.open() != nil {
		_ = r.lock.Unlock()
		return nil
	}
	if !last.IsZero() { // nobody recorded in between
		r.gap(last, now(), realtime.ReasonNotRunning)
	}
	return r
}

// lastRecorded reads the end of a file.
func lastRecorded(file string) time.Time {
	f, err := os.Open(file)
	if err != nil {
		return time.Time{}
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(-maxLine, io.SeekEnd); err != nil {
		_, _ = f.Seek(0, io.SeekStart) // a short file is read whole
	}
	last, _ := readHistory(f, time.Unix(1<<40, 0), nil) // what cannot be read counts for nothing
	return last
}

func (r *recorder) open() (err error) {
	r.file, err = os.OpenFile(r.history.files()[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := r.file.Stat()
	if err != nil {
		return errors.Join(err, r.file.Close())
	}
	r.size = info.Size()
	if r.size > 0 { // a line that was cut off ends here
		r.buf = append(r.buf, '\n')
	}
	return nil
}

// add takes a record in; it is on disk after the next flush.
func (r *recorder) add(rec *realtime.Record) {
	now := r.now()
	if s := now.Unix(); s != r.second {
		r.second, r.count = s, 0
		r.noteSkipped(now)
	}
	if r.count++; r.count > historyRate || len(rec.Data) > maxLine/2 {
		if r.skipped.IsZero() {
			r.skipped = now
		}
		return
	}
	r.append(rec, now)
}

func (r *recorder) append(rec *realtime.Record, now time.Time) {
	e := event{Record: *rec}
	line, err := e.AppendJSON(nil)
	if err != nil { // it has no way to fail
		return
	}
	r.buf = append(r.buf, `{"recorded":"`...)
	r.buf = now.UTC().AppendFormat(r.buf, time.RFC3339Nano)
	r.buf = append(append(append(r.buf, `",`...), line[1:]...), '\n')
}

// noteSkipped puts a gap where records were left out.
func (r *recorder) noteSkipped(now time.Time) {
	if r.skipped.IsZero() {
		return
	}
	r.gap(r.skipped, now, "history-rate")
	r.skipped = time.Time{}
}

// gap puts a gap into the history.
func (r *recorder) gap(from, to time.Time, reason realtime.Reason) {
	gap := realtime.Gap{From: from, To: to, DownFor: to.Sub(from), Reason: reason, MayHaveMissed: true, At: to}
	rec := gap.Record()
	r.append(&rec, to)
}

// flush writes out what was taken in. Now and then it writes a line that only
// says that the stream was followed until then.
func (r *recorder) flush() {
	now := r.now()
	if len(r.buf) == 0 && now.Sub(r.beat) > 20*time.Second {
		r.buf = append(now.UTC().AppendFormat(append(r.buf, `{"recorded":"`...), time.RFC3339Nano), "\"}\n"...)
	}
	if len(r.buf) == 0 {
		return
	}
	n, err := r.file.Write(r.buf)
	r.size, r.buf, r.beat = r.size+int64(n), r.buf[:0], now
	if err == nil && r.size > historySize {
		r.rotate()
	}
}

// rotate begins a new file.
func (r *recorder) rotate() {
	files := r.history.files()
	_ = r.file.Close()
	_ = os.Rename(files[1], files[0]) // if it fails, the file goes on growing
	if r.open() != nil {
		r.file, _ = os.Open(os.DevNull)
	}
}

func (r *recorder) close() {
	r.noteSkipped(r.now())
	r.flush()
	_ = r.file.Close()
	_ = r.lock.Unlock()
}

// parseSince reads how far back --since goes.
func parseSince(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil && at.Before(now) {
		return at, nil
	}
	return time.Time{}, api.Invalid("--since", text, "is not a time in the past", "give a duration such as 1h, or a time such as "+now.Add(-time.Hour).UTC().Format(time.RFC3339))
}
