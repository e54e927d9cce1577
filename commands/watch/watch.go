// Package watch is the command "watch": the platform's realtime events as they
// come, and what the platform does not tell, found by comparing its lists.
package watch

// This file is about one thing: the command, its flags and how it ends.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/relay"
	"github.com/vizora/vizora-cli/api/where"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type options struct {
	factory   *cmdutil.Factory
	events    []string
	display   string
	group     string
	count     int
	until     string
	poll      string
	failOnGap bool
	exec      string
	sync      bool
	bell      bool
	since     string
	resume    string
	binary    string
	publish   string
	keep      int
	from      string
	given     []string // names of the flags that were given

	every time.Duration // of --poll; below 0: off
	begin time.Time     // of --since; zero: none
	cond  *where.Cond   // of --until; nil: none
}

// eventNames are what can be asked for: the product's names, the platform's
// others, what only the lists show, and the stream's own records (contract
// realtime 4.1, 5).
func eventNames() []string {
	return []string{
		realtime.EventDeviceStatus, realtime.EventPlaylistUpdated, realtime.EventHealthAlert, realtime.EventScheduleExecuted,
		realtime.EventDisplayUpdated, realtime.EventContentUpdated, realtime.EventScheduleUpdated,
		realtime.EventNotification, realtime.EventScreenshot, "tenant:suspended", "tenant:resumed",
		realtime.EventConnect, realtime.EventDisconnect, realtime.EventGap, realtime.EventPolling,
	}
}

// New makes the watch command.
func New(f *cmdutil.Factory) *cobra.Command { return newWatch(f, nil) }

func newWatch(f *cmdutil.Factory, run func(context.Context, *options) error) *cobra.Command {
	o := &options{factory: f}
	if run == nil {
		run = runWatch
	}
	var cmd *cobra.Command
	cmd = &cobra.Command{
		Use: "watch [EVENT...]", Args: cobra.ArbitraryArgs,
		Short: "Stream realtime events",
		Long: `Streams the platform's realtime events, one record each, until --count, --until,
--timeout or Ctrl-C. What the platform does not push, such as changed playlists
and schedules that begin, is found by comparing its lists (--poll).

On a terminal a watch of everything is a live board: a line per display under a
header that says where the stream stands; alerts stay for 30 s. Names of events,
-o lines and every other format give the records as they come.

stderr says when the stream is live, when it is lost, and when it tries again; it
never gives up by itself unless the session is over. After a lost connection what
changed meanwhile is looked up, and a "gap" record tells what was found and
whether more may have been missed. 'vizora help events' explains the events,
where each comes from, and the exit codes.

A relay (--publish) prints nothing: its records go to a Redis stream, which any
number of watches read (--from) without a session: 'vizora help scaling'.`,
		Example: `  vizora watch
  vizora watch device:status-update --display "Lobby North" -o jsonl --until 'data.status == "online"' --timeout 10m
  vizora watch --publish rediss://redis.example.com/0/events
  vizora watch --from rediss://redis.example.com/0/events --group ci --exec ./handle.sh`,
		ValidArgsFunction: func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
			return slices.DeleteFunc(eventNames(), func(name string) bool { return slices.Contains(given, name) }), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: f.RunLocal(func(ctx context.Context, args []string) error {
			o.events = args
			cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
				if f.Changed {
					o.given = append(o.given, f.Name)
				}
			})
			return run(ctx, o)
		}),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.display, "display", "", "`NAME|ID` only events about this display")
	fs.StringVar(&o.group, "group", "", "`NAME|ID` only events about displays of this group")
	fs.IntVar(&o.count, "count", 0, "`N` end after this many records; 0 is never")
	fs.StringVar(&o.until, "until", "", "`EXPR` end after the first record for which it is true")
	fs.StringVar(&o.poll, "poll", cmdutil.DefaultPoll.String(), "`DURATION|off` between two comparisons of the lists")
	fs.BoolVar(&o.failOnGap, "fail-on-gap", false, "end with exit code 10 when events may have been missed")
	fs.StringVar(&o.exec, "exec", "", "`COMMAND` to run for each record, one at a time, with the record as JSON on stdin")
	fs.BoolVar(&o.sync, "sync", false, "deliver what waits in the journal whenever the stream is live again")
	fs.StringVar(&o.since, "since", "", "`DURATION|TIME` begin with what was recorded on this machine and the notifications stored since then")
	fs.StringVar(&o.resume, "resume", "", "`NAME` go on where the last watch of this name stopped")
	fs.StringVar(&o.binary, "binary", "", "`DIR` to store binary attachments in")
	fs.StringVar(&o.publish, "publish", "", "`ADDRESS` of a Redis stream to append every record to, as a relay: redis://HOST/DATABASE/STREAM")
	fs.IntVar(&o.keep, "publish-keep", relay.DefaultKeep, "`N` records the stream keeps at least")
	fs.StringVar(&o.from, "from", "", "`ADDRESS` of a Redis stream to read, in place of the platform; --group is then a group of readers")
	fs.BoolVar(&o.bell, "bell", false, "ring the terminal's bell on critical alerts")
	_ = cmd.RegisterFlagCompletionFunc("display", cmdutil.CompleteResource(f, &api.Displays.Schema))
	_ = cmd.RegisterFlagCompletionFunc("group", cmdutil.CompleteResource(f, &api.Groups.Schema))
	return cmd
}

