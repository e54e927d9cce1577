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
	"sync"

	"github.com/vizora/vizora-cli/api"
)

// listings remembers on which page of a kind's list a resource was found last.
// It is only a guess where to look: what is no longer there is read by itself.
type listings struct {
	mu    sync.Mutex
	pages map[string]map[string]int // kind -> id -> page, from 1
}

// listed reads resources by the pages of their list, as far as that shows what
// the operation is about and takes fewer requests. What it does not return must
// be read one by one.
func (d *delivery) listed(ctx context.Context, ids []string) (map[string]json.RawMessage, error) {
	if !d.listShows() || len(ids) < 2 {
		return nil, nil
	}
	l := &d.j.lists
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.pages[d.schema.Kind]
	rows := map[string]json.RawMessage{}
	if at == nil {
		return rows, d.walk(ctx, l, len(ids), rows)
	}
	wanted := map[int]bool{}
	for _, id := range ids {
		if page := at[id]; page > 0 {
			wanted[page] = true
		}
	}
	for page := range wanted {
		if _, err := d.page(ctx, at, page, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// listShows reports whether the kind's list has pages that show all that the
// operation compares.
func (d *delivery) listShows() bool {
	if d.schema.Unpaged {
		return false
	}
	for name := range d.op.Changes {
		if f := d.schema.Field(name); f == nil || f.Detail {
			return false
		}
	}
	return true
}

// walk reads the whole list, unless it has more pages than there are resources
// to read.
func (d *delivery) walk(ctx context.Context, l *listings, most int, rows map[string]json.RawMessage) error {
	at := map[string]int{}
	for page, last := 1, 1; page <= last; page++ {
		var err error
		if last, err = d.page(ctx, at, page, rows); err != nil {
			return err
		}
		if last > most {
			clear(rows)
			return nil
		}
	}
	if l.pages == nil {
		l.pages = map[string]map[string]int{}
	}
	l.pages[d.schema.Kind] = at
	return nil
}

// page reads one page and notes what is on it.
func (d *delivery) page(ctx context.Context, at map[string]int, page int, rows map[string]json.RawMessage) (last int, err error) {
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
	for _, raw := range list {
		var row api.Row
		if json.Unmarshal(raw, &row) == nil && row.ID != "" {
			at[row.ID], rows[row.ID] = page, raw
		}
	}
	return last, nil
}
