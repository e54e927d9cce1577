package display

// This file is about one thing: "screenshot", what a display shows.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// Pauses between two looks for the picture: a route takes a hundred requests a
// minute from everybody at one address (contract rest 1.8).
const (
	firstLook = 250 * time.Millisecond
	lastLook  = 2 * time.Second
)

type screenshotOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	out     string
	wait    time.Duration
	noWait  bool
	last    bool
}

func newScreenshot(f *cmdutil.Factory, run func(context.Context, *screenshotOptions) error) *cobra.Command {
	o := &screenshotOptions{factory: f}
	if run == nil {
		run = runScreenshot
	}
	cmd := &cobra.Command{
		Use: "screenshot NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "Take a picture of what a display shows",
		Long: `Asks a display's player for a picture of what it shows, waits for it, and prints
its address, or saves it with --out. --last shows the latest picture there is
without asking for a new one.`,
		Example:           "  vizora display screenshot \"Lobby North\" --out lobby.png\n  vizora display screenshot \"Lobby North\" --last -o jq=.url",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.out, "out", "", "`FILE` save the picture there; - is stdout")
	fs.DurationVar(&o.wait, "wait", 30*time.Second, "`DURATION` how long to wait for the picture")
	fs.BoolVar(&o.noWait, "no-wait", false, "ask for the picture and return at once")
	fs.BoolVar(&o.last, "last", false, "show the latest picture, ask for none")
	o.write.AddDryRun(fs)
	return cmd
}

func (o *screenshotOptions) check() error {
	switch {
	case o.noWait && (o.last || o.out != ""):
		return cmdutil.Usage("--no-wait has no picture to show or save").WithHint("leave out --no-wait, or --last and --out")
	case o.last && o.write.DryRun:
		return cmdutil.Usage("--last sends nothing, so there is nothing for --dry-run to show")
	case o.wait <= 0:
		return api.Invalid("--wait", o.wait.String(), "is not a time to wait", "for example 30s, or --no-wait")
	case o.out == "-" && o.factory.IO.StdoutTTY():
		return cmdutil.Usage("a picture is not written to a terminal").WithHint("redirect stdout, or name a file with --out FILE")
	}
	return nil
}

// picture is the latest screenshot of a display.
type picture struct {
	URL        string    `json:"url"`
	CapturedAt time.Time `json:"capturedAt"`
	Width      int       `json:"width,omitempty"` // pixels; 0 is not known
	Height     int       `json:"height,omitempty"`
}

// differs tells a new picture from the one before. Its time may be missing
// (contract realtime 4.1); the address is then what is left to compare.
func (p *picture) differs(before *picture) bool {
	switch {
	case p == nil:
		return false
	case before == nil:
		return true
	case p.CapturedAt.IsZero():
		return p.URL != before.URL
	}
	return !p.CapturedAt.Equal(before.CapturedAt)
}

// lastPicture reads the latest screenshot; nil when there is none.
func lastPicture(ctx context.Context, c *api.Client, d *api.Display) (*picture, error) {
	var p *picture
	if err := cmdutil.Get(ctx, c, api.Displays.ItemPath(d.ID)+"/screenshot", &p); err != nil {
		return nil, err
	}
	if p != nil && p.URL == "" {
		return nil, nil
	}
	return p, nil
}

func runScreenshot(ctx context.Context, o *screenshotOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	found, err := cmdutil.Resolve(ctx, o.factory, api.Displays, o.arg)
	if err != nil {
		return err
	}
	d := found.Value
	before, err := lastPicture(ctx, c, d)
	if err != nil {
		return err
	}
	if o.last {
		if before == nil {
			return api.Errorf(api.KindNotFound, "there is no picture of display %s yet", label(d)).WithHint("take one: vizora display screenshot %s", d.ID)
		}
		return o.deliver(ctx, c, d, before)
	}
	ok, err := o.request(ctx, d)
	if err != nil || !ok {
		return err
	}
	if o.noWait {
		return o.factory.PrintResult(fmt.Sprintf("asked display %s for a picture; 'vizora display screenshot %s --last' shows it when it is there", label(d), d.ID), requestView(),
			cmdutil.ObjectRecord{Kind: "ScreenshotRequest", Value: map[string]string{"displayId": d.ID, "status": "pending"}, Cells: map[string]any{"displayId": d.ID, "status": "pending"}})
	}
	after, err := o.await(ctx, c, d, before)
	if err != nil {
		return err
	}
	return o.deliver(ctx, c, d, after)
}

func requestView() output.View {
	return output.View{Kind: "ScreenshotRequest", NameField: "displayId", IDField: "displayId",
		Columns: []output.Column{{Name: "displayId", Header: "DISPLAY-ID"}, {Name: "status", Header: "STATUS"}}}
}