// check refuses what makes no sense, before anything is sent.
func (o *options) check() (err error) {
	if o.count < 0 {
		return api.Invalid("--count", strconv.Itoa(o.count), "is below zero", "give 0 or more")
	}
	for _, name := range o.events {
		if slices.Contains(eventNames(), name) || slices.Contains(sentNames(), name) {
			continue
		}
		return api.NotOneOf("EVENT", name, "is not an event", eventNames())
	}
	if o.every, err = parsePoll(o.poll); err != nil {
		return err
	}
	if o.resume != "" {
		if err := checkName("--resume", o.resume); err != nil {
			return err
		}
	}
	if o.since != "" {
		if o.resume != "" {
			return cmdutil.Usage("--since and --resume do not go together").WithHint("--resume knows by itself how far the last watch came")
		}
		if o.begin, err = parseSince(o.since, o.factory.Now()); err != nil {
			return err
		}
	}
	if o.cond, err = o.condition(); err != nil {
		return err
	}
	return o.checkStream()
}

// condition compiles --until; nil without it.
func (o *options) condition() (*where.Cond, error) {
	if o.until == "" {
		return nil, nil
	}
	cond, err := where.Compile(o.until, eventFields())
	if err != nil {
		return nil, badCondition(err)
	}
	return cond, nil
}

// sentNames are names under which the platform sends what we name otherwise.
func sentNames() []string { return []string{"device:status", "device:status:batch"} }

// leastPoll keeps a typing mistake from spending the server's allowance.
const leastPoll = time.Second

func parsePoll(text string) (time.Duration, error) {
	if text == "off" {
		return -1, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, api.Invalid("--poll", text, "is not a duration", `give one such as 60s or 5m, or "off"`)
	}
	if d < leastPoll {
		return 0, api.Invalid("--poll", text, "is too short", `give at least 1s, or "off"`)
	}
	return d, nil
}

func badCondition(err error) error {
	bad, ok := errors.AsType[*where.Error](err)
	if !ok {
		return err
	}
	fix := `for example: data.status == "offline"`
	if len(bad.Names) > 0 {
		fix = "fields: " + strings.Join(bad.Names, ", ") + `; inside data write data.NAME`
	}
	return api.Invalid("--until", bad.Text, fmt.Sprintf("cannot be read: %v", err), fix)
}

// errEnough ends the stream cleanly.
var errEnough = errors.New("enough")

// end says how a stream that has ended counts. 0 is only what was waited for.
func (o *options) end(ctx context.Context, w *watcher, err error) error {
	switch {
	case errors.Is(err, errEnough):
		return nil
	case output.ClosedPipe(err):
		return err
	case err != nil && ctx.Err() == nil:
		return cmdutil.StreamError(err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && !w.live:
		return &api.Error{Kind: api.KindStream, Message: "the time limit passed while the stream was not live: " + w.trouble()}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &api.Error{Kind: api.KindTimeout, Message: o.unmet(w), Hint: "--timeout says how long to watch"}
	}
	return &api.Error{Kind: api.KindInterrupted, Message: "interrupted", Err: err}
}

// unmet says what did not come in time.
func (o *options) unmet(w *watcher) string {
	switch {
	case o.count > 0:
		return fmt.Sprintf("the time limit passed after %d of %d records", w.counted, o.count)
	case o.until != "":
		return "the time limit passed, and no record met the condition " + o.until
	}
	return "the time limit passed"
}

func view() output.View {
	return output.View{Kind: "Event", Plural: "events", IDField: "seq", NameField: "event", Fields: []string{"seq", "source", "name", "display"},
		Columns: []output.Column{
			{Name: "time", Header: "TIME", Max: 24}, {Name: "event", Header: "EVENT", Max: 22, Styles: map[string]output.Style{
				realtime.EventGap: output.Warning, realtime.EventDisconnect: output.Warning, realtime.EventConnect: output.Good, realtime.EventHealthAlert: output.Bad}},
			{Name: "subject", Header: "SUBJECT", Max: 36}, {Name: "what", Header: "WHAT", Max: 60},
		}}
}
