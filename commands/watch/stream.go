package watch

// This file is about one thing: --from: a stream that relays publish to, in the
// place of the platform.

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/relay"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

const (
	// knownEvery is how often a reader takes in what the relay knows of displays
	// and their names.
	knownEvery = 30 * time.Second
	// placeEvery is how often the place of --resume is saved.
	placeEvery = time.Second
)

// stream is the source of a watch that reads.
type stream struct {
	o      *options
	reader relay.Reader
	cursor *cursor // nil without --resume
	named  bool    // names are shown

	known   time.Time // when names were last read
	saved   time.Time
	warned  bool
	foreign bool
}

// shares says whether this watch gets only some of the records.
func (o *options) shares() bool { return o.from != "" && o.group != "" }

// server is a client of the Redis server that --publish or --from names.
func (o *options) server() (*redis.Client, redis.Address, error) {
	flag, raw := "--from", o.from
	if o.publish != "" {
		flag, raw = "--publish", o.publish
	}
	raw, err := o.factory.RedisAddress(flag, raw)
	if err != nil {
		return nil, redis.Address{}, err
	}
	a, err := redis.Parse(raw)
	const fix = "give redis://[user:password@]host[:port][/database]/STREAM, or rediss:// for TLS"
	switch {
	case err != nil:
		return nil, a, api.Invalid(flag, redis.Shown(raw), "cannot be used: "+err.Error(), fix)
	case a.Name == "":
		return nil, a, api.Invalid(flag, redis.Shown(raw), "names no stream", fix)
	}
	profile, err := o.factory.Profile()
	if err != nil {
		return nil, a, err
	}
	tls, err := profile.TLS()
	return redis.New(a, tls, 0), a, err
}

func (o *options) openStream(ctx context.Context, w *watcher) (*stream, error) {
	server, a, err := o.server()
	if err != nil {
		return nil, err
	}
	format, err := o.factory.Format()
	if err != nil {
		return nil, err
	}
	s := &stream{o: o, named: !strings.HasPrefix(format.Name, "json")}
	s.reader = relay.Reader{Place: relay.Place{Server: server, Stream: a.Name}, Since: o.begin, Say: o.factory.IO.Say}
	if o.group != "" {
		s.reader.Group, s.reader.Member = o.group, who(o.factory.Now())
		if o.exec != "" { // what takes long is shared one by one
			s.reader.Batch = 1
		}
	}
	if o.display != "" {
		if w.display, err = s.resolve(ctx, o.display); err != nil {
			return nil, err
		}
	}
	if o.resume != "" {
		return s, s.openPlace(a)
	}
	return s, nil
}

// who names this process for others.
func who(now time.Time) string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "somewhere"
	}
	return fmt.Sprintf("%s.%d %s", host, os.Getpid(), journal.NewID(now))
}

func (s *stream) openPlace(a redis.Address) error {
	c, err := s.o.factory.Config()
	if err != nil {
		return err
	}
	profile, err := s.o.factory.Profile()
	if err != nil {
		return err
	}
	s.cursor, err = openCursor(filepath.Join(c.StateDir(profile), "watch"), s.o.resume, journal.Owner{Server: a.String()})
	if err == nil {
		s.reader.After, s.reader.Seq = s.cursor.found.Entry, s.cursor.found.Seq
	}
	return err
}

func (s *stream) follow(ctx context.Context, w *watcher) error {
	s.reader.State = func(st realtime.State) error {
		if st.State == realtime.Live {
			s.learn(ctx, w)
		}
		return w.item(st)
	}
	s.reader.Entry = func(e relay.Entry) (bool, error) { return s.entry(w, e) }
	s.reader.Missed = func(m relay.Missed) error { return w.record(s.gap(m)) }
	s.reader.Pause = func() error {
		if err := w.item(realtime.Pause{}); err != nil {
			return err
		}
		s.save(w, false)
		s.learn(ctx, w)
		return nil
	}
	err := s.reader.Run(ctx)
	if flushed := w.item(realtime.Pause{}); flushed != nil {
		w.broken = true
	}
	s.save(w, true)
	return streamError(err)
}

// entry passes a record on; what others have put into the stream is left out.
func (s *stream) entry(w *watcher, e relay.Entry) (handled bool, err error) {
	r, seq, err := decodeRecord(e.Record)
	if err != nil {
		if !s.foreign {
			s.foreign = true
			s.o.factory.IO.Warn("the stream holds what no relay has written (%s): %v", e.ID, err)
		}
		return true, nil
	}
	w.seq, w.raw = seq-1, e.Record
	err = w.record(r)
	w.raw = nil
	return !w.broken, err
}

