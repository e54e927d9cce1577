package main

// This file is about one thing: what must exist before a command's examples can
// run, and what stands for the addresses and ids in them.

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox"
)

// scene is what the examples of some commands need.
type scene struct {
	commands string   // the beginning of their names
	before   []string // command lines, or the directives of a transcript
	each     bool     // every example begins anew: what one takes away the next needs
	cues     []cue    // what happens meanwhile
}

func scenes() []scene {
	return []scene{
		{commands: "group ", before: withGroup()},
		{commands: "alert-rule ", before: append(withGroup(), `alert-rule create "Shop windows" --recipient email=ops@example.com`)},
		{commands: "alert-rule recipient remove", before: []string{`alert-rule recipient add "Shop windows" email=night@example.com`}},
		{commands: "schedule ", before: append(withGroup(), `schedule create "Morning menu" --playlist "Lobby Loop" --display "Lobby North" --days mon-fri --start 8:00 --end 11:00 --from 2026-12-01`)},
		{commands: "folder ", before: []string{`folder create Menus`, `folder move Menus "Summer Cold Brew"`}},
		{commands: "tag-rule ", before: []string{`tag-rule create "Menus on menu boards" --tag indoor --playlist "Lobby Loop"`}},
		{commands: "provisioning ", before: []string{`provisioning create "Lobby screens" --timezone UTC`}},
		{commands: "webhook ", before: []string{`webhook create "Chat bridge" --url https://example.com/hook --secret-file secret.txt --events content.created`}},
		{commands: "notification ", before: []string{`notification create "Display offline" --message "Lobby North is offline"`}},
		{commands: "api-key ", before: []string{`api-key create "Content feed" -o jq=.key > key.txt`}},
		{commands: "fleet ", before: append(withGroup(), `fleet command push_content --content "Opening Hours" --emergency --group "Ground floor" --yes`)},

		{commands: "display assign", before: []string{`group create Lobby`, `group add Lobby "Lobby North" "Lobby South"`}},
		{commands: "display push", before: []string{`group create Lobby`, `group add Lobby "Lobby North" "Lobby South"`, `content create "Fire drill" --type image --url https://cdn.example.com/drill.png`}},
		{commands: "display delete", before: []string{`display create "Lobby West" --device-id west`, `display create "Lobby East" --device-id east`}, each: true},
		{commands: "display pair", before: []string{`display create "Lobby West" --device-id west`, `@api POST /devices/pairing/request '{"deviceIdentifier":"west"}'`, `@keep CODE display pair --list -o jq=.[0].code`}},
		{commands: "display qr", before: []string{`display qr set "Lobby North" --url https://example.com/menu`}},
		{commands: "display untag", before: []string{`display tag "Lobby North" indoor outdoor`}, each: true},
		{commands: "display wait", before: []string{`display assign "Lobby North" --playlist "Summer Menu"`}},

		{commands: "content restore", before: []string{`content archive "Summer Cold Brew"`}, each: true},
		{commands: "content delete", each: true},
		{commands: "content download", before: []string{`content replace "Breakfast Menu" breakfast.pdf`}, each: true},
		{commands: "content review", before: []string{`content flag "Staff Wanted" --reason old`}, each: true},
		{commands: "content untag", before: []string{`content tag "Latte Art" "Summer Cold Brew" promotion`}, each: true},
		{commands: "content layout ", before: []string{`content layout create "Two halves" --type split-horizontal`}},
		{commands: "content template ", before: []string{`content template create "Daily special" --html-file board.html --data '{"type":"manual"}' --refresh '{"enabled":false,"intervalMinutes":60}'`}},
		{commands: "content widget ", before: []string{`content widget create "Town weather" --type weather --config '{"location":"Berlin"}'`}},
		{commands: "playlist ", before: menu(), each: true},
		{commands: "playlist delete", before: []string{`playlist create "Winter Menu"`}},
		{commands: "template save", before: []string{`template clone "Daily Specials" --name "Our menu"`}},
		{commands: "auth sessions", before: []string{`auth login --profile lab --url $VIZORA_URL`, `@keep SESSION auth sessions list -o jq='first(.[] | select(.current|not).id)'`}},
		{commands: "journal ", each: true, before: []string{`playlist create Waiting --async`, operation}},
		{commands: "journal reapply", before: append(conflicting(), operation)},
		{commands: "journal retry", before: []string{`journal drop $OPERATION --yes`, `playlist update "Lobby Loop" --description mine --async`, operation}},
		{commands: "journal resolve", before: []string{`journal drop $OPERATION --yes`, `@sandbox faults POST /playlists: drop-answer 100%; GET /playlists: 503 100%`, `playlist create Lost --retries 0`, `@sandbox faults`,
			`@id MADE /playlists '.data[] | select(.name=="Lost") | .id'`, operation}},
		{commands: "journal import", before: []string{`journal export pending.jsonl`}},
		{commands: "bulk remove", each: true},
		{commands: "bulk undo", each: true},
		{commands: "bulk ", before: []string{`bulk run changes.csv --kind playlist --job nightly`}},
		{commands: "bulk run", before: []string{`bulk remove nightly --yes`}},
		{commands: "plan", before: []string{`export --out signage`}},
		{commands: "apply", before: []string{`export --out signage`, `plan signage --out summer.plan`}},
		{commands: "profile ", before: []string{`profile add production --url $VIZORA_URL`}},
		{commands: "profile remove", before: []string{`profile add lab --url $VIZORA_URL`}, each: true},
		{commands: "profile use", before: []string{`auth login --profile lab --url $VIZORA_URL`}},
		{commands: "auth logout", before: []string{`auth login --profile lab --url $VIZORA_URL`}},

		{commands: "wait content", before: []string{`content create "Summer trailer" --type image --url https://cdn.example.com/trailer.png`}},
		{commands: "wait display", before: []string{`display assign "Lobby North" --playlist "Summer Menu"`}},
		{commands: "wait playlist", cues: []cue{{line: "name=", word: "name is", act: func(s *stage) { s.must(`playlist update "Summer Menu" --name "Autumn Menu"`) }}}},
		{commands: "watch", cues: []cue{
			{line: "--until", word: "live", act: func(s *stage) { s.moved("Lobby North", "offline"); s.moved("Lobby North", "online") }},
			{line: "--publish", word: "leading", stop: true},
			{line: "--from", word: "no relay", stop: true},
			{line: "watch", word: "live", stop: true},
		}},
		{commands: "sandbox", cues: []cue{{line: "sandbox", word: "http://", stop: true}}},
	}
}

