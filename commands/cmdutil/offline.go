package cmdutil

// This file is about one thing: being offline: reading from what was read
// before, and delivering what waits when there is a connection again.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

// Limits of what happens before the command's own work.
const (
	drainLimit = 10 * time.Second // of delivering what waits
	probeLimit = 2 * time.Second  // of finding out whether there is a connection
)

// newClient wraps the live client with the snapshots of the profile, server and
// organisation.
func (f *Factory) newClient() (*api.Client, error) {
	live, err := f.Live()
	if err != nil {
		return nil, err
	}
	c, err := f.Config()
	if err != nil {
		return nil, err
	}
	p, err := f.Profile()
	if err != nil {
		return nil, err
	}
	mode := api.SnapshotsIfNeeded
	switch f.Global.Offline {
	case string(journal.OfflineAlways):
		mode = api.SnapshotsOnly
	case string(journal.OfflineNever):
		mode = api.SnapshotsNever
	}
	organization := ""
	if creds, err := live.Tokens().Current(context.Background()); err == nil {
		if claims, ok := api.ParseClaims(creds.Access); ok {
			organization = claims.Organization
		}
	}
	if organization == "" { // nobody to keep anything for
		return live, nil
	}
	f.snapshots = f.openSnapshots(c, p, live.BaseURL(), organization)
	return live.WithSnapshots(f.snapshots, mode, f.sayStale), nil
}

// sayStale tells, once, that what is shown is old.
func (f *Factory) sayStale(at time.Time) {
	why := "no connection"
	if f.Global.Offline == string(journal.OfflineAlways) {
		why = "--offline=always"
	}
	f.IO.Warn("%s: showing what was read %s (%s)", why, output.HumanTime(at, f.Now()), at.UTC().Format(time.RFC3339))
}

// Close waits for what goes on beside the command.
func (f *Factory) Close() {
	if f.snapshots == nil {
		return // nothing was read or sent, and asking for the client would make one now
	}
	f.snapshots.Close()
	if c, err := f.Live(); err == nil {
		c.Close()
	}
}

// hasJournal reports whether there is a journal to look into, without opening
// anything: most commands of most users find none.
func (f *Factory) hasJournal() bool {
	if p, err := f.Profile(); err == nil && p.JournalStore != "" {
		return true // shared: only its server can tell
	}
	dir, err := f.journalDir()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, journal.FileName))
	return err == nil
}

// OpenJournal opens a profile's journal where the profile keeps it.
func OpenJournal(p *config.Profile, o journal.Options) (*journal.Journal, error) {
	o.Store, o.RequireDurable = p.JournalStore, o.RequireDurable || p.RequireDurable
	if o.Store != "" {
		var err error
		if o.TLS, err = p.TLS(); err != nil {
			return nil, err
		}
	}
	return journal.Open(o)
}

func (f *Factory) journalDir() (string, error) {
	c, err := f.Config()
	if err != nil {
		return "", err
	}
	p, err := f.Profile()
	if err != nil {
		return "", err
	}
	return filepath.Join(c.StateDir(p), "journal"), nil
}

// drain delivers what waits in the journal before the command's own work. It
// never fails the command: what could not be delivered still waits, and that is
// said.
func (f *Factory) drain(ctx context.Context) {
	if !f.Delivers() || !f.hasJournal() {
		return
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return // the command itself will say so
	}
	due, err := j.Due(ctx)
	if p, perr := f.Profile(); err != nil && perr == nil && p.JournalStore != "" && !journal.IsDamage(err) {
		return // its server is away: what shows or records changes will say so
	}
	if err != nil {
		f.IO.Warn("the journal cannot be read: %v", err)
		return
	}
	if !due {
		return
	}
	client, err := f.Client()
	if err != nil {
		return
	}
	if !client.Reachable(ctx, probeLimit) {
		client.SetOffline()
		f.sayBacklog(ctx, j)
		return
	}
	wait := f.IO.Wait("delivering pending changes")
	report, err := j.Sync(ctx, journal.SyncOptions{Timeout: f.drainTime(ctx), SkipJobs: true, NoWait: true, Each: func(*journal.Result) error { return nil }})
	wait.Stop()
	f.sayDrained(report, err)
}

// drainTime leaves the command itself half of the time that it has.
func (f *Factory) drainTime(ctx context.Context) time.Duration {
	if end, limited := ctx.Deadline(); limited {
		return min(drainLimit, time.Until(end)/2)
	}
	return drainLimit
}

func (f *Factory) sayBacklog(ctx context.Context, j *journal.Journal) {
	if waits, err := j.Backlog(ctx); err == nil {
		f.IO.Say("no connection; %s still waiting in the journal", changesAre(waits.Pending))
	}
}

func (f *Factory) sayDrained(r *journal.SyncReport, err error) {
	if err != nil {
		f.IO.Warn("pending changes were not delivered: %v", err)
		return
	}
	if r.Busy {
		f.IO.Notice("another process is delivering pending changes")
		return
	}
	if r.Applied > 0 {
		f.IO.Say("delivered %s first", output.Count(r.Applied, "pending change"))
	}
	if n := r.Conflict + r.Rejected + r.Unknown; n > 0 {
		f.IO.Warn("%d conflict, %d rejected, %d of unknown outcome: vizora journal list", r.Conflict, r.Rejected, r.Unknown)
	}
	if r.Left > r.Foreign && r.Waiting+r.Skipped > 0 {
		f.IO.Say("%s still waiting: vizora journal list", changesAre(r.Waiting+r.Skipped))
	}
}

// SyncPending delivers what waits in the journal; nil where there is none.
func (f *Factory) SyncPending(ctx context.Context, workers int) (*journal.SyncReport, error) {
	if !f.hasJournal() {
		return nil, nil
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return nil, err
	}
	return j.Sync(ctx, journal.SyncOptions{Workers: workers})
}

// SyncSummary is a sync's result in one line.
func SyncSummary(r *journal.SyncReport) string {
	text := fmt.Sprintf("%d applied, %d conflict, %d rejected, %d unknown; %d pending", r.Applied, r.Conflict, r.Rejected, r.Unknown, r.Left)
	if r.Foreign > 0 {
		text += fmt.Sprintf(" (%d of another server, organisation or user)", r.Foreign)
	}
	return text
}

// Delivers reports whether commands deliver what waits in the journal by the way.
func (f *Factory) Delivers() bool {
	return f.Global.Offline == string(journal.OfflineAuto) && f.autoSync()
}

func (f *Factory) autoSync() bool {
	p, err := f.Profile()
	return err == nil && !p.ManualSync
}

func changesAre(n int) string {
	if n == 1 {
		return "1 change is"
	}
	return strconv.Itoa(n) + " changes are"
}
