package analytics

// This file is about one thing: "proof-of-play", what was shown when and where.

import (
	"bytes"
	"context"
	"io"
	"net/url"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func proofs() *api.Kind[*api.Object] {
	return &api.Kind[*api.Object]{Schema: api.Schema{
		Kind: "ProofOfPlay", Noun: "proof-of-play", Plural: "proofs of play", Path: path + "/proof-of-play", NameIn: "content",
		Filters: []api.Filter{
			{Param: "dateFrom", Flag: "from", Help: "from this day (2026-12-01)"}, {Param: "dateTo", Flag: "to", Help: "to this day"},
			{Param: "contentId", Flag: "content", Ref: "content", Help: "only this content"}, {Param: "displayId", Flag: "display", Ref: "display", Help: "only on this display"},
			{Param: "playlistId", Flag: "playlist", Ref: "playlist", Help: "only from this playlist"}, {Param: "displayTagId", Flag: "tag", Ref: "tag", Help: "only on displays that carry this tag"},
			{Param: "tz", Flag: "timezone", Help: "IANA zone in which the days count (default UTC)"},
		},
		Fields: []api.Field{
			{Name: "id", Type: api.TypeString, Help: "id", Column: api.Column{Header: "ID", Priority: 9, Wide: true}},
			{Name: "timestamp", Type: api.TypeTime, Help: "when", Column: api.Column{Header: "WHEN", Priority: 1}},
			{Name: "content", Read: "content.name", Type: api.TypeString, Help: "what was shown", Column: api.Column{Header: "CONTENT", Priority: 2, Width: 36}},
			{Name: "display", Read: "display.nickname", Type: api.TypeString, Help: "where", Column: api.Column{Header: "DISPLAY", Priority: 3, Width: 28}},
			{Name: "duration", Type: api.TypeInt, Unit: "seconds", Help: "how long", Column: api.Column{Header: "FOR", Priority: 4}},
			{Name: "completionPercentage", Type: api.TypeNumber, Help: "how much of it, in percent", Column: api.Column{Header: "COMPLETION", Priority: 5}},
			{Name: "contentId", Type: api.TypeString, Help: "id of what was shown"}, {Name: "displayId", Type: api.TypeString, Help: "id of the display"}, {Name: "playlistId", Type: api.TypeString, Help: "id of the playlist"},
		},
	}}
}

func newProofOfPlay(f *cmdutil.Factory) *cobra.Command {
	r := cmdutil.Described(proofs())
	asCSV := false
	r.MoreList = func(fs *pflag.FlagSet) func(context.Context, *cmdutil.Factory, []*api.Object) (bool, error) {
		fs.BoolVar(&asCSV, "csv", false, "the platform's own CSV: up to 100,000 rows in one piece")
		return nil
	}
	r.BeforeList = func(ctx context.Context, f *cmdutil.Factory, query url.Values) (bool, error) {
		if !asCSV {
			return false, nil
		}
		return true, printCSV(ctx, f, query)
	}
	cmd := cmdutil.ListOf(f, r, "proof-of-play", "List what was shown when and where, for 90 days",
		"  vizora analytics proof-of-play --display \"Lobby North\" --from 2026-11-01\n  vizora analytics proof-of-play --csv > plays.csv")
	cmd.Aliases = []string{"plays"}
	return cmd
}

// broken begins the last line of a CSV that the platform could not finish; the
// status says 200 all the same (contract rest 10).
const broken = "# ERROR:"

// tail passes everything on and keeps the end of it.
type tail struct {
	to  io.Writer
	end []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.end = append(t.end, p...)
	if len(t.end) > 4096 {
		t.end = bytes.Clone(t.end[len(t.end)-4096:])
	}
	return t.to.Write(p)
}

func printCSV(ctx context.Context, f *cmdutil.Factory, query url.Values) error {
	c, err := f.Client()
	if err != nil {
		return err
	}
	out := &tail{to: f.IO.Out()}
	if _, _, err := c.Fetch(ctx, path+"/proof-of-play.csv", query, out); err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSpace(out.end), []byte("\n"))
	if last := lines[len(lines)-1]; bytes.HasPrefix(last, []byte(broken)) {
		return api.Errorf(api.KindServer, "the platform broke the list off: %s", bytes.TrimSpace(last[len(broken):])).WithHint("what was printed is not whole; try a shorter time")
	}
	return nil
}
