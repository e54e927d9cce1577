package demo

// This file is about one thing: showing and running the demo's commands.

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// lookup is the environment of the demo's commands: its own values, and of the
// real environment nothing that could reach a real server or real settings.
func (s *stage) lookup(name string) (string, bool) {
	if v, ok := s.env[name]; ok {
		return v, true
	}
	if strings.HasPrefix(name, "VIZORA_") || strings.HasPrefix(name, "XDG_") {
		return "", false
	}
	return s.factory.Env(name)
}

// newFactory makes a factory for one command of the demo.
func (s *stage) newFactory(io *output.IO) *cmdutil.Factory {
	return cmdutil.New(io, s.factory.Build, s.lookup)
}

// command shows a command line and runs it.
func (s *stage) command(ctx context.Context, args ...string) error {
	s.show(args)
	return s.exec(ctx, s.factory.IO, args)
}

func (s *stage) exec(ctx context.Context, io *output.IO, args []string) error {
	if code := s.run(ctx, s.newFactory(io), args); code != cmdutil.ExitOK {
		return api.Errorf(api.KindInternal, "the demo stopped: 'vizora %s' ended with exit code %d", quoted(args), code)
	}
	return nil
}

func (s *stage) show(args []string) {
	line := s.factory.IO.Paint(output.Dim, "$ ") + "vizora " + quoted(args)
	_, _ = fmt.Fprintln(s.factory.IO.Out(), line)
}

// quoted writes arguments as a shell would take them.
func quoted(args []string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if strings.ContainsAny(a, " &'\"$<>|;()") {
			out[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

// changeAll writes a CSV of changes and carries it out, playlist by playlist,
// while a watch runs beside it.
func (s *stage) changeAll(ctx context.Context) error {
	began := time.Now()
	rows, err := s.writeChanges(ctx)
	if err != nil {
		return err
	}
	events, err := s.watch(ctx, len(rows))
	if err != nil {
		return err
	}
	s.say("Change %d playlists from %s, while 'vizora watch' runs beside it:", len(rows), "changes.csv")
	for _, row := range rows {
		if err := s.command(ctx, "playlist", "edit", row.playlist, "--insert", row.content, "--first"); err != nil {
			return err
		}
	}
	s.note("playlists changed from the CSV", len(rows), began)
	return s.showEvents(events, began)
}

// row is one line of the CSV.
type row struct{ playlist, content string }

// writeChanges makes the CSV: each of the playlists gets something new in front.
func (s *stage) writeChanges(ctx context.Context) ([]row, error) {
	lists, err := s.names(ctx, "playlist", "list", "--limit", fmt.Sprint(playlists))
	if err != nil {
		return nil, err
	}
	news, err := s.names(ctx, "content", "list", "--type", "image")
	if err != nil {
		return nil, err
	}
	slices.Sort(lists)
	lists = slices.Compact(lists)
	if len(lists) < s.changes || len(news) == 0 {
		return nil, api.Errorf(api.KindInternal, "the demo's server has %d playlists and %d pictures, fewer than the demo needs", len(lists), len(news))
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"playlist", "insert"}) // a bytes.Buffer does not fail
	var rows []row
	for i, name := range lists[:s.changes] {
		r := row{name, news[i%len(news)]}
		rows = append(rows, r)
		_ = w.Write([]string{r.playlist, r.content})
	}
	w.Flush()
	if err := os.WriteFile(filepath.Join(s.dir, "changes.csv"), b.Bytes(), 0o600); err != nil {
		return nil, &api.Error{Kind: api.KindLocal, Message: "the demo's CSV cannot be written: " + err.Error(), Err: err}
	}
	return rows, nil
}

// names runs a list command quietly and returns its names.
func (s *stage) names(ctx context.Context, args ...string) ([]string, error) {
	io, _, out, errs := output.Test()
	if err := s.exec(ctx, io, append(args, "-o", "name")); err != nil {
		return nil, fmt.Errorf("%w: %s", err, errs)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n"), nil
}

// watched is a watch that runs beside the changes.
type watched struct {
	out  *bytes.Buffer
	done chan error
}

// talk keeps what a command says on stderr and notices when it is live.
type talk struct {
	text bytes.Buffer
	live chan struct{}
	once sync.Once
}

func (t *talk) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("live")) {
		t.once.Do(func() { close(t.live) })
	}
	return t.text.Write(p)
}

// watch starts "vizora watch" and returns once it is live, so that no change is
// made before it can see it. It ends by itself after one event per change.
func (s *stage) watch(ctx context.Context, count int) (*watched, error) {
	args := []string{"watch", "playlist:updated", "--count", fmt.Sprint(count), "--timeout", "20s"}
	s.say("Watch events in a second terminal:")
	s.show(args)
	errs := &talk{live: make(chan struct{})}
	w := &watched{out: &bytes.Buffer{}, done: make(chan error, 1)}
	io := output.New(strings.NewReader(""), w.out, errs)
	go func() {
		err := s.exec(ctx, io, args)
		if err != nil {
			err = fmt.Errorf("%w: %s", err, errs.text.String())
		}
		w.done <- err
	}()
	select {
	case <-errs.live:
		return w, nil
	case err := <-w.done:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// showEvents waits for the watch to end and shows the end of what it saw.
func (s *stage) showEvents(w *watched, began time.Time) error {
	if err := <-w.done; err != nil {
		return err
	}
	lines := strings.SplitAfter(strings.TrimRight(w.out.String(), "\n"), "\n")
	s.say("What the watch saw (the first and the last of %d events):", len(lines))
	shown := lines
	if len(lines) > 8 {
		shown = append(append(slices.Clone(lines[:4]), "...\n"), lines[len(lines)-3:]...)
	}
	_, err := fmt.Fprintln(s.factory.IO.Out(), strings.Join(shown, ""))
	s.note("events seen by the watch", len(lines), began)
	return err
}
