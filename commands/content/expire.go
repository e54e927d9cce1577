package content

// This file is about one thing: "expire", when content stops being shown.

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type expireOptions struct {
	factory     *cmdutil.Factory
	write       cmdutil.WriteFlags
	arg         string
	at          string
	replacement string
	never       bool
}

func newExpire(f *cmdutil.Factory, run func(context.Context, *expireOptions) error) *cobra.Command {
	o := &expireOptions{factory: f}
	if run == nil {
		run = runExpire
	}
	cmd := &cobra.Command{
		Use: "expire NAME|ID --at TIME|--never", Args: cmdutil.Args("NAME|ID"),
		Short: "Set when content stops being shown",
		Long: `Sets when content expires. Within the hour after that time the platform puts the
replacement in its places in playlists, or takes it out of them where there is
no active replacement, and marks it expired.

--never removes the time and the replacement. It does not bring back what has
expired already; 'vizora content restore' makes that active again.`,
		Example: `  vizora content expire "Summer Cold Brew" --at 2030-09-01 --replacement "Espresso of the Month"
  vizora content expire "Summer Cold Brew" --never`,
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Contents.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.at, "at", "", "`TIME` 2030-12-31 or 2030-12-31T18:00:00+01:00; UTC unless an offset is given")
	cmd.Flags().StringVar(&o.replacement, "replacement", "", "`NAME|ID` content that takes its place; without it, the one it has stays")
	cmd.Flags().BoolVar(&o.never, "never", false, "remove the time and the replacement")
	_ = cmd.RegisterFlagCompletionFunc("replacement", cmdutil.CompleteResource(f, &api.Contents.Schema))
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runExpire(ctx context.Context, o *expireOptions) error {
	switch {
	case o.never == (o.at != ""):
		return cmdutil.Usage("give either --at or --never")
	case o.never && o.replacement != "":
		return cmdutil.Usage("--replacement goes with --at; --never removes it")
	}
	at, err := o.time()
	if err != nil {
		return err
	}
	c, found, err := resolve(ctx, o.factory, o.arg)
	if err != nil {
		return err
	}
	op, err := o.operation(ctx, c, found, at)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, op)
	if err != nil || result == nil {
		return err
	}
	if found.Value.Status == "expired" {
		o.factory.IO.Warn("it has expired already and stays so; to show it again: vizora content restore %s", found.ID)
	}
	return show(o.factory, found, result.Data, "updated")
}

// time checks --at; the server refuses a time that has passed (contract rest 6).
func (o *expireOptions) time() (json.RawMessage, error) {
	if o.never {
		return nil, nil
	}
	field := api.Field{Name: "expiresAt", Flag: "at", Type: api.TypeTime}
	raw, err := field.Parse(o.at)
	if err != nil {
		return nil, err
	}
	var at time.Time
	if err := json.Unmarshal(raw, &at); err != nil {
		return nil, err
	}
	if !at.After(o.factory.Now()) {
		return nil, api.Invalid("--at", o.at, "has passed", "give a time to come; to stop showing it now: vizora content archive")
	}
	return raw, nil
}

func (o *expireOptions) operation(ctx context.Context, c *api.Client, found *cmdutil.Found[*api.Content], at json.RawMessage) (journal.Operation, error) {
	if o.never {
		return action(found, "expire", http.MethodDelete, "/expiration", nil)
	}
	body := map[string]any{"expiresAt": at}
	if o.replacement == "" {
		if found.Value.ReplacementID != nil {
			o.factory.IO.Say("the replacement that is set (%s) stays", *found.Value.ReplacementID)
		}
		return action(found, "expire", http.MethodPatch, "/expiration", body)
	}
	id, err := cmdutil.ResolveID(ctx, o.factory, api.Contents, o.replacement)
	if err != nil {
		e := cmdutil.AsError(err)
		e.Message = "--replacement: " + e.Message
		return journal.Operation{}, e
	}
	if id == found.ID {
		return journal.Operation{}, selfReplacement(o.replacement)
	}
	body["replacementContentId"] = id
	return action(found, "expire", http.MethodPatch, "/expiration", body)
}
