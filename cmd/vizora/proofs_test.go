package main

// This file is about one thing: proofs over every kind and every command: who
// may write what, that what is printed can be given back, and that every route has
// a command or a reason.

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// sample is how one of a kind is made and changed.
type sample struct {
	kind   string
	create string // behind the command and a name
	change string
}

// samples name a way to make one of every kind that the API makes.
func samples() []sample {
	return []sample{
		{"Playlist", `--description d`, `--description e`},
		{"Display", `--device-id $NAME`, `--location e`},
		{"Schedule", `--playlist "Lobby Loop" --display "Lobby North" --days mon-fri --start 8:00 --end 11:30 --from 2026-12-01 --until 2027-12-01`, `--priority 3`},
		{"Group", `--description d`, `--description e`},
		{"Folder", ``, `--parent Attic`},
		{"TagRule", `--tag indoor --playlist "Lobby Loop"`, `--priority 7`},
		{"ProvisioningTemplate", `--timezone Europe/Berlin --playlist "Lobby Loop"`, `--timezone UTC`},
		{"Webhook", `--url https://example.com/hook --secret-file secret.txt --events content.created`, `--events display.paired`},
		{"AlertRule", `--recipient email=ops@example.com --scope display --display "Lobby North"`, `--offline-for 10m`},
		{"Notification", `--message m --severity warning`, ``},
		{"Layout", `--type grid-2x2`, `--type l-shape`},
		{"Widget", `--type weather --config '{"location":"Berlin"}'`, `--duration 9`},
		{"PageTemplate", `--html-file page.html --data '{"type":"manual"}' --refresh '{"enabled":false,"intervalMinutes":60}'`, `--duration 9`},
		{"ApiKey", `--scopes read:content`, ``},
	}
}

// unsampled are the kinds of which the API makes none this way.
func unsampled() map[string]string {
	return map[string]string{
		"Content": "made from an address that must resolve, or a file: its own transcript", "User": "made by invite: its own transcript",
		"Tag": "the API makes none", "Template": "the library is the platform's", "AuditEntry": "written by the platform",
	}
}

// try runs a command line on a stage.
func (s *stage) try(line string) result {
	s.t.Helper()
	return run(s.t, s.environ(), s.dir, "", words(s.t, s.expand(line))...)
}

func (s *stage) must(line string, exit ...int) result {
	s.t.Helper()
	r := s.try(line)
	if r.exit != 0 && !slices.Contains(exit, r.exit) {
		s.t.Fatalf("vizora %s: exit %d\n%s%s", line, r.exit, r.stdout, r.stderr)
	}
	return r
}

func proofStage(t *testing.T) *stage {
	s := newStage(t)
	s.file("secret.txt", "Abcdefgh12345678")
	s.file("page.html", "<p>Soup</p>")
	s.file("board.html", "<p>Soup</p>")
	s.must("folder create Attic")
	return s
}

func TestEveryKindHasASample(t *testing.T) {
	for _, schema := range api.Schemas() {
		sampled := slices.ContainsFunc(samples(), func(p sample) bool { return p.kind == schema.Kind })
		if _, out := unsampled()[schema.Kind]; sampled == out {
			t.Errorf("%s: sampled %v, left out %v", schema.Kind, sampled, out)
		}
	}
}

// TestRoles holds who may create, change and delete what, against the server.
func TestRoles(t *testing.T) {
	s := proofStage(t)
	n := 0
	name := func() string {
		n++
		s.env["NAME"] = "thing-" + string(rune('a'+n/26)) + string(rune('a'+n%26))
		return s.env["NAME"]
	}
	check := func(role string, may []string, line string) bool {
		t.Helper()
		r := s.try(line)
		if allowed := slices.Contains(may, role); allowed && r.exit != 0 || !allowed && r.exit != cmdutil.ExitAuth {
			t.Errorf("%s: vizora %s: exit %d, allowed %v\n%s", role, line, r.exit, allowed, r.stderr)
		} else if !allowed && !strings.Contains(r.stderr, "you are "+role) {
			t.Errorf("%s: vizora %s: says nothing of the role\n%s", role, line, r.stderr)
		}
		return r.exit == 0
	}
	for _, p := range samples() {
		schema := api.SchemaOf(p.kind)
		command := schema.Command()
		for _, role := range []string{api.Admin, api.Manager, api.Viewer} {
			s.signIn(role)
			check(role, schema.CanCreate, command+" create "+name()+" "+p.create)
			s.signIn(api.Admin)
			s.must(command + " create " + name() + " " + p.create)
			s.signIn(role)
			if len(schema.CanUpdate) > 0 && p.change != "" {
				check(role, schema.CanUpdate, command+" update $NAME "+p.change)
			}
			if len(schema.CanDelete) > 0 && (role == api.Admin || schema.Kind != "ApiKey") { // a viewer cannot list keys
				check(role, schema.CanDelete, command+" delete $NAME --yes")
			}
		}
	}
}

