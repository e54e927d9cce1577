package main

// This file is about one thing: a job whose record cannot be read: it is named by
// what meets it, it hides no other job, and it can be removed.

import (
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

func TestDamagedJobIsOneRow(t *testing.T) {
	server := redistest.Start(t)
	s := newStage(t)
	s.env["VIZORA_JOURNAL_STORE"] = server.URL("damaged")
	s.file("rows.csv", `name\nfirst\nsecond\n`)
	for _, name := range []string{"fine", "rotten"} {
		if r := run(t, s.environ(), s.dir, "", "bulk", "run", "rows.csv", "--kind", "playlist", "--verb", "create", "--job", name, "--async"); r.exit != 9 {
			t.Fatalf("exit %d: %s", r.exit, r.stderr)
		}
	}
	a, err := redis.Parse(server.URL("damaged"))
	if err != nil {
		t.Fatal(err)
	}
	c := redis.New(a, nil, 0)
	defer c.Close()
	if _, err := c.Do(t.Context(), "HSET", "vizora:{damaged}:jobs", "rotten", "\x01nonsense, and more of it"); err != nil {
		t.Fatal(err)
	}
	const remedy = "next: vizora bulk remove rotten"
	for _, step := range []struct {
		line string
		exit int
		out  string
		err  string
	}{
		{"bulk list --columns name,state", 1, "fine    open\nrotten  damaged\n", remedy},
		{`bulk list -o jq=.[]|.name+":"+.state`, 1, "fine:open\nrotten:damaged\n", `"next":["vizora bulk remove rotten"]`},
		{"bulk show rotten", 1, "", remedy},
		{"bulk resume rotten", 1, "", remedy},
		{"bulk resume fine -q", 0, "", ""},
		{"bulk remove rotten --yes", 0, "", "removed job rotten"},
		{"bulk list --columns name,state --no-headers", 0, "fine  done\n", ""},
		{"journal list --state pending -o name", 0, "", ""},
	} {
		r := run(t, s.environ(), s.dir, "", strings.Fields(step.line)...)
		out := r.stdout
		if !strings.Contains(out, step.out) || step.out == "" && out != "" || r.exit != step.exit || !strings.Contains(r.stderr, step.err) {
			t.Errorf("%s: exit %d\n%s%s", step.line, r.exit, out, r.stderr)
		}
	}
	if n := len(rowsNamed(t, s, "/playlists", "first")); n != 1 {
		t.Errorf("%d were made: only those of the job that is whole are to be", n)
	}
}
