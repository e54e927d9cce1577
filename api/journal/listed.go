package journal

// This file is about one thing: reading many resources by their list. A change
// of a hundred resources by one request must not cost a hundred to look at them
// first: a page of the list shows as many at once.

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// listed reads resources by the pages of their list, as far as that shows what
// the operation is about and takes fewer requests. What it does not return must
// be read one by one.
func (d *delivery) listed(ctx context.Context, ids []string) (map[string]json.RawMessage, error) {
	if !d.listShows() || len(ids) < 2 {
		return nil, nil
	}
	l := &d.j.lists
	l.reading.Lock()
	defer l.reading.Unlock()
	rows := map[string]json.RawMessage{}
	wanted, known := l.pagesOf(d.schema.Kind, ids)
	if !known {
		return rows, d.walk(ctx, len(ids), rows)
	}
	for page := range wanted {
		if _, err := d.page(ctx, page, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// pagesOf are the pages on which resources were found last; known says that the
// whole list was read before.
func (l *listings) pagesOf(kind string, ids []string) (wanted map[int]bool, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wanted = map[int]bool{}
	for _, id := range ids {
		if page := l.pages[kind][id]; page > 0 {
			wanted[page] = true
		}
	}
	return wanted, l.learned[kind] == allPagesRead
}

// listShows reports whether the kind's list has pages that show all that the
// operation compares.
func (d *delivery) listShows() bool {
	s := d.schema
	if s.Unpaged || s.NoList {
		return false
	}
	hidden := func(name string) bool {
		f := s.Field(name)
		return f == nil || f.Detail
	}
	for name := range d.op.Changes {
		if hidden(name) {
			return false
		}
	}
	return s.UpdateAnchor == "" || !hidden(s.UpdateAnchor)
}

// walk reads the whole list, unless it has more pages than there are resources
// to read.
func (d *delivery) walk(ctx context.Context, most int, rows map[string]json.RawMessage) error {
	for page, last := 1, 1; page <= last; page++ {
		var err error
		if last, err = d.page(ctx, page, rows); err != nil {
			return err
		}
		if last > most {
			clear(rows)
			return nil
		}
	}
	d.j.lists.learnedAll(d.schema.Kind)
	return nil
}

// page reads one page, notes what is on it, and adds it to rows unless that is
// nil.
func (d *delivery) page(ctx context.Context, page int, rows map[string]json.RawMessage) (last int, err error) {
	asked := time.Now()
	resp, err := d.client.Do(ctx, api.Request{Method: http.MethodGet, Path: d.schema.Path, Query: url.Values{"page": {strconv.Itoa(page)}, "limit": {strconv.Itoa(api.PageSize)}}})
	if err != nil {
		if e := asError(err); e.Outcome == api.OutcomeUnknown {
			e.Outcome = api.OutcomeNotSent // of the write, nothing was
		}
		return 0, err
	}
	list, last, err := decodeList(resp)
	if err != nil {
		return 0, err
	}
	d.j.lists.keep(d.schema.Kind, page, asked, list)
	for _, raw := range list {
		var row api.Row
		if rows != nil && json.Unmarshal(raw, &row) == nil && row.ID != "" {
			rows[row.ID] = raw
		}
	}
	return last, nil
}
