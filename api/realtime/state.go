package realtime

// This file is about what a Session tells its sink: Items, which are the
// server's Events and the States of the stream itself.

import "time"

// Item is what a Session hands to its sink: an Event, a State or a Pause.
type Item interface{ item() }

func (Event) item() {}
func (State) item() {}
func (Pause) item() {}

// Pause follows Items when there is nothing more to tell for now: what a sink
// has collected should go out. It lets a sink write many records at once when
// many come, and each at once when few do.
type Pause struct {
	// Whole: of what the server has sent nothing is left and nothing is held back.
	Whole bool
}

// Phase is where a stream stands.
type Phase string

// The phases. Between lost and live events may have been missed.
const (
	Connecting Phase = "connecting"
	Live       Phase = "live"
	Lost       Phase = "lost"
	Ended      Phase = "ended" // the last Item of all
)

// Reason is why a stream was lost or ended.
type Reason string

// The reasons (contract realtime 2.2 to 2.5).
const (
	ReasonRefused          Reason = "refused"           // the server could not be reached, or refused with no auth code
	ReasonNoAnswer         Reason = "no-answer"         // reached, but silent
	ReasonAuth             Reason = "auth"              // the token was refused
	ReasonNoToken          Reason = "no-token"          // no token could be had for now
	ReasonSessionExpired   Reason = "session-expired"   // revoked, or the password was changed
	ReasonRateLimited      Reason = "rate-limited"      // too many connects or messages on one token
	ReasonServerShutdown   Reason = "server-shutdown"   // announced
	ReasonServerDisconnect Reason = "server-disconnect" // without a word
	ReasonTransportClosed  Reason = "transport-closed"
	ReasonPingTimeout      Reason = "ping-timeout"
	ReasonSuspended        Reason = "suspended"   // this computer slept
	ReasonSlowReader       Reason = "slow-reader" // the sink was slower than the server's patience
	ReasonTooLarge         Reason = "message-too-large"
	ReasonProtocol         Reason = "protocol-error"
	ReasonStopped          Reason = "stopped"     // the context ended
	ReasonNotRunning       Reason = "not-running" // of a gap: nobody followed
)

// State is a change of phase.
type State struct {
	State  Phase
	Reason Reason // of lost and ended
	Err    error  // what was behind the reason, if anything; never holds a secret
	// Attempt counts the attempts to connect since the stream was last live, from 1.
	Attempt int
	// NextIn is, of lost, until the next attempt; of connecting, until the server's
	// limit on connections lets this attempt begin, else 0.
	NextIn time.Duration
	// Since is, of lost, from when on nothing may have come: At, or, where the
	// server fell silent, when it was last heard.
	Since time.Time
	// DownFor is how long the stream was not live before this live; 0 for the first.
	DownFor   time.Duration
	Recovered bool   // of live: the server sent again all that was missed
	Transport string // of live: TransportWebSocket or TransportPolling
	At        time.Time
}
