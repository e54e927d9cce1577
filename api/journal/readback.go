package journal

// This file is about one thing: finding out, after a lost answer, whether the
// server has made what a create asked for. The platform has no idempotency keys
// (contract rest 1.13), so a create is never sent again on a guess.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// afterLoss decides what a lost answer of a create or an unrepeatable action
// hides. No verdict means that it was not executed and may be sent again.
// cause is nil when the operation was found cut off by an earlier process.
func (d *delivery) afterLoss(ctx context.Context, cause *api.Error) (verdict, bool) {
	d.lost = true
	if d.op.Effect == Once {
		return verdict{state: Unknown, err: d.unknownError(cause), lost: true}, true
	}
	if d.clockWentBack() {
		e := d.unknownError(cause)
		e.Details = append(e.Details, "this machine's clock was set back since it was sent, so what it has made cannot be told by its time")
		return verdict{state: Unknown, err: e, lost: true}, true
	}
	quiet := 0
	for {
		d.j.emit(Event{Type: EventReadBack, Operation: d.op, Reason: plain(cause)})
		rows, err := d.matches(ctx)
		if err != nil {
			return d.notDecided(err), true
		}
		switch {
		case len(rows) == 1:
			return d.adopt(rows[0]), true
		case len(rows) > 1:
			e := d.unknownError(cause)
			e.Next = nil // looking again would find as many
			for _, r := range rows {
				e.Next = append(e.Next, "vizora journal resolve "+d.op.ID+" --created "+r.id)
				e.Details = append(e.Details, "it could be "+r.id+", made "+r.created.Format(time.RFC3339))
			}
			e.Next = append(e.Next, d.op.resolutions()...)
			return verdict{state: Unknown, err: e, lost: true}, true
		case cause != nil && cause.Status == http.StatusInternalServerError:
			d.lost = false // the handler has ended, with nothing to show: a refusal
			return verdict{state: Rejected, err: cause, status: cause.Status}, true
		}
		wait := d.running()
		if wait <= 0 {
			if quiet++; quiet == 2 {
				if err := d.again(ctx); err != nil {
					return d.notDecided(err), true
				}
				d.lost, d.resent = false, true
				return verdict{}, false
			}
			wait = d.j.opts.Recheck
		}
		if d.brief && wait > d.j.opts.Recheck { // it may still be at work: somebody with time looks again
			return d.notDecided(d.unknownError(cause)), true
		}
		if err := d.pause(ctx, wait, 0, d.unknownError(cause)); err != nil {
			return d.notDecided(err), true
		}
	}
}

// notDecided is the verdict when reading back failed: the next sync does it
// again, unless this kind of resource cannot be read back at all.
func (d *delivery) notDecided(err error) verdict {
	v := verdict{state: Sending, err: d.unknownError(asError(err)), lost: true}
	if errors.Is(err, errTimeless) || errors.Is(err, errUnrecognizable) {
		v.state = Unknown
	}
	return v
}

// Why a create can never be decided by reading back.
var (
	errTimeless       = &api.Error{Kind: api.KindUnknown, Message: "the rows of this kind do not tell when they were made"}
	errUnrecognizable = &api.Error{Kind: api.KindUnknown, Message: "this create cannot be recognized by what it sent"}
)