// request asks for a picture; false on a dry run.
func (o *screenshotOptions) request(ctx context.Context, d *api.Display) (bool, error) {
	op := action(journal.Once, d, "screenshot", fmt.Sprintf("take a picture of display %q", d.Name()),
		api.Request{Method: http.MethodPost, Path: api.Displays.ItemPath(d.ID) + "/screenshot"})
	op.OnlineOnly = true
	result, err := o.write.Submit(ctx, o.factory, op)
	if e := answered(err, http.StatusConflict); e != nil {
		return false, refused(e, "display %s is not online (%s), and only an online one can take a picture of itself", label(d), d.Status).
			WithHint("'vizora display screenshot %s --last' shows the latest picture there is", d.ID)
	}
	if e := undelivered(err); e != nil {
		return false, refused(e, "display %s was not reached: %s", label(d), e.Message).
			WithHint("it counts as online, but its player is not connected; wait two minutes for its status to catch up")
	}
	return err == nil && result != nil, err
}

// await polls until a picture with another time is there: the request's own id
// cannot be asked about (contract rest 4).
func (o *screenshotOptions) await(ctx context.Context, c *api.Client, d *api.Display, before *picture) (*picture, error) {
	spinner := o.factory.IO.Wait(fmt.Sprintf("waiting for the picture of %s", d.Name()))
	defer spinner.Stop()
	waiting, cancel := context.WithTimeout(ctx, o.wait)
	defer cancel()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		select {
		case <-waiting.Done():
			return nil, o.tooLate(ctx, d)
		case <-time.After(pause):
		}
		now, err := lastPicture(waiting, c, d)
		switch {
		case waiting.Err() != nil:
			return nil, o.tooLate(ctx, d)
		case err != nil:
			return nil, err
		case now.differs(before):
			return now, nil
		}
	}
}

// tooLate is the error when the picture did not come, or the user gave up.
func (o *screenshotOptions) tooLate(ctx context.Context, d *api.Display) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e := api.Errorf(api.KindTimeout, "display %s did not send its picture within %s", label(d), output.HumanDuration(o.wait)).
		WithHint("it may still come; wait longer with --wait, or look later with --last")
	e.Next = []string{"vizora display screenshot " + d.ID + " --last"}
	return e
}

// deliver saves the picture or prints where it is.
func (o *screenshotOptions) deliver(ctx context.Context, c *api.Client, d *api.Display, p *picture) error {
	if o.out == "-" {
		_, _, err := c.FetchURL(ctx, p.URL, o.factory.IO.Out())
		return err
	}
	if o.out != "" {
		n, err := save(ctx, c, p.URL, o.out)
		if err != nil {
			return err
		}
		o.factory.IO.Say("saved the picture of display %s, taken %s, to %s (%s)", label(d), p.CapturedAt.UTC().Format(time.RFC3339), o.out, output.HumanBytes(n))
		if table, err := o.factory.InTable(); err != nil || table {
			return err
		}
	}
	printer, err := o.factory.Printer()
	if err != nil {
		return err
	}
	return printer.One(pictureView(), o.record(d, p))
}

func pictureView() output.View {
	return output.View{Kind: "Screenshot", NameField: "url", IDField: "displayId", Columns: []output.Column{
		{Name: "display", Header: "DISPLAY", Priority: 1}, {Name: "displayId", Header: "DISPLAY-ID"},
		{Name: "capturedAt", Header: "TAKEN", Priority: 1}, {Name: "size", Header: "SIZE", Priority: 2}, {Name: "url", Header: "URL"},
	}}
}

func (o *screenshotOptions) record(d *api.Display, p *picture) output.Record {
	size := ""
	if p.Width > 0 && p.Height > 0 {
		size = fmt.Sprintf("%dx%d", p.Width, p.Height)
	}
	return cmdutil.ObjectRecord{Kind: "Screenshot",
		Value: struct {
			DisplayID string `json:"displayId"`
			Display   string `json:"display"`
			*picture
			File string `json:"file,omitempty"`
		}{d.ID, d.Name(), p, o.out},
		Cells: map[string]any{"display": d.Name(), "displayId": d.ID, "capturedAt": p.CapturedAt, "size": size, "url": p.URL},
	}
}

// save fetches the picture beside its place and moves it there when it is
// whole, so that an interrupted run leaves no half a file.
func save(ctx context.Context, c *api.Client, address, file string) (n int64, err error) {
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part-*")
	if err != nil {
		return 0, localError(file, err)
	}
	defer func() {
		if err != nil {
			_ = part.Close()
			_ = os.Remove(part.Name())
		}
	}()
	if _, n, err = c.FetchURL(ctx, address, io.Writer(part)); err != nil {
		return 0, err
	}
	if err = errors.Join(part.Chmod(0o644), part.Close()); err == nil {
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		return 0, localError(file, err)
	}
	return n, nil
}

func localError(file string, err error) error {
	return &api.Error{Kind: api.KindLocal, Message: fmt.Sprintf("cannot write %s: %v", file, err), Err: err}
}
