// ROUTES.md: route by route what is the platform's and what is simplified, and that no route of the contract is forgotten.
//
//	go test ./api/sandbox -run TestRoutesTable -update

package sandbox

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write ROUTES.md")

// noun is a group of the contract's table of counts (contract rest 26): the routes below its paths, how many handlers the
// platform has, and which of them are not served and why.
type noun struct {
	name    string
	under   string // path prefixes, "|" between
	count   int
	missing map[string]string // "METHOD /path" or "N handlers" -> reason
}

const (
	superAdmin = "needs a platform super-admin, which no user of an organization is"
	machine    = "for the platform's own programs, not for users"
	player     = "takes a device token; the sandbox's players get their content over Socket.IO"
	paying     = "changes what is paid for; a sandbox has no payment provider"
)

func nouns() []noun {
	return []noun{
		{name: "auth (incl. MFA 6, sessions 3)", under: "/auth", count: 24},
		{name: "api-keys", under: "/api-keys", count: 3},
		{name: "displays", under: "/displays", count: 20},
		{name: "pairing", under: "/devices/pairing", count: 4},
		{name: "device-only", under: "/devices/me|/devices/auth|/device-content", count: 3, missing: map[string]string{
			"GET /devices/me/content": player, "GET /devices/auth/check": player, "GET /device-content/:id/file": player}},
		{name: "playlists", under: "/playlists", count: 10},
		{name: "content bulk", under: "/content/bulk", count: 6},
		{name: "content templates", under: "/content/templates", count: 6},
		{name: "content layouts", under: "/content/layouts", count: 6},
		{name: "content widgets", under: "/content/widgets", count: 8},
		{name: "content", under: "/content", count: 20},
		{name: "folders", under: "/folders", count: 7},
		{name: "schedules", under: "/schedules", count: 8},
		{name: "display-groups", under: "/display-groups", count: 7},
		{name: "analytics", under: "/analytics", count: 13},
		// Two handlers have GET /health, of which the root's wins; it is counted once among the served.
		{name: "health and root", under: "/health|/ready|/", count: 11 + 3, missing: map[string]string{
			"GET /health (of the health controller)": "cannot be reached on the platform either: the root's answers",
			"GET /health/self-test":                  superAdmin, "POST /health/self-test": superAdmin, "GET /health/monitor/current": superAdmin,
			"GET /health/monitor/history": superAdmin, "GET /health/monitor/metrics": superAdmin}},
		{name: "alert-rules", under: "/notifications/alert-rules", count: 7},
		{name: "notifications", under: "/notifications", count: 6},
		{name: "organizations", under: "/organizations", count: 12},
		{name: "users", under: "/users", count: 6},
		{name: "tag-rules", under: "/tag-rules", count: 6},
		{name: "webhooks (customer 6, billing 2)", under: "/webhooks", count: 6 + 2, missing: map[string]string{
			"POST /webhooks/stripe": machine, "POST /webhooks/razorpay": machine}},
		{name: "fleet", under: "/fleet", count: 3},
		{name: "provisioning-templates", under: "/provisioning-templates", count: 5},
		{name: "template-library", under: "/template-library", count: 16},
		{name: "audit-logs", under: "/audit-logs", count: 1},
		{name: "support", under: "/support", count: 6},
		{name: "billing", under: "/billing", count: 11, missing: map[string]string{
			"POST /billing/checkout": paying, "POST /billing/upgrade": paying, "POST /billing/downgrade": paying,
			"POST /billing/cancel": paying, "POST /billing/reactivate": paying}},
		{name: "admin (and MCP tokens)", under: "/admin", count: 63 + 3, missing: map[string]string{"66 handlers": superAdmin}},
		{name: "agents, internal, mcp, metrics", under: "/agents|/internal|/mcp|/metrics", count: 6 + 4 + 3 + 1, missing: map[string]string{"14 handlers": machine}},
	}
}

func (n noun) holds(path string) bool {
	for _, p := range strings.Split(n.under, "|") {
		if path == p || p != "/" && strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// left is how many handlers a noun's missing stand for.
func (n noun) left() int {
	left := len(n.missing)
	for name := range n.missing {
		var many int
		if k, _ := fmt.Sscanf(name, "%d handlers", &many); k == 1 {
			left += many - 1
		}
	}
	return left
}

// Every handler of the contract is served or has a reason, and every route served is one of the contract's.
func TestContractRoutes(t *testing.T) {
	served, total := map[string]int{}, 0
	all := nouns()
	for _, r := range Routes() {
		i := slices.IndexFunc(all, func(n noun) bool { return n.holds(r.Path) })
		if i < 0 {
			t.Errorf("%s %s is in no noun of the contract", r.Method, r.Path)
			continue
		}
		served[all[i].name]++
		if _, listed := all[i].missing[r.Method+" "+r.Path]; listed {
			t.Errorf("%s %s is served and said not to be", r.Method, r.Path)
		}
	}
	for _, n := range all {
		total += n.count
		if got := served[n.name] + n.left(); got != n.count {
			t.Errorf("%s: %d served and %d with a reason, the contract has %d", n.name, served[n.name], n.left(), n.count)
		}
	}
	if total != 326 {
		t.Errorf("the nouns have %d handlers", total)
	}
}

// ROUTES.md says what the code does: made again it is the same.
func TestRoutesTable(t *testing.T) {
	differs := simplified()
	var b strings.Builder
	b.WriteString("# What the sandbox serves\n\nMade from the route table by `go test ./api/sandbox -run TestRoutesTable -update`; do not edit.\n" +
		"Roles: A admin, M manager, V viewer. Gates: Sub subscription, Pub publishing, Q screen quota. Limit: calls a minute of the\n" +
		"limiter `default` in production where it is not 1000. A route without a remark answers as the platform does, as far as the contract says.\n" +
		"Everywhere: no answer is compressed, the HTML of templates is given back as it is stored, a display that has never been heard of raises no alert.\n")
	for _, n := range nouns() {
		fmt.Fprintf(&b, "\n## %s: %d of %d\n\n| Route | Roles | Gates | Status | Limit | Simplified |\n|---|---|---|---|---|---|\n", n.name, n.count-n.left(), n.count)
		for _, r := range Routes() {
			if i := slices.IndexFunc(nouns(), func(o noun) bool { return o.holds(r.Path) }); nouns()[i].name != n.name {
				continue
			}
			id, limit := r.Method+" "+r.Path, ""
			if r.Limit > 0 {
				limit = fmt.Sprint(r.Limit)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %d | %s | %s |\n", id, r.Roles, r.Gates, r.Status, limit, differs[id])
			delete(differs, id)
		}
		for _, id := range sorted(n.missing) {
			fmt.Fprintf(&b, "| %s | | | | | not served: %s |\n", id, n.missing[id])
		}
	}
	for id := range differs {
		t.Errorf("%s is said to be simplified and is not served", id)
	}
	if *update {
		if err := os.WriteFile("ROUTES.md", []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("ROUTES.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != b.String() {
		t.Error("ROUTES.md is not what the route table says: run with -update and read the difference")
	}
}

func sorted(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
