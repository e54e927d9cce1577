// Finding the route of a request. Trailing slashes and the letter case of the path are ignored (contract rest 1.1).

package sandbox

import (
	"net/http"
	"strings"
)

// access is who may call a route.
type access int

const (
	admin access = 1 << iota
	manager
	viewer
	anyUser // any role
	public  // no login
	device  // a device token
	enroll  // a login or an enrollment token
)

func (a access) String() string {
	switch a {
	case anyUser:
		return "any"
	case public:
		return "public"
	case device:
		return "device"
	case enroll:
		return "enrolling"
	}
	var out []string
	for i, name := range []string{"A", "M", "V"} {
		if a&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// allows says whether a role is on the flat list of a route; there is no hierarchy.
func (a access) allows(role string) bool {
	switch role {
	case "admin":
		return a&(admin|anyUser) != 0
	case "manager":
		return a&(manager|anyUser) != 0
	case "viewer":
		return a&(viewer|anyUser) != 0
	}
	return a&anyUser != 0
}

// gates are the billing checks of a route (contract rest 1.12).
type gates int

const (
	sub   gates = 1 << iota // subscription must be alive for writes
	pub                     // publishing must not be locked
	quota                   // a screen must be left
)

func (g gates) String() string {
	var out []string
	for i, name := range []string{"Sub", "Pub", "Q"} {
		if g&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// route is one endpoint.
type route struct {
	method  string
	pattern string
	access  access
	gates   gates
	keys    bool // an API key is taken instead of a login
	raw     bool // answers are not sanitized
	handle  func(*call) (any, error)
	ids     idFormat // of every :parameter
	ok      int      // status of a success; 0 = 201 for POST, else 200
	body    schema   // nil = the body is not looked at
	query   schema   // nil = the query is not looked at
	limit   limit

	segments []string
}

func (r *route) id() string { return r.method + " " + r.pattern }

func (r *route) status() int {
	switch {
	case r.ok != 0:
		return r.ok
	case r.method == http.MethodPost:
		return http.StatusCreated
	}
	return http.StatusOK
}

// router finds routes by method and number of segments; the first match of the table wins, as in Express.
type router struct {
	routes map[routerKey][]*route
}

type routerKey struct {
	method string
	length int
}

func newRouter(routes []*route) *router {
	r := &router{routes: map[routerKey][]*route{}}
	for _, rt := range routes {
		rt.segments = split(rt.pattern)
		k := routerKey{rt.method, len(rt.segments)}
		r.routes[k] = append(r.routes[k], rt)
	}
	return r
}

func split(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// find returns nil for a path that is not ours. HEAD is answered by the GET route.
func (r *router) find(method, path string) (*route, map[string]string) {
	if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) {
		return nil, nil
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments := split(path[len(prefix):])
	for _, rt := range r.routes[routerKey{method, len(segments)}] {
		if params, ok := rt.match(segments); ok {
			return rt, params
		}
	}
	return nil, nil
}

func (r *route) match(segments []string) (map[string]string, bool) {
	var params map[string]string
	for i, want := range r.segments {
		if name, isParam := strings.CutPrefix(want, ":"); isParam {
			if params == nil {
				params = map[string]string{}
			}
			params[name] = segments[i]
		} else if !strings.EqualFold(want, segments[i]) {
			return nil, false
		}
	}
	return params, true
}