// plain keeps a nil *api.Error from becoming a non-nil error.
func plain(e *api.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// running is how long the lost request may still be at work on the server.
func (d *delivery) running() time.Duration {
	limit := d.j.limitOf(d.op)
	if !d.sent.IsZero() {
		return limit - time.Since(d.sent)
	}
	return d.op.Started.Add(limit).Sub(d.j.now())
}

// limitOf is how long the server may work on a request of the operation.
func (j *Journal) limitOf(op *Operation) time.Duration {
	if op.Request.Upload != nil {
		return uploadFactor * j.opts.ServerLimit
	}
	return j.opts.ServerLimit
}

// clockWentBack reports that an earlier process sent this in what is now the
// future.
func (d *delivery) clockWentBack() bool {
	return d.sent.IsZero() && d.op.Started.After(d.j.now().Add(clockSlack))
}

// sentSince is when the lost request left, by the server's clock. What this
// process sent is counted back from now, whatever was done to our own clock.
func (d *delivery) sentSince(date string) time.Time {
	if at, err := http.ParseTime(date); err == nil && !d.sent.IsZero() {
		return at.Add(-time.Since(d.sent)).Add(-clockSlack)
	}
	return d.op.Started.Add(d.skew(date)).Add(-clockSlack)
}

// again notes a new attempt durably before a create is sent again.
func (d *delivery) again(ctx context.Context) error {
	d.op.Attempts++
	d.op.Started = d.j.now()
	return d.j.note(ctx, d.op)
}

// adopt is the verdict when exactly one row is what the create asked for.
func (d *delivery) adopt(r candidate) verdict {
	d.lost = false
	d.op.ResultID = r.id
	return verdict{state: Applied, data: r.row, status: http.StatusCreated}
}

// candidate is a row that may be what a create made.
type candidate struct {
	id      string
	created time.Time
	row     json.RawMessage
}

// clockSlack covers the one-second grain of the Date header, twice.
const clockSlack = 2 * time.Second

// matches lists the rows that the lost create may have made: made since it was
// sent, carrying all that it asked for, and not made by another operation.
func (d *delivery) matches(ctx context.Context) ([]candidate, error) {
	if d.schema == nil {
		return nil, errUnrecognizable
	}
	mine, err := d.fingerprint()
	if err != nil {
		return nil, err
	}
	recent, err := d.recent(ctx)
	if err != nil {
		return nil, err
	}
	taken, err := d.j.adopted(ctx, recent, d.op.ID)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, c := range recent {
		if taken[c.id] {
			continue
		}
		same, err := d.carries(ctx, &c, mine)
		if err != nil {
			return nil, err
		}
		if same {
			found = append(found, c)
		}
	}
	return found, nil
}

// fingerprint is what the new row must carry, by our field names.
func (d *delivery) fingerprint() (api.Changes, error) {
	if len(d.op.Changes) > 0 || d.op.Request.Upload != nil {
		return d.op.Changes, nil
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(d.op.Request.Body, &body) != nil {
		return nil, errUnrecognizable
	}
	mine := api.Changes{}
	for i := range d.schema.Fields {
		f := &d.schema.Fields[i]
		if v, ok := body[f.Write]; ok && f.Writable() {
			mine[f.Name] = v
		}
	}
	if len(mine) == 0 {
		return nil, errUnrecognizable
	}
	return mine, nil
}

// adopted tells which of these rows other creates of this journal have made.
func (j *Journal) adopted(ctx context.Context, rows []candidate, except string) (map[string]bool, error) {
	taken := map[string]bool{}
	err := j.store.view(ctx, func(t *tx) error {
		for _, c := range rows {
			by := t.takenBy(c.id)
			taken[c.id] = by != "" && by != except
		}
		return nil
	})
	return taken, err
}

// recent walks the list, newest first (contract rest 1.5), down to the time at
// which the create was sent, by the server's clock.
func (d *delivery) recent(ctx context.Context) ([]candidate, error) {
	var rows []candidate
	seen := map[string]bool{}
	var since time.Time
	for page := 1; ; page++ {
		query := url.Values{"page": {strconv.Itoa(page)}, "limit": {strconv.Itoa(api.PageSize)}}
		if d.unpaged() {
			query = nil
		}
		resp, err := d.client.Do(ctx, api.Request{Method: http.MethodGet, Path: d.schema.Path, Query: query})
		if err != nil {
			return nil, err
		}
		if page == 1 {
			since = d.sentSince(resp.Header.Get("Date"))
		}
		list, last, err := decodeList(resp)
		if err != nil {
			return nil, err
		}
		older := false
		for _, row := range list {
			c, err := readCandidate(row)
			if err != nil {
				return nil, err
			}
			older = older || c.created.Before(since)
			if !c.created.Before(since) && !seen[c.id] {
				seen[c.id] = true
				rows = append(rows, c)
			}
		}
		if (older && d.newestFirst()) || page >= last {
			return rows, nil
		}
	}
}

// newestFirst reports whether older rows end the search: nearly all lists are in
// that order (contract rest 1.5).
func (d *delivery) newestFirst() bool { return !d.schema.Mixed }

// unpaged tells the kinds whose list is a bare array and whose route refuses
// page and limit (contract rest 1.5).
func (d *delivery) unpaged() bool { return d.schema.Unpaged }

// skew is the server's clock minus ours, as far as the Date header tells.
func (d *delivery) skew(date string) time.Duration {
	at, err := http.ParseTime(date)
	if err != nil {
		return 0
	}
	return at.Sub(d.j.now().Truncate(time.Second))
}

// decodeList reads a page {data,meta} or a bare array.
func decodeList(resp *api.Response) (rows []json.RawMessage, last int, err error) {
	if json.Unmarshal(resp.Data, &rows) == nil {
		return rows, 1, nil
	}
	var page struct {
		Data []json.RawMessage `json:"data"`
		Meta api.Meta          `json:"meta"`
	}
	if err := resp.Decode(&page); err != nil {
		return nil, 0, err
	}
	return page.Data, page.Meta.TotalPages, nil
}

func readCandidate(row json.RawMessage) (candidate, error) {
	var r struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"createdAt"`
	}
	if err := json.Unmarshal(row, &r); err != nil {
		return candidate{}, &api.Error{Kind: api.KindProtocol, Message: "a row of the list has an unexpected shape", Err: err}
	}
	if r.CreatedAt.IsZero() || r.ID == "" {
		return candidate{}, errTimeless
	}
	return candidate{id: r.ID, created: r.CreatedAt, row: row}, nil
}

// carries reports whether a row has all that the create asked for. Fields that
// a list leaves out are read from the row's own page.
func (d *delivery) carries(ctx context.Context, c *candidate, mine api.Changes) (bool, error) {
	if up := d.op.Request.Upload; up != nil {
		return d.carriesUpload(ctx, c, up)
	}
	same, missing, err := d.compare(c.row, mine)
	if err != nil || !same || !missing {
		return same, err
	}
	row, err := d.detail(ctx, c.id)
	if err != nil || row == nil {
		return false, err
	}
	c.row = row
	same, _, err = d.compare(row, mine)
	return same, err
}

// compare says whether the fields that a row has are as asked, and whether it
// lacks some.
func (d *delivery) compare(row json.RawMessage, mine api.Changes) (same, missing bool, err error) {
	values, err := d.schema.Values(row)
	if err != nil {
		return false, false, err
	}
	if key := naturalKey(d.schema); key != "" && mine[key] != nil {
		return sameValue(d.schema.Field(key), mine[key], values[key]), false, nil
	}
	for name, value := range mine {
		f := d.schema.Field(name)
		theirs, known := values[name]
		switch {
		case f != nil && f.Noise:
		case !known:
			missing = missing || !isNull(value)
		case !sameValue(f, value, theirs):
			return false, missing, nil
		}
	}
	return true, missing, nil
}

// naturalKey is the field of a kind that the platform itself keeps unique
// (contract rest 1.13); "" where there is none.
func naturalKey(s *api.Schema) string {
	if len(s.Unique) == 1 {
		return s.Unique[0]
	}
	return ""
}

// carriesUpload recognizes an upload by its size and hash; the latter is
// visible only in the detail. Uploading twice would make two rows that share
// one file (contract rest 6.1).
func (d *delivery) carriesUpload(ctx context.Context, c *candidate, up *api.Upload) (bool, error) {
	var row api.Content
	if err := json.Unmarshal(c.row, &row); err != nil {
		return false, &api.Error{Kind: api.KindProtocol, Message: "a row of the list has an unexpected shape", Err: err}
	}
	if row.FileSize != nil && *row.FileSize != up.Size {
		return false, nil
	}
	detail, err := d.detail(ctx, c.id)
	if err != nil || detail == nil {
		return false, err
	}
	if err := json.Unmarshal(detail, &row); err != nil {
		return false, &api.Error{Kind: api.KindProtocol, Message: "the content has an unexpected shape", Err: err}
	}
	c.row = detail
	return row.FileHash() == up.SHA256, nil
}

// detail reads one row; nil when it is gone.
func (d *delivery) detail(ctx context.Context, id string) (json.RawMessage, error) {
	resp, err := d.client.Do(ctx, api.Request{Method: http.MethodGet, Path: d.schema.ReadItem(id)})
	if api.IsKind(err, api.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return resp.Data, nil
}
