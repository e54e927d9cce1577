package realtime

// This file is about the errors of the stream: what callers can tell apart.

import (
	"errors"
	"fmt"
	"net/url"
)

// Errors a caller can test for with errors.Is.
var (
	// ErrSessionGone is what an Auth wraps when there is no way to a valid
	// token any more: only a new sign-in helps.
	ErrSessionGone = errors.New("the session is gone")
	// ErrNotLive is returned by Request while there is no live connection.
	ErrNotLive = errors.New("realtime: not connected")
	// ErrAckTimeout is returned by Request when the server does not answer: it
	// never acknowledges what a guard or a validation refused (contract realtime 4.3).
	ErrAckTimeout = errors.New("realtime: no acknowledgement in time")
	// ErrTooLarge is a message over the limit of the side that reads it.
	ErrTooLarge = errors.New("realtime: message too large")
	// ErrProtocol is a peer that does not speak Engine.IO v4 and Socket.IO v5.
	ErrProtocol = errors.New("realtime: protocol error")
)

// How a connection ended. These never leave the package: callers see a Reason.
var (
	errPingTimeout      = errors.New("no ping from the server in time")
	errSuspended        = errors.New("this computer was suspended")
	errSlowReader       = errors.New("events were read too slowly")
	errServerDisconnect = errors.New("the server ended the connection")
	errTransportClosed  = errors.New("the transport was closed")
	errNoAnswer         = errors.New("no answer to CONNECT in time")
	errStopped          = errors.New("stopped")
	errPaused           = errors.New("polling is paused")
)

// AuthError ends a Session: the server refuses the token, and there is no
// other. Err wraps ErrSessionGone when REST said so.
type AuthError struct {
	Code string // the server's code (contract realtime 2.2), or "" when it gave none
	Err  error
}

func (e *AuthError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("realtime: not authenticated: %v", e.Err)
	}
	return fmt.Sprintf("realtime: not authenticated (%s): %v", e.Code, e.Err)
}

func (e *AuthError) Unwrap() error { return e.Err }

// ConnectError is the server's CONNECT_ERROR.
type ConnectError struct {
	Message string
	Code    string // data.code, for example AUTH_INVALID; "" when there is none
}

func (e *ConnectError) Error() string {
	if e.Code == "" {
		return "connection refused by the server: " + e.Message
	}
	return fmt.Sprintf("connection refused by the server: %s (%s)", e.Message, e.Code)
}

// HTTPError is an HTTP answer that is not the one the transport needs: from
// the Engine.IO server with its code, or from something in between.
type HTTPError struct {
	Transport string
	Status    int
	Code      int // the Engine.IO code, or -1 when the answer is not the server's
	Message   string
}

func (e *HTTPError) Error() string {
	if e.Code < 0 {
		return fmt.Sprintf("%s: HTTP %d", e.Transport, e.Status)
	}
	return fmt.Sprintf("%s: HTTP %d: %s (code %d)", e.Transport, e.Status, e.Message, e.Code)
}

// withoutAddress takes the address off an error of HTTP: it holds the session's
// id, with which anybody could speak in it.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