// operation keeps the id of the operation that waits.
const operation = `@keep OPERATION journal list -o jq=.[0].id`

func withGroup() []string {
	return []string{`group create "Ground floor"`, `group add "Ground floor" "Lobby North" "Lobby South"`}
}

// menu is a playlist with the items that the examples move about.
func menu() (lines []string) {
	edit := `playlist edit "Summer Menu"`
	for _, name := range []string{"Iced tea", "Lemonade", "Hot soup", "Soup of the day", "Hot chocolate"} {
		lines = append(lines, `@api POST /content '{"name":"`+name+`","type":"image","url":"https://cdn.example.com/item.png"}'`)
		if name != "Iced tea" {
			edit += ` --insert "` + name + `"`
		}
	}
	return append(lines, edit)
}

// conflicting makes an edit of what somebody else has edited meanwhile.
func conflicting() []string {
	return []string{
		`journal drop $OPERATION --yes`, `playlist get "Lobby Loop"`, `playlist update "Lobby Loop" --description mine --async`,
		`@id LOOP /playlists '.data[] | select(.name=="Lobby Loop") | .id'`, `@api PATCH /playlists/$LOOP '{"description":"theirs"}'`, `sync`,
	}
}

// newScene is a stage on which a command's examples can run. Someone is signed
// in there with a second factor, as on a user's machine.
func newScene(t *testing.T, command string) (*stage, scene) {
	t.Helper()
	fleet := 0
	if strings.HasPrefix(command, "display ") || strings.HasPrefix(command, "wait ") || command == "watch" {
		fleet = -1
	}
	s := newStageIn(t, sandbox.WorldOptions{
		Options: sandbox.Options{Seed: 11, Displays: 12, Playlists: 8, Contents: 8, ObjectStorage: true}, Events: sandbox.EventsProduct, Fleet: fleet,
	})
	t.Chdir(s.dir)
	s.furnish(t)
	found := scene{commands: command}
	for _, sc := range scenes() {
		if !strings.HasPrefix(command, sc.commands) {
			continue
		}
		for _, line := range sc.before {
			s.prepare(t, line)
		}
		found.each = found.each || sc.each
		found.cues = append(found.cues, sc.cues...)
	}
	return s, found
}

