// Package commands is what people type: it wires one package per noun into the
// root command.
package commands

// This file is about one thing: the root command and how a run ends.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/alertrule"
	"github.com/vizora/vizora-cli/commands/analytics"
	"github.com/vizora/vizora-cli/commands/apicmd"
	"github.com/vizora/vizora-cli/commands/apikey"
	"github.com/vizora/vizora-cli/commands/auth"
	"github.com/vizora/vizora-cli/commands/bulk"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/content"
	"github.com/vizora/vizora-cli/commands/demo"
	"github.com/vizora/vizora-cli/commands/display"
	"github.com/vizora/vizora-cli/commands/doctor"
	"github.com/vizora/vizora-cli/commands/fleet"
	"github.com/vizora/vizora-cli/commands/folder"
	"github.com/vizora/vizora-cli/commands/group"
	"github.com/vizora/vizora-cli/commands/health"
	journalcmd "github.com/vizora/vizora-cli/commands/journal"
	"github.com/vizora/vizora-cli/commands/org"
	"github.com/vizora/vizora-cli/commands/playlist"
	"github.com/vizora/vizora-cli/commands/profile"
	"github.com/vizora/vizora-cli/commands/sandbox"
	"github.com/vizora/vizora-cli/commands/schedule"
	"github.com/vizora/vizora-cli/commands/template"
	"github.com/vizora/vizora-cli/commands/top"
	"github.com/vizora/vizora-cli/commands/user"
	"github.com/vizora/vizora-cli/commands/wait"
	"github.com/vizora/vizora-cli/commands/watch"
	"github.com/vizora/vizora-cli/output"
)

// OnlyTells reports whether a command line does no more than print what the
// program itself knows. Nothing of that is worth taking back, so it starts without
// signal handlers and their threads, which are a tenth of its time.
func OnlyTells(args []string) bool {
	return len(args) == 0 || len(args) == 1 && (wantsHelp(args[0]) || wantsVersion(args[0]))
}

func wantsHelp(arg string) bool    { return arg == "--help" || arg == "-h" }
func wantsVersion(arg string) bool { return arg == "--version" || arg == "-v" }

// Main runs the program on the real terminal and returns its exit code.
func Main(ctx context.Context, build cmdutil.Build, args []string) int {
	f := cmdutil.New(output.System(os.Getenv), build, os.LookupEnv)
	if ctx.Done() == nil { // nothing interrupts it
		return Execute(ctx, f, args)
	}
	done := make(chan int, 1)
	go func() { done <- Execute(ctx, f, args) }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	}
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case code := <-done:
			return code
		case <-look.C:
			if f.IO.Blocked(500 * time.Millisecond) { // nobody reads stdout, so nothing more can be said
				return cmdutil.ExitInterrupted
			}
		}
	}
}

// Execute runs one command line and returns its exit code.
func Execute(ctx context.Context, f *cmdutil.Factory, args []string) int {
	root := rootFor(f, args)
	root.SetArgs(args)
	root.SetIn(f.IO.In())
	root.SetOut(f.IO.Out())
	root.SetErr(f.IO.Err())
	err := root.ExecuteContext(ctx)
	f.Close()
	if ctx.Err() != nil && !settled(err) {
		err = &api.Error{Kind: api.KindInterrupted, Message: "interrupted", Err: err}
	}
	if lost := f.IO.Flush(); lost != nil && !errors.Is(err, lost) {
		err = errors.Join(err, lost)
	}
	return f.Report(err)
}

// settled reports whether a command that was interrupted has said all that
// matters: it was done, or it tells what became of a write.
func settled(err error) bool {
	return err == nil || errors.Is(err, cmdutil.ErrDone) || api.IsKind(err, api.KindUnknown) || api.IsKind(err, api.KindQueued) || api.IsKind(err, api.KindInterrupted)
}

// NewRoot makes the whole command tree. It reads nothing and sends nothing.
func NewRoot(f *cmdutil.Factory) *cobra.Command {
	return newRoot(f, nouns(), true)
}

// rootFor makes the tree that a command line needs: only the noun that is
// called, and for the help of them all no more than their names, because making
// the whole tree is a fifth of the time of a short command. Where it cannot be
// told, all are made.
func rootFor(f *cmdutil.Factory, args []string) *cobra.Command {
	if words, yes := completing(args); yes {
		if len(words) == 1 { // the names of the nouns
			words = nil
		}
		root := rootFor(f, words)
		completeRest(f, root)
		return root
	}
	switch {
	case len(args) == 0 || wantsHelp(args[0]):
		return newRoot(f, nouns(), false)
	case len(args) == 1 && wantsVersion(args[0]):
		return newRoot(f, nil, false)
	}
	for _, n := range nouns() {
		if slices.Contains(n.names, args[0]) {
			return newRoot(f, []noun{n}, true)
		}
	}
	return NewRoot(f)
}

