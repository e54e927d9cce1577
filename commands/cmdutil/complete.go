package cmdutil

// This file is about one thing: TAB completion of resource names. It answers
// from the cache alone: a request, a keyring or a lock could keep the shell
// waiting. What is missing or old is read by a process of its own.

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/config"
)

// Limits of completion.
const (
	completionWait  = 250 * time.Millisecond // for names that nothing is known of yet
	completionPoll  = 5 * time.Millisecond
	completionMost  = 300              // candidates for a shell
	completionFresh = time.Minute      // names this young are not read again
	refreshLimit    = 20 * time.Second // of the process that reads them
	refreshPause    = 36 * time.Second // between reads, for each page: a tenth of the 1,000 requests an hour (contract rest 1.9)
)

// CompleteResource completes names of a kind, or ids where no name fits. It is
// quiet about every failure: a shell at TAB has no place for an error.
//
//go:noinline
func CompleteResource(f *Factory, s *api.Schema) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return Candidates(f.names(cmd.Context(), s), args, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// Candidates picks the names that go on from what was typed: in its letter case,
// or else in any, or else by id. Names that were given already are left out.
func Candidates(names []api.Name, given []string, typed string) []string {
	folded := strings.ToLower(typed)
	for _, fits := range []func(n *api.Name) (string, bool){
		func(n *api.Name) (string, bool) { return n.Name, strings.HasPrefix(n.Name, typed) },
		func(n *api.Name) (string, bool) { return n.Name, strings.HasPrefix(strings.ToLower(n.Name), folded) },
		func(n *api.Name) (string, bool) { return n.ID, strings.HasPrefix(n.ID, folded) },
	} {
		var out []string
		for i := range names {
			n := &names[i]
			word, ok := fits(n)
			if !ok || word == "" || slices.Contains(given, word) || len(out) == completionMost {
				continue
			}
			about := n.About
			if word == n.ID {
				about = strings.TrimSuffix(n.Name+", "+n.About, ", ")
			}
			if about == "" {
				about = n.ID
			}
			out = append(out, cobra.CompletionWithDesc(word, about))
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// names returns what is known of a kind's resources for the profile in use, and
// sees to it that more is known next time.
func (f *Factory) names(ctx context.Context, s *api.Schema) []api.Name {
	cache := f.nameCache()
	if cache == nil {
		return nil
	}
	names, at, old := cache.Names(s.Path)
	if !at.IsZero() && !old && f.Now().Sub(at) < pause(len(names)) {
		return names
	}
	ended := f.refreshNames(s, cache, len(names), at)
	if !at.IsZero() && !old || ended == nil {
		return names // old names now, fresh ones at the next TAB
	}
	f.waitForNames(ctx, cache, s.Path, at, ended)
	fresh, _, _ := cache.Names(s.Path)
	return fresh
}

// pause is how long names are good for: a minute, and longer in an organisation
// whose list takes many requests.
func pause(names int) time.Duration {
	return max(completionFresh, refreshPause*time.Duration(names/api.PageSize))
}

// waitForNames waits briefly until names were read or the reader has ended.
func (f *Factory) waitForNames(ctx context.Context, cache *api.Snapshots, path string, before time.Time, ended <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, completionWait)
	defer cancel()
	tick := time.NewTicker(completionPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ended:
			return
		case <-tick.C:
			if _, at, old := cache.Names(path); at.After(before) && !old {
				return
			}
		}
	}
}

// nameCache opens the snapshots of the profile in use; nil when nobody is signed
// in there. The token is not asked: a keyring could ask the person at the
// screen, and the profile says which organisation it is signed in to.
func (f *Factory) nameCache() *api.Snapshots {
	c, err := f.Config()
	if err != nil {
		return nil
	}
	p, err := f.Profile()
	if err != nil || p.URL == "" {
		return nil
	}
	organization := p.OrganizationID
	if token, ok := f.Env(config.EnvToken); ok && token != "" {
		claims, _ := api.ParseClaims(token)
		organization = claims.Organization
	}
	base, err := api.ParseBaseURL(p.URL)
	if err != nil || organization == "" {
		return nil
	}
	return f.openSnapshots(c, p, base.String(), organization)
}

func (f *Factory) openSnapshots(c *config.Config, p *config.Profile, server, organization string) *api.Snapshots {
	return api.OpenSnapshots(filepath.Join(c.CacheDir(p), "snapshots"), server, organization, f.Now)
}