// furnish lays out the files that examples name, signs in, and remembers every
// secret there is.
func (s *stage) furnish(t *testing.T) {
	t.Helper()
	for _, l := range s.world.Logins() {
		s.secret(l.Organization+"'s password", l.Password)
		if l.TOTPSecret != "" {
			s.env["VIZORA_EMAIL"], s.env["VIZORA_PASSWORD"], s.env["VIZORA_MFA_CODE"] = l.Email, l.Password, l.Code(time.Now())
			s.env["PASSWORD"] = l.Password
			s.secret("TOTP secret", l.TOTPSecret)
			s.secret("TOTP code", l.Code(time.Now()))
		}
	}
	s.secret("access token", s.env["VIZORA_TOKEN"])
	delete(s.env, "VIZORA_TOKEN")
	s.secret("webhook secret", webhookSecret)
	for name, content := range map[string]string{
		"secret.txt": webhookSecret, "password.txt": s.env["PASSWORD"] + `\n`, "page.html": "<p>Soup</p>", "board.html": "<p>Soup</p>",
		"menu.png": "png", "breakfast.pdf": `%PDF-1.4\n`, "posters/a.jpg": "\xff\xd8\xff\xe0 a", "posters/b.jpg": "\xff\xd8\xff\xe0 b",
		"changes.csv": `name,description\nSummer Menu,changed\nLobby Loop,changed\n`,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(s.dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		s.file(name, content)
	}
	s.prepare(t, "auth login")
	known := slices.Collect(maps.Values(s.secrets))
	for _, what := range []string{"access token", "refresh token", "TOTP secret", "TOTP code", "webhook secret"} {
		if !slices.Contains(known, what) {
			t.Fatalf("the %s is not known, and could show unseen", what)
		}
	}
}

// prepare carries out a line that is no example.
func (s *stage) prepare(t *testing.T, line string) {
	t.Helper()
	if directive, rest, _ := strings.Cut(line, " "); strings.HasPrefix(directive, "@") {
		if directive == "@keep" {
			name, command, _ := strings.Cut(rest, " ")
			s.env[name] = strings.TrimSpace(s.shell("vizora "+command, "", nil).stdout)
			if s.env[name] == "" {
				t.Fatalf("%s found nothing", line)
			}
			return
		}
		s.direct(directive, rest)
		return
	}
	if r := s.shell("vizora "+s.expand(line), "y\n", nil); r.exit != 0 && !strings.Contains(line, "--async") && !strings.Contains(line, "--retries 0") && line != "sync" {
		t.Fatalf("%s: exit %d\n%s%s", line, r.exit, r.stdout, r.stderr)
	}
	s.learnTokens(t)
}

// standIns are what the examples name and only a real server has, and what
// stands for it here.
func (s *stage) standIns() *strings.Replacer {
	return strings.NewReplacer(
		"https://vizora.example.com", s.env["VIZORA_URL"], "http://localhost:3000", s.env["VIZORA_URL"], "admin@example.com", s.env["VIZORA_EMAIL"],
		"01KAQ", s.env["OPERATION"], "K7MPQ2", s.env["CODE"], "--pause 2m", "--pause 1ms", "5c1f0a7e-0000-4000-8000-000000000000", s.env["SESSION"], "cmwsxtd03000x132fwmm92ac7", s.env["MADE"],
		"rediss://redis.example.com/", s.env["REDIS"],
	)
}