// noun is a command of the first level.
type noun struct {
	names []string // the name, then its aliases
	short string
	build func(*cmdutil.Factory) *cobra.Command
}

// nouns is what 'vizora --help' lists: the nouns with verbs of their own, and
// the kinds whose commands come wholly from their description.
func nouns() []noun {
	all := ownNouns()
	for _, k := range api.Objects() {
		if !slices.ContainsFunc(all, func(n noun) bool { return n.names[0] == k.Noun }) {
			all = append(all, described(k))
		}
	}
	return all
}

// described is the noun of a kind that has nothing but its description.
func described(k *api.Kind[*api.Object]) noun {
	n := noun{[]string{k.Noun}, "Manage " + k.Plural + ": " + k.About, func(f *cmdutil.Factory) *cobra.Command { return cmdutil.Described(k).Command(f) }}
	if !strings.Contains(k.Plural, " ") {
		n.names = append(n.names, k.Plural)
	}
	return n
}

func ownNouns() []noun {
	return []noun{
		{[]string{"auth"}, "Sign in and out, and see who you are", auth.New},
		{[]string{"profile", "profiles"}, "Keep several servers and users apart", profile.New},
		{[]string{"display", "displays"}, "Manage displays: a screen with a player", display.New},
		{[]string{"playlist", "playlists"}, "Manage playlists: an ordered list of content", playlist.New},
		{[]string{"content", "contents"}, "Manage content: uploaded files, web pages, templates", content.New},
		{[]string{"schedule", "schedules"}, "Manage schedules: when a playlist plays on a display or a group", schedule.New},
		{[]string{"group", "groups"}, "Manage groups: displays that are scheduled together", group.New},
		{[]string{"folder", "folders"}, "Manage folders: a place for content, in a tree", folder.New},
		{[]string{"top", "dashboard"}, "Live dashboard of displays, playlists, content and more", top.New},
		{[]string{"user", "users"}, "Manage users: who can sign in to the organisation", user.New},
		{[]string{"api-key", "api-keys"}, "Manage api-keys: a key that reads the content list", apikey.New},
		{[]string{"alert-rule", "alert-rules"}, "Manage alert-rules: who is told when a display stays offline", alertrule.New},
		{[]string{"org", "organization"}, "Manage the organisation: name, branding, flags, storage", org.New},
		{[]string{"fleet"}, "Send commands to many displays, and end emergencies", fleet.New},
		{[]string{"template", "templates"}, "Manage templates: a ready-made page to copy and publish", template.New},
		{[]string{"analytics"}, "Look at what was shown, where and how often", analytics.New},
		{[]string{"api"}, "Send a request of your own, signed in", apicmd.New},
		{[]string{"watch"}, "Stream realtime events", watch.New},
		{[]string{"wait"}, "Wait until something is as you want it", wait.New},
		{[]string{"bulk"}, "Make thousands of changes as one job: resumable, reported, undoable", bulk.New},
		{[]string{"plan"}, "Show what it takes to make the server as YAML files declare it", bulk.NewPlan},
		{[]string{"apply"}, "Make the server as YAML files declare it", bulk.NewApply},
		{[]string{"export"}, "Write what exists as YAML files that plan and apply read", bulk.NewExport},
		{[]string{"health"}, "See whether the platform works, and what it complains of", health.New},
		{[]string{"journal"}, "Look at and settle pending operations", journalcmd.New},
		{[]string{"sync"}, "Deliver pending operations, or show what they would do", journalcmd.NewSync},
		{[]string{"status"}, "Show the connection and what is pending", journalcmd.NewStatus},
		{[]string{"doctor"}, "Check what stands between this machine and a working Vizora", doctor.New},
		{[]string{"sandbox"}, "Run a Vizora server in this process, to try and test against", sandbox.New},
		{[]string{"demo"}, "See the main job in ten seconds, with no server and no network", newDemo},
		{[]string{"schema"}, "Show the kinds, or the fields of one", newSchema},
		{[]string{"completion"}, "Print the script that makes TAB work in a shell", newCompletion},
		{[]string{"version"}, "Show which build this is", newVersion},
	}
}

