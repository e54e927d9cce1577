package journal

// This file is about one thing: jobs: many operations that are recorded
// together before the first is sent, and whose outcomes stay together.

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// Job is a named set of operations. None of them is sent before all of them are
// recorded, and what was applied stays with the job, so that any later process
// can go on with it, report on it, and undo it.
type Job struct {
	Name    string          `json:"name"` // letters, digits, dot, dash and underscore; at most 64
	Created time.Time       `json:"created"`
	Owner   Owner           `json:"owner"`
	Total   int             `json:"total"`          // operations
	Ready   bool            `json:"ready"`          // all of them are recorded
	Note    json.RawMessage `json:"note,omitempty"` // what the caller keeps with it

	Recorder string `json:"recorder,omitempty"` // lock of the process that is recording it
	Damage   error  `json:"-"`                  // its record cannot be read; of it only the name is known
}

// recordBatch is how many operations of a job share a transaction. Hundreds cost
// about as much as ten; more only cost memory.
const recordBatch = 250

// RecordJob takes a job's operations in, hundreds to a transaction, and makes
// it ready. It holds no more than that many in memory. job.Total is how many are
// to come, if that is known, so that a journal without room for all of them
// refuses before the first (KindJournalFull). When it fails, when ops yields an
// error, or when ctx ends, everything is taken back; when the process dies, the
// next RecordJob or Sync does so. A name that is taken is KindInvalid.
func (j *Journal) RecordJob(ctx context.Context, job Job, ops iter.Seq2[Operation, error]) (*Job, error) {
	if err := checkJobName(job.Name); err != nil {
		return nil, err
	}
	if err := j.guard(ctx); err != nil {
		return nil, err
	}
	if err := j.sweepJobs(ctx); err != nil {
		return nil, err
	}
	from, err := j.store.openSender(j.now())
	if err != nil {
		return nil, err
	}
	defer from.close()
	expected := job.Total
	job.Created, job.Owner, job.Total, job.Ready, job.Recorder = j.now(), j.opts.Owner, 0, false, from.name
	if err := j.beginJob(ctx, &job, expected); err != nil {
		return nil, err
	}
	if err := j.fillJob(ctx, &job, ops); err != nil {
		if errors.Is(err, errFenced) {
			return nil, err
		}
		return nil, errors.Join(err, j.RemoveJob(context.WithoutCancel(ctx), job.Name))
	}
	return &job, nil
}

