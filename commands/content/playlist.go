package content

// This file is about one thing: putting uploaded content at the end of a
// playlist.

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// playlist is where uploaded content goes.
type playlist struct {
	factory *cmdutil.Factory
	write   *cmdutil.WriteFlags
	found   *cmdutil.Found[*api.Playlist]
	read    time.Time
}

// addition is content that goes into a playlist.
type addition struct {
	api.ItemRef
	seconds *int // the content's own duration
}

// append adds what the playlist does not hold yet, in one request.
func (p *playlist) append(ctx context.Context, all []addition) error {
	before := p.found.Value.Items
	var news []addition
	for i, a := range all {
		held := slices.ContainsFunc(before, func(item api.PlaylistItem) bool { return item.ContentID == a.ContentID })
		twice := slices.ContainsFunc(all[:i], func(b addition) bool { return b.ContentID == a.ContentID })
		if !held && !twice {
			news = append(news, a)
		}
	}
	if len(news) == 0 {
		p.factory.IO.Say("playlist %q already holds it; nothing was sent", p.found.Name)
		return nil
	}
	if api.RepeatedContent(before) != "" {
		return p.appendEach(ctx, news)
	}
	edits := make([]api.ItemEdit, len(news))
	for i := range news {
		edits[i] = api.ItemEdit{Op: api.ItemInsert, Content: &news[i].ItemRef}
	}
	op := journal.Operation{
		Effect: journal.Items, Kind: api.Playlists.Kind, Verb: "add to", Target: p.found.ID, Label: p.found.Name,
		Summary: fmt.Sprintf("add to playlist %q: %s", p.found.Name, output.Count(len(edits), "item")),
		Edits:   edits, BaseItems: before, BaseAt: p.read, BaseFrom: "server",
	}
	if _, err := p.write.Submit(ctx, p.factory, op); err != nil {
		return err
	}
	p.done(len(edits))
	return nil
}

// appendEach adds one by one, because a list that holds some content twice
// cannot be sent whole (contract rest 5, PATCH). The route's own default of 30 s
// is not the content's (contract rest 5), so the duration is always sent.
func (p *playlist) appendEach(ctx context.Context, news []addition) error {
	err := cmdutil.Each(p.factory, len(news), "playlist", func(i int) error {
		item := api.PlaylistItem{ContentID: news[i].ContentID, Duration: news[i].seconds}
		req, err := api.NewRequest(http.MethodPost, api.Playlists.ItemPath(p.found.ID)+"/items",
			map[string]any{"contentId": item.ContentID, "duration": item.Seconds()})
		if err != nil {
			return err
		}
		_, err = p.write.Submit(ctx, p.factory, journal.Operation{
			Effect: journal.Once, Kind: api.Playlists.Kind, Verb: "add to", Target: p.found.ID, Label: p.found.Name,
			Summary: fmt.Sprintf("add %q to playlist %q", news[i].Label, p.found.Name), Request: req,
		})
		return err
	})
	if err == nil {
		p.done(len(news))
	}
	return err
}

func (p *playlist) done(n int) {
	p.factory.IO.Say("added %s to playlist %q (%s)", output.Count(n, "item"), p.found.Name, p.found.ID)
}
