package journal

// This file is about one thing: what an operation is.

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// Effect says how an operation is delivered, how its outcome can be decided
// when the answer is lost, and how it meets a concurrent edit.
type Effect string

// The effects.
const (
	// Create makes a resource. Lost answer: found by fingerprint, or unknown.
	Create Effect = "create"
	// Update sets fields (Changes) of a resource, three-way against Base.
	Update Effect = "update"
	// Items changes a playlist's items by intent (Edits) or as a whole (Items),
	// in one PATCH with the name.
	Items Effect = "items"
	// Delete removes a resource. 404 is done.
	Delete Effect = "delete"
	// Absolute is an action whose repetition does no harm (enable, archive,
	// assign, tag): it is sent again when its answer is lost.
	Absolute Effect = "absolute"
	// Many sets the same fields (Changes) of several resources (Touches) by one
	// Request, whose body lists their ids under IDKey. Each meets its own base
	// (Bases), and where the remote won, the others are changed without it.
	Many Effect = "many"
	// Once is an action that must not be repeated blindly (push, pair,
	// screenshot, duplicate, item add): a lost answer is unknown.
	Once Effect = "once"
)

// State is where an operation stands.
type State string

// The states. Applied operations leave the journal.
const (
	Queued   State = "queued"   // recorded, never sent
	Sending  State = "sending"  // being sent, or cut off while it was
	Waiting  State = "waiting"  // tried; goes out again with the next sync
	Applied  State = "applied"  // the server has it
	Conflict State = "conflict" // the remote won; both sides are kept
	Rejected State = "rejected" // the server said no; kept for repair
	Unknown  State = "unknown"  // sent, no answer, not decidable by reading back
	Moved    State = "moved"    // exported for another machine; kept as a trace, and not sent from here
)

// Owner is whose operation it is: it is never replayed as another.
type Owner struct {
	Server       string `json:"server"` // base address
	Organization string `json:"organization"`
	User         string `json:"user"`
}

// Operation is one write, as plain data that another process can carry out.
type Operation struct {
	ID      string    `json:"id"`  // 26 characters, ascending in time (ULID)
	Seq     uint64    `json:"seq"` // order of acceptance within a journal
	Created time.Time `json:"created"`
	Owner   Owner     `json:"owner"`

	Effect     Effect    `json:"effect"`
	Kind       string    `json:"kind"`                 // api.Schema.Kind
	Verb       string    `json:"verb"`                 // as typed: "create", "update", "assign", ...
	Target     string    `json:"target"`               // the resource's id; TemporaryID(op) for a create until it commits
	Touches    []string  `json:"touches,omitempty"`    // ids of further resources of the kind that it changes: it stands in their order too
	Label      string    `json:"label"`                // the resource's name, for people
	Summary    string    `json:"summary"`              // what it does in words, for lists
	Force      bool      `json:"force,omitempty"`      // delete even what was edited since
	Expires    time.Time `json:"expires,omitzero"`     // never sent after this
	OnlineOnly bool      `json:"onlineOnly,omitempty"` // returns a secret or loses its sense with time: never queued unless Expires is set

	// Request is what Create, Delete, Absolute, Many and Once send. Update and
	// Items form theirs when they are delivered.
	Request api.Request `json:"request,omitzero"`
	IDKey   string      `json:"idKey,omitempty"` // Many, and an Absolute of several: the body's key that lists the ids
	// ReadBack tells a create's or an upload's fingerprint: fields that the new
	// row must carry. Filled from Changes for a Create when nil.
	Changes    api.Changes    `json:"changes,omitempty"`
	Edits      []api.ItemEdit `json:"edits,omitempty"`
	NewItems   []api.ItemSpec `json:"newItems,omitempty"` // whole-list replacement, when ReplaceAll
	ReplaceAll bool           `json:"replaceAll,omitempty"`

	// Base holds the touched fields' values when the operation was recorded
	// (for Delete: the fields that count as an edit). BaseFrom says whence.
	Base      api.Changes            `json:"base,omitempty"`
	BaseItems []api.PlaylistItem     `json:"baseItems,omitempty"`
	Bases     map[string]api.Changes `json:"bases,omitempty"`     // Many: the base of each, by id
	BaseAt    time.Time              `json:"baseAt,omitzero"`     // when the base was read
	BaseFrom  string                 `json:"baseFrom,omitempty"`  // "server", "cache", "" = blind
	DependsOn []string               `json:"dependsOn,omitempty"` // operations (creates) whose temporary ids this one names
	Job       string                 `json:"job,omitempty"`       // the Job it belongs to, set by RecordJob

	// Rebased is the item list that Items was last formed from, when that was
	// not BaseItems. It is recorded before the request leaves, because a lost
	// answer is decided by comparing with what was sent.
	Rebased []api.PlaylistItem `json:"rebased,omitempty"`

	State       State              `json:"state"`
	Attempts    int                `json:"attempts"`
	Sender      string             `json:"sender,omitempty"`     // lock of the process that is sending it
	Started     time.Time          `json:"started,omitzero"`     // of the attempt in Sending
	NextAttempt time.Time          `json:"nextAttempt,omitzero"` // in Waiting
	Settled     time.Time          `json:"settled,omitzero"`
	ResultID    string             `json:"resultId,omitempty"`    // a create's real id
	Dropped     []string           `json:"dropped,omitempty"`     // fields in which the remote won; Many: ids of resources
	Remote      api.Changes        `json:"remote,omitempty"`      // their remote values; Many: by id an object of fields, null where it was deleted
	RemoteItems []api.PlaylistItem `json:"remoteItems,omitempty"` // the remote list that won
	Failure     *Failure           `json:"failure,omitempty"`
	Moved       *Move              `json:"moved,omitempty"`    // where it went, in Moved
	Stripped    bool               `json:"stripped,omitempty"` // the secrets that it carried were taken out

	claimant string // the sender that has claimed it, as this process knows
	behind   bool   // others were pending on its resources when it was taken in
}

// Failure is the last error of an operation, as plain data.
type Failure struct {
	Kind      api.ErrorKind `json:"kind"`
	Message   string        `json:"message"`
	Status    int           `json:"status,omitempty"`
	RequestID string        `json:"requestId,omitempty"`
}

// Blind reports that the operation has no base to compare with.
func (op *Operation) Blind() bool {
	return op.BaseFrom == "" && (op.Effect == Update || op.Effect == Items || op.Effect == Delete || op.Effect == Many)
}

// Holder is who is sending the operation, as host.pid; "" when nobody is, or when
// the journal is a file and it is a process of this machine.
func (op *Operation) Holder() string {
	_, holder, _ := strings.Cut(op.Sender, "@")
	return holder
}

// RemoteGone reports that the operation lost because its resource was deleted.
func (op *Operation) RemoteGone() bool {
	return op.State == Conflict && op.Failure != nil && op.Failure.Status == http.StatusNotFound
}

// Result is what became of a submitted operation.
type Result struct {
	Operation *Operation
	Data      json.RawMessage // the server's answer (or, for an update that was already done, the remote row); nil when nothing was answered
	Status    int             // HTTP status; 0 when nothing was sent
	Err       error           // *api.Error; nil when the operation was applied

	elsewhere bool // another process delivered it
	later     bool // another process is at it; look again
}

// Offline says what Submit does without a connection.
type Offline string

// The modes of --offline.
const (
	OfflineAuto   Offline = "auto"   // try; record when no connection can be made
	OfflineAlways Offline = "always" // record, do not try
	OfflineNever  Offline = "never"  // try; fail when no connection can be made, and record nothing that stays
)