// checkJobName keeps names fit for a file name and a command line.
func checkJobName(name string) error {
	if len(name) <= 64 && regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`).MatchString(name) {
		return nil
	}
	return api.Invalid("job", name, "is no name for a job", "up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit")
}

func (j *Journal) beginJob(ctx context.Context, job *Job, expected int) error {
	return j.store.update(ctx, func(t *tx) error {
		if there, err := t.job(job.Name); err != nil {
			return err
		} else if there != nil {
			return api.Invalid("job", job.Name, "is there already", "give another name, or remove that job first")
		}
		if err := j.room(t, expected, true); err != nil {
			return err
		}
		return t.putJob(job)
	})
}

// fillJob records the operations and lets the job go.
func (j *Journal) fillJob(ctx context.Context, job *Job, ops iter.Seq2[Operation, error]) error {
	batch, recorder := make([]*Operation, 0, recordBatch), job.Recorder
	flush := func(ready bool) error {
		if err := ctx.Err(); err != nil {
			return stopped(ctx)
		}
		job.Total += len(batch)
		job.Ready = ready
		if ready {
			job.Recorder = ""
		}
		err := j.store.update(ctx, func(t *tx) error {
			if there, err := t.job(job.Name); err != nil || there == nil || there.Recorder != recorder {
				return cmp.Or(err, error(cutOffJob(job.Name)))
			}
			return errors.Join(j.appendAll(t, batch), t.putJob(job))
		})
		batch = batch[:0]
		return err
	}
	for op, err := range ops {
		if err != nil {
			return err
		}
		if err := j.prepare(&op, &SubmitOptions{Async: true}); err != nil {
			return err
		}
		op.Job = job.Name
		if batch = append(batch, &op); len(batch) == recordBatch {
			if err := flush(false); err != nil {
				return err
			}
		}
	}
	return flush(true)
}

func cutOffJob(name string) *api.Error {
	return &api.Error{Kind: api.KindLocal, Message: "job " + name + " was taken for cut off and removed, because this process was held up for longer than its lease", Err: errFenced,
		Hint: "nothing of it was sent; run the command again"}
}

// Jobs lists the jobs by name.
func (j *Journal) Jobs(ctx context.Context) ([]Job, error) {
	var jobs []Job
	err := j.store.view(ctx, func(t *tx) error {
		return t.eachJob(func(job *Job) error { jobs = append(jobs, *job); return nil })
	})
	return jobs, err // about jobs that cannot be read, which are among them
}

// Job returns the job of that name, or an Error of KindNotFound.
func (j *Journal) Job(ctx context.Context, name string) (*Job, error) {
	var job *Job
	err := j.store.view(ctx, func(t *tx) (err error) { job, err = t.job(name); return err })
	if err == nil && job == nil {
		err = noSuchJob(name)
	}
	return job, err
}

func noSuchJob(name string) *api.Error {
	return &api.Error{Kind: api.KindNotFound, Message: "the journal holds no job " + name, Field: "job", Value: name}
}

// NoteJob replaces what the caller keeps with a job.
func (j *Journal) NoteJob(ctx context.Context, name string, note json.RawMessage) error {
	return j.store.update(ctx, func(t *tx) error {
		job, err := t.job(name)
		if err == nil && job == nil {
			err = noSuchJob(name)
		}
		if err != nil {
			return err
		}
		job.Note = note
		return t.putJob(job)
	})
}

// RemoveJob forgets a job with its outcomes, and drops what it has not done yet;
// what needs that is rejected. It is refused while a living process sends one
// of the job's operations, or records them.
func (j *Journal) RemoveJob(ctx context.Context, name string) error {
	defer j.tidy(ctx)
	err := j.store.update(ctx, func(t *tx) error { // from here on nothing of it is sent
		job, err := t.job(name)
		if IsDamage(err) {
			job, err = &Job{Name: name}, nil // it can go all the same
		}
		if err == nil && job == nil {
			err = noSuchJob(name)
		}
		if err != nil {
			return err
		}
		job.Ready = false
		return t.putJob(job)
	})
	for more := true; err == nil && more; {
		err = j.store.update(ctx, func(t *tx) (err error) {
			more, err = j.clearJob(t, name)
			return err
		})
	}
	return err
}

// clearJob removes hundreds of a job's records, and the job with the last.
func (j *Journal) clearJob(t *tx, name string) (more bool, err error) {
	rows := t.jobRows(name, 0, recordBatch)
	for _, r := range rows {
		if r.done {
			if err := t.bucket(doneBucket).Delete(r.key); err != nil {
				return false, err
			}
			continue
		}
		var op Operation
		if err := decodeValue(r.key, r.value, &op); err != nil {
			return false, t.nameDamaged(&damages{[][]byte{r.key}, err})
		}
		if op.State == Sending && t.alive(op.Sender) {
			return false, &api.Error{Kind: api.KindLocal, Message: op.name() + " is being sent by another process", Hint: "wait until it is settled"}
		}
		if err := errors.Join(j.failDependants(t, &op), t.remove(&op)); err != nil {
			return false, err
		}
	}
	if len(rows) == recordBatch {
		return true, nil
	}
	return false, t.bucket(jobsBucket).Delete([]byte(name))
}

// sweepJobs removes jobs whose recording was cut off: nothing of them was
// acknowledged, and nothing sent.
func (j *Journal) sweepJobs(ctx context.Context) error {
	jobs, err := j.Jobs(ctx)
	if unlessDamage(err) != nil {
		return err
	}
	for _, job := range jobs {
		if job.Ready || job.Damage != nil || j.store.senderAlive(job.Recorder) {
			continue
		}
		if err := j.RemoveJob(ctx, job.Name); err != nil {
			return err
		}
		j.emit(Event{Type: EventNotice, Message: fmt.Sprintf("job %s was cut off while it was recorded; nothing of it was sent, and it is removed", job.Name)})
	}
	return nil
}

// job returns the job of that name, or nil.
func (t *tx) job(name string) (*Job, error) {
	value := t.bucket(jobsBucket).Get([]byte(name))
	if value == nil {
		return nil, nil
	}
	var job Job
	if err := decodeValue([]byte(name), value, &job); err != nil {
		return nil, ofJob(name, err)
	}
	return &job, nil
}

// ofJob is the error of a job's own record, with what helps where it is damaged.
func ofJob(name string, err error) error {
	if e, ok := errors.AsType[*api.Error](err); ok && IsDamage(err) {
		e.Message, e.Next = "job "+name+": "+e.Message, []string{"vizora bulk remove " + name}
		e.Hint = "nothing of it is sent; removing it drops what 'vizora journal list' still shows of it"
	}
	return err
}

func (t *tx) putJob(job *Job) error {
	value, err := encodeValue([]byte(job.Name), job)
	if err != nil {
		return err
	}
	return t.bucket(jobsBucket).Put([]byte(job.Name), value)
}

func (t *tx) eachJob(fn func(*Job) error) error {
	var damaged error
	err := t.bucket(jobsBucket).ForEach(func(key, value []byte) error {
		var job Job
		if err := decodeValue(key, value, &job); IsDamage(err) {
			if damaged == nil {
				damaged = ofJob(string(key), err)
			}
			return fn(&Job{Name: string(key), Damage: err})
		} else if err != nil {
			return err
		}
		return fn(&job)
	})
	return errors.Join(err, damaged)
}

// ready reports whether a job's operations may go. What belongs to no job, or
// to one that is gone, may.
func (t *tx) ready(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	job, err := t.job(name)
	return job == nil || job.Ready, err
}

// finish takes an applied operation out, or puts it among what its job has done.
func (t *tx) finish(op *Operation) error {
	if err := t.remove(op); err != nil || op.Job == "" || t.bucket(jobsBucket).Get([]byte(op.Job)) == nil {
		return err
	}
	op.strip()
	key := indexKey(op.Job, op.Seq)
	value, err := encodeValue(key, op)
	if err != nil {
		return err
	}
	return t.bucket(doneBucket).Put(key, value)
}

// jobRows returns up to n records of a job after a place in the order, done
// ones among those that are not. They are valid within the transaction.
func (t *tx) jobRows(job string, after uint64, n int) []stored {
	quoted, _ := json.Marshal(job) // a string always marshals
	mark := append([]byte(`"job":`), quoted...)
	prefix := append([]byte(job), 0)
	done, live := t.bucket(doneBucket).Cursor(), t.bucket(operationsBucket).Cursor()
	dk, dv := done.Seek(indexKey(job, after+1))
	lk, lv := live.Seek(seqKey(after + 1))
	var rows []stored
	for len(rows) < n {
		for lk != nil && !bytes.Contains(lv, mark) {
			lk, lv = live.Next()
		}
		isDone := isIndexOf(dk, prefix)
		switch {
		case isDone && (lk == nil || bytes.Compare(dk[len(prefix):], lk) < 0):
			rows = append(rows, stored{key: dk, value: dv, done: true})
			dk, dv = done.Next()
		case lk != nil:
			rows = append(rows, stored{key: lk, value: lv})
			lk, lv = live.Next()
		default:
			return rows
		}
	}
	return rows
}
