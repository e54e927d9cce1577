package realtime

// This file is about what Follow knows of an organization, and the interface
// by which REST tells it.

import (
	"context"
	"encoding/json"
	"time"
)

// The kinds of Resource.
const (
	KindDisplay  = "display"
	KindPlaylist = "playlist"
	KindContent  = "content"
	KindSchedule = "schedule"
)

// Lister reads the REST lists, from one goroutine at a time.
type Lister interface {
	// List returns everything that is followed. Notifications are those newer
	// than since, and perhaps some older ones.
	List(ctx context.Context, since time.Time) (*Listing, error)
	// Displays reads single displays, to confirm their status. What it may not
	// ask for now, or what is gone, it leaves out.
	Displays(ctx context.Context, ids []string) ([]Resource, error)
	// Fields names the fields that Resource.Sums stands for.
	Fields(kind string) []string
	// Payload is a resource as records about it carry it; nil for none.
	Payload(r *Resource) json.RawMessage
	// Every is how long to leave between two Lists, at least asked, so that they
	// stay within their share of what the server grants.
	Every(asked time.Duration) time.Duration
	// Wait is how long from now until the next List may begin.
	Wait() time.Duration
}

// Resource is one thing that REST lists.
type Resource struct {
	Kind     string    `json:"kind"`
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	Status   string    `json:"status,omitempty"`   // of a display
	Playlist string    `json:"playlist,omitempty"` // a display's assigned playlist's id
	Gone     time.Time `json:"gone,omitzero"`      // of a cursor: since when a display is offline that no alert was given for
	Seen     time.Time `json:"-"`                  // when a display last reported; zero: never
	// Sums are checksums of what counts as an edit, one for each of
	// Lister.Fields. For displays they must leave out updatedAt and what
	// heartbeats move (contract realtime 7).
	Sums []uint32 `json:"sums"`
	// Row is the resource as the Lister read it, such as an *api.Display; nil
	// where it comes from a Cursor. It must not be written to.
	Row any `json:"-"`
}

type resourceKey struct{ kind, id string }

func (r *Resource) key() resourceKey { return resourceKey{r.Kind, r.ID} }

// Listing is the result of one reading of all lists.
type Listing struct {
	Resources     []Resource
	Windows       []Window            // of the schedules on their displays
	Groups        map[string][]string // display ids by group id; nil when not followed
	Notifications []Notification      // newest first
}

// Notification is one stored notification.
type Notification struct {
	ID   string
	At   time.Time // when it was created
	Data json.RawMessage
}

// Snapshot is what is known after a reading of the lists, with what was pushed
// meanwhile. Between two of them only statuses move, told as Records.
type Snapshot struct {
	Resources []Resource // in the lists' order; not to be written to
	Groups    map[string][]string
	At        time.Time // when the reading began
	Refill    bool      // the first since the stream was live
}

// Polling says how often the lists are compared, whenever that changes, and
// how the last reading failed or that it works again.
type Polling struct {
	Every time.Duration // 0: only after the stream was lost
	Asked time.Duration
	Err   error
	At    time.Time
}

// Cursor is where a follow stopped: given to the next one, that tells what
// changed in between.
type Cursor struct {
	At       time.Time  `json:"at"`       // until when the stream was followed; zero: a fresh start
	Notified time.Time  `json:"notified"` // the newest notification known
	IDs      []string   `json:"ids"`      // of the notifications told lately
	Known    []Resource `json:"known"`    // nil: nothing to compare with
	// Of a follow that another may take the place of: when the schedules were
	// looked at, and the notifications that were pushed without an id.
	Ticked  time.Time            `json:"ticked,omitzero"`
	Unnamed map[string]time.Time `json:"unnamed,omitempty"`
}
