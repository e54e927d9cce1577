// Trouble on demand: what a tester or a script asks of a running sandbox. It is no part of the platform.

package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// controlPath is below the address of the realtime half. It answers only callers on this machine.
const controlPath = "/sandbox/"

// maxControlBody bounds a fault specification or an event, in bytes.
const maxControlBody = 1 << 20

// order is one request to the control address.
type order struct {
	w     *World
	query url.Values
	body  []byte
}

// orders are what can be asked for, by the last part of the path.
func orders() map[string]func(order) error {
	return map[string]func(order) error{
		"drop":    order.drop,
		"restart": order.restart,
		"crash":   order.crash,
		"revoke":  order.revoke,
		"faults":  order.faults,
		"emit":    order.emit,
		"display": order.display,
	}
}

// control serves the orders.
func (w *World) control() http.Handler {
	known := orders()
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			http.Error(out, "only for this machine", http.StatusForbidden)
			return
		}
		do := known[strings.TrimPrefix(r.URL.Path, controlPath)]
		if do == nil {
			http.Error(out, "there is drop, restart, crash, revoke, faults, emit and display", http.StatusNotFound)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxControlBody))
		if err == nil {
			err = do(order{w, r.URL.Query(), body})
		}
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		out.WriteHeader(http.StatusNoContent)
	})
}

func (o order) drop() error {
	o.w.Realtime.DropAll()
	return nil
}

func (o order) restart() error { return o.down(o.w.Restart) }
func (o order) crash() error   { return o.down(o.w.Crash) }

func (o order) down(do func(time.Duration)) error {
	down, err := o.duration("down", usualDown)
	if err == nil {
		do(down)
	}
	return err
}

func (o order) revoke() error {
	email, reason := o.query.Get("email"), o.query.Get("reason")
	if email == "" {
		email = o.w.Login().Email
	}
	switch reason {
	case "":
		reason = revokedSession
	case revokedSession, passwordChanged:
	default:
		return fmt.Errorf("reason is %s or %s", revokedSession, passwordChanged)
	}
	if !o.w.RevokeSessions(email, reason) {
		return fmt.Errorf("there is no user %s", email)
	}
	return nil
}

// faults takes a specification as the body; an empty one ends all faults.
func (o order) faults() error {
	list, err := ParseFaults(string(o.body))
	if err == nil {
		o.w.SetFaults(list)
	}
	return err
}

// emit sends an event to the first organization, whatever the vocabulary.
func (o order) emit() error {
	name := o.query.Get("event")
	if name == "" || !json.Valid(o.body) {
		return fmt.Errorf("give ?event=NAME and its payload in JSON as the body")
	}
	return o.w.Realtime.EmitAny(o.w.Login().OrganizationID, name, json.RawMessage(o.body))
}

// display takes a simulated display off the network, or brings it back.
func (o order) display() error {
	id := o.w.displayCalled(o.query.Get("name"))
	length, err := o.duration("for", 0)
	if err != nil {
		return err
	}
	ok := false
	switch state := o.query.Get("state"); {
	case o.w.fleet == nil:
	case state == "offline":
		ok = o.w.fleet.Lose(id, length)
	case state == "online":
		ok = o.w.fleet.Return(id)
	default:
		return fmt.Errorf("state is offline or online")
	}
	if !ok {
		return fmt.Errorf("there is no simulated display %q", o.query.Get("name"))
	}
	return nil
}

func (o order) duration(name string, usual time.Duration) (time.Duration, error) {
	text := o.query.Get(name)
	if text == "" {
		return usual, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%s is a duration such as 3s", name)
	}
	return d, nil
}

// displayCalled is the id of the display with a name, or the name itself.
func (s *Server) displayCalled(name string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.db.byOrg {
		for _, d := range t.displays.list {
			if d.Nickname != nil && *d.Nickname == name {
				return d.ID
			}
		}
	}
	return name
}
