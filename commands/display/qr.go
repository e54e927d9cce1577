package display

// This file is about one thing: "qr", the QR code that a display lays over its
// content.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// overlayKey is where a display's metadata holds its overlay.
const overlayKey = "qrOverlay"

// storedForZero is what the platform makes of a margin of 0 (contract rest 4).
const storedForZero = 16

// overlay is a QR overlay, with the names and units of the platform.
type overlay struct {
	Enabled    bool    `json:"enabled"`
	URL        string  `json:"url"`
	Position   string  `json:"position"`
	Size       float64 `json:"size"`    // pixels, 60 to 300
	Opacity    float64 `json:"opacity"` // 0 to 1
	Margin     float64 `json:"margin"`  // pixels, 0 to 100
	Background string  `json:"backgroundColor"`
	Label      string  `json:"label,omitempty"`
}

func positions() []string { return []string{"top-left", "top-right", "bottom-left", "bottom-right"} }

// newOverlay holds the platform's defaults; enabled and position have none
// there, and get the usual ones.
func newOverlay() overlay {
	return overlay{Enabled: true, Position: "bottom-right", Size: 120, Opacity: 1, Margin: storedForZero, Background: "#ffffff"}
}

// overlayOf returns the overlay in a display's metadata as it is there; nil
// when there is none.
func overlayOf(metadata json.RawMessage) json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(metadata, &m) != nil || len(m[overlayKey]) == 0 || string(m[overlayKey]) == "null" {
		return nil
	}
	return m[overlayKey]
}

func newQR(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("qr", nil, "Show, set and clear the QR code over a display's content",
		`The QR code is laid over whatever a display plays. The platform does not tell a
player of a change; it takes it up when it next connects or reports.`,
		newQRGet(f, nil), newQRSet(f, nil), newQRClear(f, nil))
}

type qrOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	given   func(flag string) bool
	want    overlay
}

