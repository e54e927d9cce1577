// What a caller may choose about a sandbox, and what it is told in return.

package sandbox

import (
	"encoding/json"
	"time"
)

// Limits selects a table of rate limits (contract rest 1.8).
type Limits int

// The two tables of the platform.
const (
	LimitsRelaxed    Limits = iota // development and test numbers
	LimitsProduction               // 10 a second, 100 a minute, 1000 an hour per endpoint and address
)

// Options of a sandbox. The zero value is a development server on a free loopback port, in memory.
type Options struct {
	Addr          string  // REST listen address; "" = 127.0.0.1:0. Non-loopback is refused unless AllowRemote
	AllowRemote   bool    // allow an Addr that other machines can reach
	Production    bool    // production error texts and Secure cookies
	ObjectStorage bool    // keep uploaded files and serve them; without it the platform is not ready and uploads get a dead URL (contract rest 6.1, 11)
	Limits        Limits  // LimitsRelaxed or LimitsProduction
	LimitScale    float64 // divides the limiters' windows; 0 or 1 = real time
	Faults        []Fault // see ParseFaults
	Seed          uint64  // 0 = random; the same seed gives the same ids, names and fault draws
	StatePath     string  // "" = memory only; else the state is loaded from and saved to this file

	Displays, Playlists, Contents int  // how much sample data goes into a new state
	Variety                       bool // with displays and playlists: a few schedules, groups, folders, rules, webhooks, notifications and so on too

	AccessTTL time.Duration    // life of access tokens; 0 = 7 days (contract rest 1.10)
	Now       func() time.Time // clock of rows, tokens and limiters; nil = time.Now
	Observe   func(Exchange)   // called after each request, from its goroutine
	Hooks     Hooks

	others *cluster // other sandboxes that this one may begin with the world of; nil = none
}

// Hooks is how REST writes reach the realtime side (contract rest 1.14). A nil func means that nothing is connected.
// They are called without the store's lock held, so they may call back into the Server.
type Hooks struct {
	PushPlaylist  func(displayID string, playlist json.RawMessage)
	PushContent   func(displayID string, content json.RawMessage, minutes int) error // the error's text ends the 503 message
	Command       func(displayID string, command json.RawMessage) (delivered bool, err error)
	DeviceRevoked func(displayID, reason string)
	Notification  func(orgID string, notification json.RawMessage, userID string)
	Changed       func(Change)
}

// Change is one committed REST write.
type Change struct {
	OrganizationID string
	Kind           string // display, playlist, content, schedule, group, folder, notification, organization, user, ...
	ID             string
	Action         string // created, updated, deleted, items_reordered, ...
	Row            json.RawMessage
}

// Exchange is one answered request, as Observe sees it.
type Exchange struct {
	Method, Path string
	Status       int // 0 when the connection was cut without an answer
	Duration     time.Duration
	Fault        string // kind of the injected fault, "" if none
}

// Login is one seeded account.
type Login struct {
	Email, Password string
	Role            string // admin, manager, viewer
	Organization    string // name of the organization
	OrganizationID  string
	TOTPSecret      string // base32; set for the account with two-factor login
}

// Code is what the account's authenticator app shows; "" when it has none.
func (l Login) Code(now time.Time) string {
	if l.TOTPSecret == "" {
		return ""
	}
	return totpCode(l.TOTPSecret, now.Unix()/30)
}

// UserClaims is what a valid access token says.
type UserClaims struct {
	UserID, OrganizationID, Role, JTI string
	Expires                           time.Time
}

// DeviceClaims is what a valid device token says.
type DeviceClaims struct {
	DisplayID, OrganizationID string
}

// DisplayState is a line of the realtime side's device:status:batch.
type DisplayState struct {
	ID            string
	Status        string    // online, offline, pairing, error
	LastHeartbeat time.Time // zero if never
}

// RouteInfo describes one endpoint, for parity tables.
type RouteInfo struct {
	Method, Path string
	Roles        string // "any", "public", or letters of A, M, V
	Gates        string // any of Sub, Pub, Q
	Status       int    // of a success
	Limit        int    // production limit per minute when it differs from 1000
}

// Routes lists every endpoint the sandbox serves, in the order of the route table.
func Routes() []RouteInfo {
	out := make([]RouteInfo, 0, 128)
	for _, r := range routeTable() {
		out = append(out, RouteInfo{
			Method: r.method, Path: r.pattern, Roles: r.access.String(), Gates: r.gates.String(),
			Status: r.status(), Limit: r.limit.production(),
		})
	}
	return out
}
