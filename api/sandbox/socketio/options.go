// Package socketio is the realtime half of the sandbox: an Engine.IO v4 and
// Socket.IO v5 server on net/http (Server), and on it the Vizora platform's
// realtime service (Platform), which behaves as the recorded one does.
//
// It knows nothing of the REST half; what it needs of it is the interface
// Backend.
package socketio

// This file is about the options of Server and their defaults.

import "time"

// Options are the settings of a Server. A zero field means the default.
type Options struct {
	// PingInterval is the time between a pong and the next ping (25 s).
	PingInterval time.Duration
	// PingTimeout is how long a pong may take (20 s).
	PingTimeout time.Duration
	// UpgradeTimeout is how long an upgrade from polling may take (10 s).
	UpgradeTimeout time.Duration
	// ConnectTimeout is how long a client may stay without a namespace (45 s).
	ConnectTimeout time.Duration
	// MaxPayload is the size in bytes of the largest message or POST body
	// accepted (2 MiB, contract realtime 1).
	MaxPayload int
	// MaxQueued is how many bytes may wait for one slow client before it is
	// cut off (64 MiB).
	MaxQueued int
	// Faults is the trouble to make from the start.
	Faults Faults
}

// withDefaults returns o with every zero field filled in.
func (o Options) withDefaults() Options {
	setDefault(&o.PingInterval, 25*time.Second)
	setDefault(&o.PingTimeout, 20*time.Second)
	setDefault(&o.UpgradeTimeout, 10*time.Second)
	setDefault(&o.ConnectTimeout, 45*time.Second)
	setDefault(&o.MaxPayload, 2<<20)
	setDefault(&o.MaxQueued, 64<<20)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
