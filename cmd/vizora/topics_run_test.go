package main

// This file is about one thing: the lines that the help topics show are run by a
// real shell, as they stand there. Those of 'help ci' run in recipes_test.go;
// those about Redis where there is a server.

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// block is lines of a topic that stand together, indented.
var block = regexp.MustCompile(`(?m)(?:^    .*\n)+`)

// remark is what stands behind a command in a topic.
var remark = regexp.MustCompile(`(?m)^(vizora .*?)\s{2,}\S.*$`)

func TestTopicsRun(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh")
	}
	files, err := filepath.Glob("../../commands/topics/*.md")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	ran := 0
	for _, file := range files {
		topic := strings.TrimSuffix(filepath.Base(file), ".md")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if topic == "ci" {
			continue
		}
		t.Run(topic, func(t *testing.T) {
			s, _ := newScene(t, "watch")
			sh := s.shellWith(t)
			for _, d := range []string{"media", "signage"} {
				if err := os.Mkdir(filepath.Join(s.dir, d), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			var shared *redistest.Server // once a topic has spoken of one
			s.file("media/soup.png", "png")
			s.file("signage/lobby.yaml", `kind: Playlist\nmetadata:\n  name: Lobby Loop\nspec:\n  items: [Opening Hours]\n`)
			for _, lines := range block.FindAllString(string(text), -1) {
				script := regexp.MustCompile(`(?m)^    `).ReplaceAllString(lines, "")
				switch {
				case strings.HasPrefix(script, "{"):
					continue // a record
				case strings.HasPrefix(script, "runner 1"), strings.HasPrefix(script, "Vizora ---"):
					continue // a drawing
				case strings.Contains(script, "rediss://USER"), strings.Contains(script, "127.0.0.1:6379"):
					shared = redistest.Start(t)
				case strings.HasPrefix(script, "apiVersion:"):
					s.file("signage/lobby.yaml", strings.Replace(script, "Summer Menu", "Today's Weather", 1)) // an item is content
					continue
				case strings.HasPrefix(script, "id,"):
					id := strings.TrimSpace(s.must(`playlist list -o jq=.[0].id`).stdout)
					s.file("changes.csv", strings.Replace(script, "cm3xhhcbl9lmvxpjxq9yigkh4", id, 1))
					continue
				}
				script = remark.ReplaceAllString(script, "$1")
				script = strings.NewReplacer("https://vizora.example.com", s.env["VIZORA_URL"], "VIZORA_TOKEN=...", "VIZORA_TOKEN="+s.env["TOKEN"], "/tmp/", s.dir+"/").Replace(script)
				if shared != nil {
					script = strings.NewReplacer("rediss://USER:PASSWORD@redis.example.com/0/signage", shared.URL("0/signage"), "redis://...", shared.URL("moved"), "redis://127.0.0.1:6379/0", shared.URL("0"), "redis://redis.example.com", "redis://"+shared.Host).Replace(script)
				}
				for _, piece := range pieces(script) {
					ran++
					s.piece(t, sh, piece)
				}
			}
		})
	}
	if ran < 15 {
		t.Errorf("only %d lines were run", ran)
	}
}

// pieces are a script's commands, each alone, but for one that spans lines.
func pieces(script string) []string {
	if strings.Contains(script, "case ") {
		return []string{script}
	}
	return strings.Split(strings.TrimSpace(script), "\n")
}

// shellWith returns the environment of a shell that knows vizora by name.
func (s *stage) shellWith(t *testing.T) []string {
	t.Helper()
	bin := filepath.Join(s.dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "vizora"), []byte("#!/bin/sh\nVIZORA_TEST_MAIN=1 exec '"+program+"' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.env["TOKEN"] = strings.TrimSpace(s.token(t))
	return append(s.environ(), "PATH="+bin+":"+os.Getenv("PATH"))
}

// token is the access token of the session that the scene has.
func (s *stage) token(t *testing.T) string {
	t.Helper()
	for text, what := range s.secrets {
		if what == "access token" {
			return text
		}
	}
	t.Fatal("nobody is signed in")
	return ""
}

// piece runs one command. What runs until it is stopped is stopped once it has
// spoken.
func (s *stage) piece(t *testing.T, env []string, piece string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "exec 2>&1; "+piece)
	cmd.Env, cmd.Dir = env, s.dir
	want := 0
	var out spoken
	cmd.Stdout = &out
	switch {
	case strings.HasPrefix(piece, "vizora sandbox"), strings.HasPrefix(piece, "vizora watch"):
		cmd.Args[2] = "exec 2>&1; exec " + piece
		word := "http://"
		if strings.HasPrefix(piece, "vizora watch") {
			word, want = "live", 130
			if strings.Contains(piece, "--from") { // the relay before it was stopped
				word = "no relay"
			}
		}
		go func() {
			for ctx.Err() == nil && !strings.Contains(out.String(), word) {
				time.Sleep(5 * time.Millisecond)
			}
			_ = cmd.Process.Signal(os.Interrupt)
		}()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if code := exitOf(t, cmd.Wait()); code != want {
			t.Errorf("%s: exit %d\n%s", piece, code, out.String())
		}
		return
	case strings.Contains(piece, "--exit-code"):
		want = 20
	case strings.HasPrefix(piece, "curl "):
		if _, err := exec.LookPath("curl"); err != nil {
			t.Logf("not run, for want of curl: %s", piece)
			return
		}
		cmd.Args[2] = "exec 2>&1; curl --fail --silent --show-error " + strings.TrimPrefix(piece, "curl ")
	}
	if code := exitOf(t, cmd.Run()); code != want {
		t.Errorf("%s: exit %d, want %d\n%s", piece, code, want, out.String())
	}
	if strings.Contains(piece, "no such display") && !strings.Contains(out.String(), "no such display") {
		t.Errorf("%s: says %s", piece, out.String())
	}
}