func newQRGet(f *cmdutil.Factory, run func(context.Context, *qrOptions) error) *cobra.Command {
	o := &qrOptions{factory: f}
	if run == nil {
		run = runQRGet
	}
	return &cobra.Command{
		Use: "get NAME|ID", Aliases: []string{"show"}, Args: cmdutil.Args("NAME|ID"),
		Short:             "Show a display's QR code",
		Example:           "  vizora display qr get \"Lobby North\"\n  vizora display qr get \"Lobby North\" -o jq=.url",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
}

func newQRSet(f *cmdutil.Factory, run func(context.Context, *qrOptions) error) *cobra.Command {
	o := &qrOptions{factory: f}
	if run == nil {
		run = runQRSet
	}
	cmd := &cobra.Command{
		Use: "set NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "Put a QR code over a display's content, or change it",
		Long: `Puts a QR code over a display's content. What is not given stays as it is; a new
code needs --url and is enabled, at the bottom right.

The platform stores a margin of 0 as 16; the smallest it keeps is 1.`,
		Example:           "  vizora display qr set \"Lobby North\" --url https://example.com/menu --label \"Our menu\"\n  vizora display qr set \"Lobby North\" --enabled=false",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
	}
	cmd.RunE = f.Run(func(ctx context.Context, args []string) error {
		o.arg, o.given = args[0], cmd.Flags().Changed
		return run(ctx, o)
	})
	fs := cmd.Flags()
	fs.StringVar(&o.want.URL, "url", "", "`URL` what the code says")
	fs.StringVar(&o.want.Position, "position", "", "`CORNER` "+strings.Join(positions(), ", "))
	fs.Float64Var(&o.want.Size, "size", 0, "`PIXELS` from 60 to 300")
	fs.Float64Var(&o.want.Opacity, "opacity", 0, "`N` from 0 (invisible) to 1")
	fs.Float64Var(&o.want.Margin, "margin", 0, "`PIXELS` from 1 to 100; 0 is stored as 16")
	fs.StringVar(&o.want.Background, "background", "", "`COLOR` for example #ffffff")
	fs.StringVar(&o.want.Label, "label", "", "`TEXT` under the code; \"\" is none")
	fs.BoolVar(&o.want.Enabled, "enabled", true, "whether it is shown")
	_ = cmd.RegisterFlagCompletionFunc("position", cobra.FixedCompletions(positions(), cobra.ShellCompDirectiveNoFileComp))
	o.write.AddWrite(fs)
	return cmd
}

func newQRClear(f *cmdutil.Factory, run func(context.Context, *qrOptions) error) *cobra.Command {
	o := &qrOptions{factory: f}
	if run == nil {
		run = runQRClear
	}
	cmd := &cobra.Command{
		Use: "clear NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short:             "Take the QR code off a display",
		Example:           "  vizora display qr clear \"Lobby North\"\n  vizora display qr clear \"Lobby North\" --dry-run",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.write.AddWrite(cmd.Flags())
	return cmd
}

// open finds the display and its overlay; nil when it has none.
func (o *qrOptions) open(ctx context.Context) (*api.Display, *overlay, error) {
	found, err := cmdutil.Resolve(ctx, o.factory, api.Displays, o.arg)
	if err != nil {
		return nil, nil, err
	}
	raw := overlayOf(found.Value.Metadata)
	if raw == nil {
		return found.Value, nil, nil
	}
	now := newOverlay()
	if err := json.Unmarshal(raw, &now); err != nil {
		return nil, nil, &api.Error{Kind: api.KindProtocol, Message: fmt.Sprintf("the QR overlay of display %s has an unexpected shape", label(found.Value)), Err: err}
	}
	return found.Value, &now, nil
}

func runQRGet(ctx context.Context, o *qrOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := p.Check(overlayView()); err != nil {
		return err
	}
	d, now, err := o.open(ctx)
	if err != nil {
		return err
	}
	if now == nil {
		return api.Errorf(api.KindNotFound, "display %s has no QR code", label(d)).WithHint("vizora display qr set %s --url URL puts one on it", d.ID)
	}
	return p.One(overlayView(), overlayRecord(d, now))
}

func overlayView() output.View {
	return output.View{Kind: "QROverlay", NameField: "display", IDField: "displayId",
		Fields: []string{"display", "displayId", "enabled", "url", "position", "size", "opacity", "margin", "backgroundColor", "label"},
		Columns: []output.Column{
			{Name: "displayId", Header: "DISPLAY-ID"}, {Name: "enabled", Header: "ENABLED", Priority: 1}, {Name: "url", Header: "URL", Priority: 1},
			{Name: "position", Header: "POSITION", Priority: 2}, {Name: "size", Header: "SIZE", Right: true, Priority: 3},
		}}
}

func overlayRecord(d *api.Display, v *overlay) output.Record {
	return cmdutil.ObjectRecord{Kind: "QROverlay",
		Value: struct {
			DisplayID string `json:"displayId"`
			Display   string `json:"display"`
			*overlay
		}{d.ID, d.Name(), v},
		Cells: map[string]any{
			"display": d.Name(), "displayId": d.ID, "enabled": v.Enabled, "url": v.URL, "position": v.Position, "size": v.Size,
			"opacity": v.Opacity, "margin": v.Margin, "backgroundColor": v.Background, "label": v.Label,
		}}
}

// overlayFlags are the flags that set something, in the order of messages.
func overlayFlags() []string {
	return []string{"url", "position", "size", "opacity", "margin", "background", "label", "enabled"}
}

// check refuses what the server would, which hides its reasons in production
// (contract rest 1.3).
func (o *qrOptions) check() error {
	if !slices.ContainsFunc(overlayFlags(), o.given) {
		return cmdutil.Usage("nothing to change").WithHint("give at least one of --%s", strings.Join(overlayFlags(), " --"))
	}
	if o.given("url") {
		if err := checkURL(o.want.URL); err != nil {
			return err
		}
	}
	if o.given("position") {
		f := api.Field{Name: "position", Flag: "position", Type: api.TypeEnum, Enum: positions()}
		if _, err := f.Parse(o.want.Position); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		flag             string
		value, low, high float64
	}{{"size", o.want.Size, 60, 300}, {"opacity", o.want.Opacity, 0, 1}, {"margin", o.want.Margin, 0, 100}} {
		if o.given(n.flag) && !(n.value >= n.low && n.value <= n.high) { // also refuses NaN
			return api.Invalid("--"+n.flag, fmt.Sprint(n.value), "is out of range", fmt.Sprintf("give a number from %v to %v", n.low, n.high))
		}
	}
	return nil
}

// checkURL refuses an address that nobody could open, or that the server would
// store as another one (contract rest 1.7).
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || (u.Host == "" && u.Opaque == "") {
		return api.Invalid("--url", s, "is not a whole address", "for example https://example.com/menu")
	}
	if name := api.CorruptedParameter(s); name != "" {
		return api.Invalid("--url", s, fmt.Sprintf("would be corrupted by the server, which takes \"&%s\" for a symbol", name), "rename the parameter, or put it first behind the \"?\"")
	}
	return nil
}

// merge lays the given flags over what the display has.
func (o *qrOptions) merge(now *overlay) overlay {
	v := newOverlay()
	if now != nil {
		v = *now
	}
	for flag, set := range map[string]func(){
		"url": func() { v.URL = o.want.URL }, "position": func() { v.Position = o.want.Position }, "size": func() { v.Size = o.want.Size },
		"opacity": func() { v.Opacity = o.want.Opacity }, "margin": func() { v.Margin = o.want.Margin }, "label": func() { v.Label = o.want.Label },
		"background": func() { v.Background = o.want.Background }, "enabled": func() { v.Enabled = o.want.Enabled },
	} {
		if o.given(flag) {
			set()
		}
	}
	return v
}

// runQRSet reads the overlay first: the route replaces it whole and demands
// three of its fields (contract rest 4).
func runQRSet(ctx context.Context, o *qrOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	f := o.factory
	d, now, err := o.open(ctx)
	if err != nil {
		return err
	}
	want := o.merge(now)
	if want.URL == "" {
		return cmdutil.Usage("--url is missing: display %s has no QR code yet", label(d))
	}
	if want.Margin == 0 {
		f.IO.Warn("the platform stores a margin of 0 as %d; the smallest it keeps is 1", storedForZero)
	}
	req, err := api.NewRequest(http.MethodPatch, overlayPath(d), want)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, f, action(journal.Absolute, d, "qr set", fmt.Sprintf("set the QR code of display %q to %s", d.Name(), want.URL), req))
	if err != nil || result == nil {
		return err
	}
	stored := want
	if err := json.Unmarshal(result.Data, &stored); err != nil {
		return &api.Error{Kind: api.KindProtocol, Message: "the QR code was set, but the server's answer has an unexpected shape", Err: err}
	}
	warnStored(f, want.URL, stored.URL)
	return f.PrintResult(fmt.Sprintf("set the QR code of display %s to %s", label(d), stored.URL), overlayView(), overlayRecord(d, &stored))
}

// warnStored says when the code will not say what was asked for: devices get an
// address in the form in which it is stored (contract rest 1.7).
func warnStored(f *cmdutil.Factory, want, have string) {
	stored, _ := api.Stored(want)
	switch {
	case have != want:
		f.IO.Warn("the server stored %q instead of %q", have, want)
	case stored != want:
		f.IO.Warn("the server stored %q, which is what players get; scan the code and see whether it opens", stored)
	}
}

func overlayPath(d *api.Display) string { return api.Displays.ItemPath(d.ID) + "/qr-overlay" }

func runQRClear(ctx context.Context, o *qrOptions) error {
	f := o.factory
	d, now, err := o.open(ctx)
	if err != nil {
		return err
	}
	if now == nil {
		f.IO.Say("display %s has no QR code; nothing was sent", label(d))
		return nil
	}
	result, err := o.write.Submit(ctx, f, action(journal.Absolute, d, "qr clear", fmt.Sprintf("take the QR code off display %q", d.Name()),
		api.Request{Method: http.MethodDelete, Path: overlayPath(d)}))
	if err != nil || result == nil {
		return err
	}
	f.IO.Say("took the QR code off display %s", label(d))
	return nil
}