// newDemo gives the demo the means to run what it shows.
func newDemo(f *cmdutil.Factory) *cobra.Command { return demo.New(f, Execute) }

// command makes a noun's command; whole ones do something.
func (n noun) command(f *cmdutil.Factory, whole bool) *cobra.Command {
	c := &cobra.Command{Use: n.names[0], RunE: func(*cobra.Command, []string) error { return nil }}
	if whole {
		c = n.build(f)
	}
	c.Aliases, c.Short = n.names[1:], n.short
	return c
}

func newRoot(f *cmdutil.Factory, list []noun, whole bool) *cobra.Command {
	var children []*cobra.Command
	for _, n := range list {
		children = append(children, n.command(f, whole))
	}
	root := cmdutil.Group("vizora", nil, "Administer Vizora digital signage from the command line",
		`vizora administers the Vizora digital-signage platform: displays, playlists and
content. Writes survive a lost connection, streams say when they are live, and
stdout carries nothing but data.

Start here:
  vizora demo                            the whole thing in ten seconds, offline
  vizora auth login --url https://HOST   sign in to your server
  vizora playlist list                   and look around`,
		children...,
	)
	root.SetHelpCommand(newHelp(f))
	root.SilenceErrors, root.SilenceUsage = true, true
	addVersionFlag(root, f.Build.Version)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { _ = help(f, cmd) }) // a failed write to stdout is kept and reported at the end
	root.SetUsageFunc(func(cmd *cobra.Command) error { return help(f, cmd) })
	root.CompletionOptions.DisableDefaultCmd = true // ours is among the nouns
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if err := globalsFromEnvironment(f, root.PersistentFlags()); err != nil {
			return err
		}
		return f.CheckGlobals()
	}
	addGlobals(root, f)
	return root
}

// addVersionFlag adds --version. It is ours because cobra's own words need a
// template, and text/template alone would make the binary a fifth larger.
func addVersionFlag(root *cobra.Command, version string) {
	show := root.Flags().BoolP("version", "v", false, "version for vizora")
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if !*show {
			return help(cmd, args)
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "vizora %s\n", version)
		return err
	}
}

func addGlobals(root *cobra.Command, f *cmdutil.Factory) {
	g, fs := &f.Global, root.PersistentFlags()
	fs.StringVar(&g.Profile, "profile", "", "`NAME` use this profile")
	fs.StringVar(&g.Config, "config", "", "`FILE` use this configuration file")
	fs.StringVarP(&g.Output, "output", "o", "", "`FORMAT` table, wide, json, jsonl, yaml, csv, name, template=..., jq=...")
	fs.StringSliceVar(&g.Columns, "columns", nil, "`NAMES` show these columns, separated by commas")
	fs.BoolVar(&g.NoHeaders, "no-headers", false, "no header line in table and csv")
	fs.BoolVar(&g.NoColor, "no-color", false, "no colour (also NO_COLOR)")
	fs.BoolVarP(&g.Quiet, "quiet", "q", false, "no messages but warnings and errors")
	fs.StringVar(&g.Confirm, "confirm", "", "`PROFILE` the name of a protected profile, in place of typing it before a write")
	fs.BoolVar(&g.Debug, "debug", false, "say on stderr what is sent and answered, requests and realtime frames, without secrets")
	fs.BoolVar(&g.Timings, "trace-timings", false, "say on stderr where the time of each request went")
	fs.DurationVar(&g.Timeout, "timeout", 0, "`DURATION` give up after this long, for example 30s; 0 is never")
	fs.IntVar(&g.Retries, "retries", -1, "`N` try again this often where that is safe (default 2)")
	fs.DurationVar(&g.MaxWait, "max-wait", 0, "`DURATION` end with exit 7 rather than wait longer for a rate limit (default 2m; bulk and apply wait)")
	fs.StringVar(&g.Offline, "offline", string(journal.OfflineAuto), "`MODE` without a connection: auto records changes, never fails, always only records")
	fs.BoolVar(&g.Durable, "require-durable", false, "refuse a journal on Redis of which a crash of the server could lose anything")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(output.FormatNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = root.RegisterFlagCompletionFunc("offline", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
}

// flagError turns pflag's errors into ours, with the nearest flag where one was
// mistyped. pflag types its errors, so nothing is read out of a message.
func flagError(cmd *cobra.Command, err error) error {
	e := cmdutil.Usage("%s: %v", cmd.CommandPath(), err)
	e.Err = err
	e.Hint = fmt.Sprintf("see '%s --help'", cmd.CommandPath())
	return withNearestFlag(cmd, e, err)
}