// gap tells of what was trimmed away before it was read.
func (s *stream) gap(m relay.Missed) realtime.Record {
	gap := realtime.Gap{From: m.From, To: m.To, DownFor: max(m.To.Sub(m.From), time.Millisecond), Reason: reasonTrimmed, MayHaveMissed: true, At: time.Now(), Missed: int(m.Count)}
	return gap.Record()
}

// reasonTrimmed is of a gap: the stream was bounded before it was read.
const reasonTrimmed realtime.Reason = "trimmed"

// learn takes in what the relay knows, where names are shown.
func (s *stream) learn(ctx context.Context, w *watcher) {
	if !s.named || time.Since(s.known) < knownEvery {
		return
	}
	s.known = time.Now()
	if c, err := s.read(ctx); err == nil && len(c.Known) > 0 { // without it ids are shown
		_ = w.item(realtime.Snapshot{Resources: c.Known, At: c.At}) // a screen that fails says so with the next record
	}
}

func (s *stream) read(ctx context.Context) (c realtime.Cursor, err error) {
	raw, err := s.reader.Cursor(ctx)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &c)
	}
	return c, err
}

// resolve finds a display among those that the relay knows.
func (s *stream) resolve(ctx context.Context, arg string) (string, error) {
	if api.Displays.ID.Matches(arg) {
		return arg, nil
	}
	c, err := s.read(ctx)
	if err != nil {
		return "", localError("--display cannot be looked up", err)
	}
	var found []string
	for i := range c.Known {
		if r := &c.Known[i]; r.Kind == realtime.KindDisplay && (r.ID == arg || r.Name == arg) {
			found = append(found, r.ID)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", api.Invalid("--display", arg, "is no display that the relay knows", "give its id, or the name as 'vizora display list' shows it")
	}
	return "", api.Invalid("--display", arg, "is the name of several displays", "give one of their ids: "+strings.Join(found, ", "))
}

// save keeps the place of --resume. Trouble with it is told once.
func (s *stream) save(w *watcher, last bool) {
	if s.cursor == nil || s.reader.After == "" || w.broken || !last && time.Since(s.saved) < placeEvery {
		return
	}
	s.saved = time.Now()
	if err := s.cursor.save(s.reader.Seq, realtime.Cursor{}, s.reader.After); err != nil && !s.warned {
		s.warned = true
		s.o.factory.IO.Warn("--resume: how far this watch came cannot be kept: %v", err)
	}
}

func (s *stream) close() {
	if s.cursor != nil {
		s.cursor.close()
	}
	s.reader.Server.Close()
}

// streamError is a server's refusal as an error of the command's.
func streamError(err error) error {
	if _, refused := err.(*relay.Failure); refused { //nolint:errorlint // it is given as it is
		return (&api.Error{Kind: api.KindLocal, Message: err.Error(), Err: err}).WithHint("'vizora help scaling' tells what relays need")
	}
	return err
}

// checkStream refuses what does not go together with a relay's stream, by the
// names of the flags that were given.
func (o *options) checkStream() (err error) {
	var flag, goes string
	why := "a relay publishes everything; say what you want where it is read"
	switch {
	case o.publish != "":
		flag, goes = "--publish", " publish publish-keep poll "
		if len(o.events) > 0 {
			return together(flag, "EVENT", why)
		}
	case o.from != "":
		flag, goes = "--from", " from display group count until fail-on-gap exec since resume bell "
		why = "that is for the relay, which has the connection to the platform"
	case slices.Contains(o.given, "publish-keep"):
		return cmdutil.Usage("--publish-keep needs --publish")
	default:
		return nil
	}
	for _, name := range o.given {
		if !strings.Contains(goes, " "+name+" ") {
			return together(flag, "--"+name, why)
		}
	}
	switch {
	case o.keep < leastKeep:
		return api.Invalid("--publish-keep", strconv.Itoa(o.keep), "is too short", "give at least "+strconv.Itoa(leastKeep))
	case o.shares() && o.resume != "":
		return together("--group of readers", "--resume", "a group knows by itself how far it came")
	case o.shares():
		err = checkName("--group", o.group)
	}
	if err == nil {
		_, _, err = o.server()
	}
	return err
}

func together(flag, other, why string) error {
	return cmdutil.Usage("%s and %s do not go together", flag, other).WithHint("%s", why)
}

// leastKeep leaves a reader that is away for a moment something to read.
const leastKeep = 1000
