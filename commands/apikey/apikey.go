// Package apikey is the noun "api-key".
package apikey

// This file is about one thing: the api-key command, and its create, which
// shows the key once.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the api-key command.
func New(f *cmdutil.Factory) *cobra.Command {
	r := cmdutil.Described(api.APIKeys)
	r.NoCreate = true
	r.Takes = func(_ context.Context, _ *api.Client, found *cmdutil.Found[*api.Object]) ([]string, error) {
		return []string{fmt.Sprintf("whatever signs with the key %q is refused from now on", found.Name)}, nil
	}
	return r.Command(f, newCreate(f))
}

func newCreate(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	var fields *cmdutil.FieldFlags
	s := &api.APIKeys.Schema
	cmd := cmdutil.Verb{
		Use: "create NAME", Args: []string{"[NAME]"}, Aliases: []string{"add"},
		Short:   "Make an API key, and show it once",
		Long:    "Makes an API key and prints it on stdout, this once: the platform keeps only a\nhash of it. " + s.Long,
		Example: s.Examples.Create,
		Run: func(ctx context.Context, args []string) error {
			given, err := fields.Given(nil)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if given["name"], err = s.Field("name").Parse(args[0]); err != nil {
					return err
				}
			}
			if err := fields.CheckRequired(given); err != nil {
				return err
			}
			return create(ctx, f, &write, given)
		},
	}.Command(f)
	fields = cmdutil.AddFields(cmd, s, true)
	write.AddDryRun(cmd.Flags())
	return cmd
}

func create(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, given api.Changes) error {
	body, err := api.APIKeys.Body(given)
	if err != nil {
		return err
	}
	var name string
	if err := json.Unmarshal(given["name"], &name); err != nil {
		return err
	}
	result, err := w.Submit(ctx, f, journal.Operation{
		Effect: journal.Once, Kind: api.APIKeys.Kind, Verb: "create", Label: name, OnlineOnly: true,
		Summary: fmt.Sprintf("create api-key %q", name),
		Request: api.Request{Method: http.MethodPost, Path: api.APIKeys.Path, Body: body},
	})
	if err != nil || result == nil {
		return err
	}
	var answer struct {
		Key    string          `json:"key"`
		APIKey json.RawMessage `json:"apiKey"`
	}
	if err := json.Unmarshal(result.Data, &answer); err != nil {
		return err
	}
	v, err := api.APIKeys.Decode(answer.APIKey)
	if err != nil {
		return err
	}
	f.IO.Say("%s", cmdutil.Did("created", "api-key", name, api.APIKeys.IDOf(v)))
	f.IO.Warn("the key is shown this once")
	return f.PrintOnce("ApiKeySecret", map[string]string{"id": api.APIKeys.IDOf(v), "name": name, "key": answer.Key}, "key", "name", "id")
}
