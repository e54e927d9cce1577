// Package demo is the command "demo": the main job, run for real against a
// server of its own.
package demo

// This file is about one thing: the demo's course, step by step.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	server "github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// Runner runs one command line of this program with the given factory.
type Runner func(ctx context.Context, f *cmdutil.Factory, args []string) int

type options struct {
	factory *cmdutil.Factory
	run     Runner
	changes int
}

// The demo's sizes: a small chain of shops.
const (
	displays  = 12
	playlists = 40
	contents  = 60
	changes   = 25
	seed      = 2026
)

// New makes the demo command. run carries out each command that the demo shows.
func New(f *cmdutil.Factory, run Runner) *cobra.Command {
	o := &options{factory: f, run: run, changes: changes}
	return &cobra.Command{
		Use: "demo", Args: cmdutil.Args(), Short: "See the main job in ten seconds, with no server and no network",
		Long: `Starts a Vizora server in this process with 12 displays and 40 playlists, signs
in, finds playlists and content, changes 25 playlists from a CSV file, watches
it happen, and ends with a summary. Each command is shown before it is run, and
is the one you would type. Nothing is left behind.`,
		Example: "  vizora demo\n  vizora demo --no-color",
		RunE:    f.RunLocal(func(ctx context.Context, _ []string) error { return o.play(ctx) }),
	}
}

// stage is the demo while it runs.
type stage struct {
	*options
	dir   string
	world *server.World
	env   map[string]string
	began time.Time
	done  []step
}

// step is one line of the closing table.
type step struct {
	What  string  `json:"what"`
	Count int     `json:"count"`
	Took  float64 `json:"seconds"`
}

func (o *options) play(ctx context.Context) (err error) {
	s := &stage{options: o, began: time.Now()}
	if s.dir, err = os.MkdirTemp("", "vizora-demo-"); err != nil {
		return &api.Error{Kind: api.KindLocal, Message: "no temporary folder can be made: " + err.Error(), Err: err}
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.world.Close()) }()
	for _, scene := range []func(context.Context) error{s.signIn, s.lookAround, s.changeAll, s.finish} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open starts the server. Its event names are the product's, so that playlist
// changes are pushed and can be watched.
func (s *stage) open(ctx context.Context) error {
	began := time.Now()
	var err error
	s.world, err = server.StartWorld(ctx, server.WorldOptions{
		Options: server.Options{Displays: displays, Playlists: playlists, Contents: contents, Variety: true, Seed: seed, ObjectStorage: true},
		Events:  server.EventsProduct, Fleet: -1,
	})
	if err != nil {
		return &api.Error{Kind: api.KindLocal, Message: "the demo's server cannot start: " + err.Error(), Err: err}
	}
	login := s.world.Login()
	s.env = map[string]string{
		"VIZORA_URL": s.world.URL(), "VIZORA_REALTIME_URL": s.world.RealtimeURL(),
		"VIZORA_EMAIL": login.Email, "VIZORA_PASSWORD": login.Password, "VIZORA_TOKEN_STORE": "file",
		"XDG_CONFIG_HOME": filepath.Join(s.dir, "config"), "XDG_STATE_HOME": filepath.Join(s.dir, "state"), "XDG_CACHE_HOME": filepath.Join(s.dir, "cache"),
		"HOME": s.dir, "APPDATA": s.dir, "LOCALAPPDATA": s.dir,
	}
	s.say("A Vizora server with %d displays and %d playlists is running in this process: %s", displays, playlists, s.world.URL())
	s.note("server with 12 displays started", 1, began)
	return nil
}

func (s *stage) signIn(ctx context.Context) error {
	began := time.Now()
	s.say("Sign in. The password comes from the environment, never from a flag:")
	if err := s.command(ctx, "auth", "login"); err != nil {
		return err
	}
	s.note("signed in", 1, began)
	return nil
}

func (s *stage) lookAround(ctx context.Context) error {
	began := time.Now()
	if err := s.awaitDisplays(ctx); err != nil {
		return err
	}
	s.say("Find playlists, content and displays by name:")
	for _, args := range [][]string{
		{"playlist", "list", "--limit", "5"},
		{"content", "list", "--type", "image", "--limit", "5"},
		{"display", "list", "--limit", "5"},
	} {
		if err := s.command(ctx, args...); err != nil {
			return err
		}
	}
	s.note("lists read", 3, began)
	return nil
}

// awaitDisplays waits for the simulated displays to connect. They need moments;
// a machine on which they take longer gets a demo with some of them offline.
func (s *stage) awaitDisplays(ctx context.Context) error {
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		online, err := s.names(ctx, "display", "list", "--status", "online")
		if err != nil || len(online) == displays {
			return err
		}
	}
	return nil
}

// finish shows one changed playlist and the summary.
func (s *stage) finish(ctx context.Context) error {
	p, err := output.NewPrinter(s.factory.IO, output.PrintOptions{Format: output.Format{Name: "table"}})
	if err != nil {
		return err
	}
	s.say("Done in %s. The server and its data are gone; nothing was left on this machine.", output.HumanDuration(time.Since(s.began).Round(100*time.Millisecond)))
	records := make([]output.Record, len(s.done))
	for i, d := range s.done {
		records[i] = cmdutil.ObjectRecord{Kind: "DemoStep", Value: d, Cells: map[string]any{
			"what": d.What, "count": d.Count, "took": fmt.Sprintf("%.2f s", d.Took),
		}}
	}
	err = p.List(output.View{Kind: "DemoStep", Plural: "steps", IDField: "what", Columns: []output.Column{
		{Name: "what", Header: "STEP"}, {Name: "count", Header: "COUNT", Right: true}, {Name: "took", Header: "TOOK", Right: true},
	}}, records)
	s.say("Next: vizora sandbox in one terminal and your own commands in another, or vizora auth login --url https://YOUR-SERVER")
	return err
}

func (s *stage) note(what string, count int, began time.Time) {
	s.done = append(s.done, step{what, count, time.Since(began).Seconds()})
}

// say is a line of the demo's own: it goes to stdout with the rest of the show.
func (s *stage) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	_, _ = fmt.Fprintf(s.factory.IO.Out(), "\n%s\n", s.factory.IO.Paint(output.Bold, "# "+text)) // a failed write is kept and reported at the end
}
