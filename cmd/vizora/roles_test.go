package main

// This file is about one thing: who may do what is neither create, update nor
// delete, against the server (contract rest 3 to 17).

import (
	"slices"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// act is a command, who may run it, and what an admin does before. $N is another
// text each time.
type act struct {
	may   []string
	setup string
	line  string
}

func acts() []act {
	admin, write, all := []string{api.Admin}, []string{api.Admin, api.Manager}, []string{api.Admin, api.Manager, api.Viewer}
	return []act{
		{admin, "", `user invite $N@example.com --first-name A --last-name B --role viewer`},
		{admin, `user invite $N@example.com --first-name A --last-name B --role viewer`, `api PATCH /users/$ID --input first.json`},
		{admin, "", `org update --country AT`},
		{admin, "", `org flags rssWidget=false`},
		{admin, "", `org branding set --primary-color "#0055aa"`},
		{write, "", `fleet command reload --display "Lobby North" --yes`},
		{admin, "", `fleet command push_content --content "Opening Hours" --emergency --display "Lobby North" --yes`},
		{write, `display assign "Lobby North" --none`, `display assign "Lobby North" --playlist "Lobby Loop"`},
		{write, `display untag "Lobby North" promotion`, `display tag "Lobby North" promotion`},
		{admin, `display tag "Lobby North" promotion`, `display untag "Lobby North" promotion`},
		{admin, "", `display disable "Lobby South" --yes`},
		{admin, "", `display enable "Lobby South"`},
		{write, "", `display token "Lobby South" --yes`},
		{write, "", `display qr set "Lobby South" --url https://example.com/$N`},
		{write, `display qr set "Lobby South" --url https://example.com/$N`, `display qr clear "Lobby South"`},
		{write, "", `content archive "Latte Art"`},
		{write, "", `content restore "Latte Art"`},
		{write, "", `content expire "Latte Art" --at 2099-01-01`},
		{write, "", `content expire "Latte Art" --never`},
		{all, `content restore "Latte Art"`, `content flag "Latte Art"`},
		{write, `content flag "Summer Cold Brew"`, `content review "Summer Cold Brew" --approve`},
		{write, "", `content replace "Opening Hours" $WORK/$N.png`},
		{write, "", `content tag "Opening Hours" promotion`},
		{write, "", `content upload $WORK/$N.png --name $N`},
		{write, `playlist create $N`, `playlist duplicate $N`},
		{write, `playlist create $N`, `playlist item add $N "Opening Hours"`},
		{write, `group create $N`, `group add $N "Lobby North"`},
		{write, `folder create $N`, `folder move $N "Latte Art"`},
		{write, `schedule create $N --playlist "Lobby Loop" --display "Lobby North" --days mon --start 8:00 --end 9:00 --from 2026-12-01`, `schedule duplicate $N`},
		{admin, `alert-rule create $N --recipient email=ops@example.com`, `alert-rule recipient add $N email=dev@example.com`},
		{admin, `tag-rule create $N --tag indoor --playlist "Lobby Loop"`, `tag-rule re-evaluate $N`},
		{all, `notification create $N --message m`, `notification read $N`},
		{all, `notification create $N --message m`, `notification dismiss $N`},
		{admin, `api-key create $N`, `api-key delete $ID --yes`},
	}
}

func TestRolesOfActions(t *testing.T) {
	s := proofStage(t)
	s.file("first.json", `{"firstName":"C"}`)
	allowed, refused := 0, 0
	for i, a := range acts() {
		for _, role := range []string{api.Admin, api.Manager, api.Viewer} {
			s.env["N"] = "n" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + role
			s.file(s.env["N"]+".png", "\x89PNG\r\n\x1a\n"+s.env["N"])
			s.signIn(api.Admin)
			if a.setup != "" {
				if r := s.try(a.setup); r.exit != 0 && r.exit != cmdutil.ExitNotFound { // a tag to take off may be off already
					t.Fatalf("vizora %s: exit %d\n%s", s.expand(a.setup), r.exit, r.stderr)
				}
			}
			if strings.Contains(a.line, "$ID") {
				noun, _, _ := strings.Cut(a.setup, " ")
				s.env["ID"] = strings.Trim(s.must(noun+` list --sort createdAt:desc -o jq='.[0].id'`).stdout, "\"\n")
			}
			s.signIn(role)
			r := s.try(a.line)
			switch may := slices.Contains(a.may, role); {
			case may && r.exit != 0, !may && r.exit != cmdutil.ExitAuth:
				t.Errorf("%s: vizora %s: exit %d, allowed %v\n%s", role, s.expand(a.line), r.exit, may, r.stderr)
			case may:
				allowed++
			case !strings.Contains(r.stderr, "you are "+role) && !strings.HasPrefix(a.line, "api"): // api is raw, and viewers cannot even list keys
				t.Errorf("%s: vizora %s: says nothing of the role\n%s", role, s.expand(a.line), r.stderr)
			default:
				refused++
			}
		}
	}
	if allowed < 55 || refused < 40 {
		t.Errorf("only %d allowed, %d refused", allowed, refused)
	}
}
