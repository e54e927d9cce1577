package display

// This file is about one thing: "token", issuing a device token, which takes
// the old one away from the player (contract rest 25, item 4).

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type tokenOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
}

func newToken(f *cmdutil.Factory, run func(context.Context, *tokenOptions) error) *cobra.Command {
	o := &tokenOptions{factory: f}
	if run == nil {
		run = runToken
	}
	cmd := &cobra.Command{
		Use: "token NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "Issue a new device token and print it, once",
		Long: `Issues a new device token for a player that is set up by hand, and prints it on
stdout. It is shown this once; nothing keeps it.

The token before it stops working: a player that runs now is knocked off, and
the display is "pairing" until a player connects with the new token. This has
nothing to do with the six-character code; that is 'vizora display pair'.`,
		Example:           "  vizora display token \"Lobby North\"\n  vizora display token \"Lobby North\" --yes -o jq=.token",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.write.AddDryRun(cmd.Flags())
	o.write.AddYes(cmd.Flags())
	return cmd
}

// issued is a new device token.
type issued struct {
	DisplayID string `json:"displayId"`
	Display   string `json:"display"`
	DeviceID  string `json:"deviceId"`
	Token     string `json:"token"`
	ExpiresIn string `json:"expiresIn"` // as the server writes it: "90d"
}

func tokenView() output.View {
	return output.View{Kind: "DeviceToken", NameField: "token", IDField: "displayId", Columns: []output.Column{
		{Name: "token", Header: "TOKEN"}, {Name: "expiresIn", Header: "EXPIRES-IN", Priority: 1},
		{Name: "display", Header: "DISPLAY", Priority: 2}, {Name: "displayId", Header: "DISPLAY-ID", Priority: 3},
	}}
}

func runToken(ctx context.Context, o *tokenOptions) error {
	f := o.factory
	p, err := f.Printer()
	if err != nil {
		return err
	}
	if err := p.Check(tokenView()); err != nil { // a token that cannot be shown is lost
		return err
	}
	found, err := cmdutil.Resolve(ctx, o.factory, api.Displays, o.arg)
	if err != nil {
		return err
	}
	d := found.Value
	if !o.write.DryRun {
		err := f.Confirm(ctx, o.write.Yes, "issue a new device token for display "+label(d), []string{
			fmt.Sprintf("the player of display %q (%s now) loses its credential and is knocked off until it gets the new token or is paired again", d.Name(), d.Status),
		})
		if err != nil {
			return err
		}
	}
	op := action(journal.Once, d, "token", fmt.Sprintf("issue a new device token for display %q", d.Name()),
		api.Request{Method: http.MethodPost, Path: api.Displays.ItemPath(d.ID) + "/pair"})
	op.OnlineOnly = true
	result, err := o.write.Submit(ctx, f, op)
	if err != nil || result == nil {
		return err
	}
	return showToken(f, p, d, result.Data)
}

// showToken prints the token: alone in the table format, so that a script can
// take it as it comes.
func showToken(f *cmdutil.Factory, p *output.Printer, d *api.Display, data json.RawMessage) error {
	var answer struct {
		Token     string `json:"pairingToken"`
		ExpiresIn string `json:"expiresIn"`
	}
	if json.Unmarshal(data, &answer) != nil || answer.Token == "" { // the cause could quote the token
		return api.Errorf(api.KindProtocol, "a new device token was issued, but the server's answer has an unexpected shape").
			WithHint("issue another one; the player's old token no longer works")
	}
	f.IO.Say("issued a device token for display %s, good for %s; it is shown only now", label(d), answer.ExpiresIn)
	if table, err := f.InTable(); err != nil || table {
		if err == nil {
			_, err = fmt.Fprintln(f.IO.Out(), output.Clean(answer.Token))
		}
		return err
	}
	t := issued{DisplayID: d.ID, Display: d.Name(), DeviceID: d.DeviceIdentifier, Token: answer.Token, ExpiresIn: answer.ExpiresIn}
	return p.One(tokenView(), cmdutil.ObjectRecord{Kind: "DeviceToken", Value: t, Cells: map[string]any{
		"token": t.Token, "expiresIn": t.ExpiresIn, "display": t.Display, "displayId": t.DisplayID,
	}})
}