// TestGivenBack: what get prints is taken by update, which finds nothing to
// change, and makes another of the kind.
func TestGivenBack(t *testing.T) {
	s := proofStage(t)
	for _, p := range samples() {
		schema := api.SchemaOf(p.kind)
		command := schema.Command()
		s.env["NAME"] = "one-" + strings.ToLower(p.kind)
		if p.kind == "ApiKey" {
			s.must(command + " create $NAME " + p.create)
			continue // it cannot be changed, and a key is not made from another
		}
		s.must(command + " create $NAME " + p.create)
		printed := s.must(command + " get $NAME -o json").stdout
		s.file("got.json", printed)
		if len(schema.CanUpdate) > 0 {
			if r := s.must(command + " update $NAME --input got.json"); !strings.Contains(r.stderr, "nothing was sent") {
				t.Errorf("%s: an update with what it is already: %s", p.kind, r.stderr)
			}
			if r := s.must(command + " update $NAME --input got.json " + p.change + " -o json"); r.stdout == printed {
				t.Errorf("%s: a flag beside --input changed nothing", p.kind)
			}
			s.file("got.json", printed)
		}
		again := command + " create another-" + strings.ToLower(p.kind) + " --input got.json"
		switch p.kind {
		case "Webhook":
			again += " --secret-file secret.txt" // which nothing prints
		case "Display":
			again += " --device-id another"
		}
		s.must(again)
	}
}

// TestGivenBackOfOthers: the same for the kinds that are not made by create.
// That export fed to plan is no change holds testdata/transcripts/declare.script.
func TestGivenBackOfOthers(t *testing.T) {
	s := proofStage(t)
	s.must(`user invite vera@example.com --first-name Vera --last-name Viewer --role viewer`)
	s.file("a.png", "\x89PNG\r\n\x1a\n")
	s.must(`content upload $WORK/a.png --name Poster`)
	others := []struct{ kind, name, change string }{
		{"Content", `"Opening Hours"`, `--duration 99`},
		{"Content", `Poster`, `--duration 77`},
		{"User", `vera@example.com`, `--first-name Veronica`},
	}
	for _, o := range others {
		command := api.SchemaOf(o.kind).Command()
		printed := s.must(command + " get " + o.name + " -o json").stdout
		s.file("got.json", printed)
		if r := s.must(command + " update " + o.name + " --input got.json"); !strings.Contains(r.stderr, "nothing was sent") {
			t.Errorf("%s %s: an update with what it is already: %s", command, o.name, r.stderr)
		}
		if r := s.must(command + " update " + o.name + " --input got.json " + o.change + " -o json"); r.stdout == printed {
			t.Errorf("%s %s: a flag beside --input changed nothing", command, o.name)
		}
		if r := s.must(command + " update " + o.name + " --input got.json"); strings.Contains(r.stderr, "nothing was sent") {
			t.Errorf("%s %s: what was printed before does not undo the change", command, o.name)
		}
		if after := s.must(command + " get " + o.name + " -o json").stdout; noTime.ReplaceAllString(after, "") != noTime.ReplaceAllString(printed, "") {
			t.Errorf("%s %s: given back it is another:\n%s\n%s", command, o.name, printed, after)
		}
	}
	for _, schema := range api.Schemas() {
		own := slices.ContainsFunc(samples(), func(p sample) bool { return p.kind == schema.Kind })
		for _, o := range others {
			own = own || o.kind == schema.Kind
		}
		if len(schema.CanUpdate) > 0 && !own {
			t.Errorf("%s can be updated, and nothing shows that it takes what it prints", schema.Kind)
		}
	}
}

// noTime matches the time of the last change.
var noTime = regexp.MustCompile(`"updatedAt": *"[^"]*"`)

// TestRoutes: every route of the platform has a command, or a reason.
func TestRoutes(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "routes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	served, err := os.ReadFile(filepath.Join("..", "..", "api", "sandbox", "ROUTES.md"))
	if err != nil {
		t.Fatal(err)
	}
	io, _, _, _ := output.Test()
	root := commands.NewRoot(cmdutil.New(io, cmdutil.Build{}, func(string) (string, bool) { return "", false }))
	listed := map[string]bool{}
	withCommand := 0
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		route, command, _ := strings.Cut(line, " = ")
		listed[route] = true
		if reason, none := strings.CutPrefix(command, "-: "); none {
			if len(reason) < 8 {
				t.Errorf("%s has no command and no reason", route)
			}
			continue
		}
		cmd, rest, err := root.Find(strings.Fields(command))
		if err != nil || len(rest) > 0 || !cmd.Runnable() {
			t.Errorf("%s: there is no command %q", route, command)
		}
		withCommand++
	}
	for _, m := range regexp.MustCompile(`(?m)^\| ((?:GET|POST|PUT|PATCH|DELETE) \S+)`).FindAllStringSubmatch(string(served), -1) {
		if !listed[m[1]] {
			t.Errorf("%s is in no line of routes.txt", m[1])
		}
	}
	if withCommand < 150 {
		t.Errorf("only %d routes have a command", withCommand)
	}
}

// TestEveryListNarrows: every list has --where and --sort.
func TestEveryListNarrows(t *testing.T) {
	io, _, _, _ := output.Test()
	root := commands.NewRoot(cmdutil.New(io, cmdutil.Build{}, func(string) (string, bool) { return "", false }))
	lists := 0
	for _, cmd := range commands.Leaves(root) {
		switch cmd.Name() {
		case "list", "tags", "versions", "usage", "overrides", "items", "deliveries", "members":
		default:
			continue
		}
		lists++
		for _, flag := range []string{"where", "sort"} {
			if cmd.Flags().Lookup(flag) == nil {
				t.Errorf("%s has no --%s", cmd.CommandPath(), flag)
			}
		}
	}
	if lists < 25 {
		t.Errorf("only %d lists", lists)
	}
}
