package display

// This file is about one thing: "pair", taking in a player by the code on its
// screen. The code's state is never asked for: the first one who reads it takes
// the player's own token away (contract rest 4.1).

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// The codes: the alphabet leaves out what is easily misread (contract rest 4.1).
const (
	codeLength   = 6
	codeAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

type pairOptions struct {
	factory  *cmdutil.Factory
	write    cmdutil.WriteFlags
	code     string
	list     bool
	name     string
	location string
	template string
	narrow   cmdutil.Narrow // of --list
}

func newPair(f *cmdutil.Factory, run func(context.Context, *pairOptions) error) *cobra.Command {
	o := &pairOptions{factory: f}
	if run == nil {
		run = runPair
	}
	cmd := &cobra.Command{
		Use: "pair CODE", Args: cmdutil.Args("[CODE]"),
		Short: "Take in a player by the code on its screen",
		Long: `Takes in a player by the six characters on its screen. A code lives five
minutes and works once. A display that is known already keeps its id.

--list shows the codes of displays you already have that are pairing again. The
platform never lists the code of a new player: read it off the screen.`,
		Example:           "  vizora display pair K7MPQ2 --name \"Lobby West\" --location \"Harbour Street 1\"\n  vizora display pair --list",
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: f.Run(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.code = args[0]
			}
			return run(ctx, o)
		}),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.name, "name", "", "`TEXT` what to call it")
	fs.StringVar(&o.location, "location", "", "`TEXT` where it hangs")
	fs.StringVar(&o.template, "template", "", "`NAME|ID` a provisioning template, which sets orientation, time zone and playlist")
	fs.BoolVar(&o.list, "list", false, "show the displays that are pairing again")
	o.write.AddDryRun(fs)
	o.narrow.Add(cmd, pairingView().ColumnNames())
	return cmd
}

func runPair(ctx context.Context, o *pairOptions) error {
	if o.list {
		if o.code != "" {
			return cmdutil.Usage("give a CODE or --list, not both")
		}
		return listPairing(ctx, o)
	}
	if err := o.narrow.Refuse("--list"); err != nil {
		return err
	}
	body, err := o.body()
	if err != nil {
		return err
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	if o.template != "" {
		if body["provisioningTemplateId"], err = templateID(ctx, c, o.template); err != nil {
			return err
		}
	}
	req, err := api.NewRequest(http.MethodPost, "/devices/pairing/complete", body)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Once, Kind: api.Displays.Kind, Verb: "pair", Label: o.name, OnlineOnly: true,
		Summary: o.summary(), Request: req,
	})
	if err != nil {
		return o.explain(err)
	}
	if result == nil {
		return nil
	}
	return o.finish(ctx, c, result.Data)
}

// summary leaves the code out: summaries are listed, and a code is half a secret.
func (o *pairOptions) summary() string {
	if o.name == "" {
		return "pair a player"
	}
	return fmt.Sprintf("pair a player as display %q", o.name)
}

// body checks what was given; the server hides its reasons in production
// (contract rest 1.3).
func (o *pairOptions) body() (map[string]string, error) {
	code, err := parseCode(o.code)
	if err != nil {
		return nil, err
	}
	body := map[string]string{"code": code}
	for field, value := range map[string]string{"name": o.name, "location": o.location} {
		if value == "" {
			continue
		}
		if _, err := api.Displays.Field(field).Parse(value); err != nil {
			return nil, err
		}
	}
	if o.name != "" {
		body["nickname"] = o.name
	}
	if o.location != "" {
		body["location"] = o.location
	}
	return body, nil
}

// parseCode reads a code as people type it. The server takes capitals only and
// answers 404 to anything else (contract rest 4.1).
func parseCode(s string) (string, error) {
	const shape = "a code is six capitals and digits, without I, O, 0 and 1, as the screen shows it"
	if s == "" {
		return "", cmdutil.Usage("CODE is missing").WithHint("%s; 'vizora display pair --list' shows displays that are pairing again", shape)
	}
	code := strings.ToUpper(strings.TrimSpace(s))
	if len(code) != codeLength {
		return "", api.Invalid("CODE", s, fmt.Sprintf("is not %d characters long", codeLength), shape)
	}
	for _, c := range code {
		if !strings.ContainsRune(codeAlphabet, c) {
			return "", api.Invalid("CODE", s, fmt.Sprintf("holds %q, which no code has", c), shape)
		}
	}
	return code, nil
}

// templateID finds a provisioning template; the list is a plain array (contract
// rest 1.5).
func templateID(ctx context.Context, c *api.Client, arg string) (string, error) {
	kind := api.ProvisioningTemplates
	rows, err := kind.List(ctx, c, nil, 0)
	if err != nil {
		return "", err
	}
	row, err := cmdutil.Pick(kind, rows, arg)
	if err != nil {
		return "", err
	}
	return kind.IDOf(row), nil
}

// explain says what the server's refusals mean for whoever holds the code.
func (o *pairOptions) explain(err error) error {
	if e := answered(err, http.StatusNotFound); e != nil {
		e.Hint = "a code lives five minutes and works once; read it off the screen again"
		return e
	}
	if e := answered(err, http.StatusBadRequest); e != nil {
		e.Hint = "the player shows a new code when it pairs anew; 'vizora display list --status pairing' shows whether it was taken in"
		return e
	}
	if e := answered(err, http.StatusConflict); e != nil {
		return refused(e, "%s", e.Message).WithHint("wait until the other pairing is done and try again; if the player belongs to another organization, it must be deleted there first")
	}
	return err
}

// finish shows the display that was paired. The server ignores the location of
// a display that it did not know (contract rest 4.1), so that is set afterwards.
func (o *pairOptions) finish(ctx context.Context, c *api.Client, data json.RawMessage) error {
	var answer struct {
		Display api.Row `json:"display"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.Display.ID == "" {
		return &api.Error{Kind: api.KindProtocol, Message: "the player was paired, but the server's answer has an unexpected shape", Err: err}
	}
	id, name := answer.Display.ID, answer.Display.Name()
	row, err := api.Displays.Read(ctx, c, id)
	var d *api.Display
	if err == nil {
		d = row.Value
	}
	if err == nil && o.name != "" {
		wanted, _ := json.Marshal(o.name) // a string always marshals
		o.factory.NoteRewrites(&api.Displays.Schema, api.Changes{"name": wanted}, row.Raw)
	}
	if err == nil && !o.located(d) {
		value, _ := json.Marshal(o.location) // a string always marshals
		d, err = setField(ctx, o.factory, &o.write, d, journal.Operation{
			Verb: "update", Summary: fmt.Sprintf("set the location of display %q", d.Name()), BaseAt: o.factory.Now(), BaseFrom: "server",
		}, "location", value)
	}
	if err != nil {
		e := *cmdutil.AsError(err)
		e.Message = fmt.Sprintf("display %q (%s) is paired, but: %s", name, id, e.Message)
		e.Next = append([]string{"vizora display get " + id}, e.Next...)
		return &e
	}
	if err := resource().PrintWritten(o.factory, cmdutil.Did("paired", api.Displays.Noun, d.Name(), d.ID), d); err != nil {
		return err
	}
	o.factory.IO.Notice("It is \"pairing\" until its player has fetched its credential and connects.")
	return nil
}

func (o *pairOptions) located(d *api.Display) bool {
	if o.location == "" {
		return true
	}
	_, shown := api.Stored(o.location)
	return d.Location != nil && *d.Location == shown
}

// pairing is a display that is pairing again.
type pairing struct {
	Code      string    `json:"code"`
	Name      *string   `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func pairingView() output.View {
	return output.View{Kind: "Pairing", Plural: "pairing codes", IDField: "code", Columns: []output.Column{
		{Name: "code", Header: "CODE"}, {Name: "name", Header: "NAME", Priority: 1, Max: 40},
		{Name: "createdAt", Header: "SINCE", Priority: 2}, {Name: "expiresAt", Header: "EXPIRES", Priority: 1},
	}}
}

func listPairing(ctx context.Context, o *pairOptions) error {
	f := o.factory
	p, err := f.Printer()
	if err != nil {
		return err
	}
	view := pairingView()
	if err := o.narrow.Check(p, view); err != nil {
		return err
	}
	c, err := f.Client()
	if err != nil {
		return err
	}
	var rows []struct {
		pairing
		Nickname *string `json:"nickname"`
	}
	if err := cmdutil.Get(ctx, c, "/devices/pairing/active", &rows); err != nil {
		return err
	}
	records := make([]output.Record, len(rows))
	for i := range rows {
		r := rows[i].pairing
		r.Name = rows[i].Nickname
		name := ""
		if r.Name != nil {
			name = *r.Name
		}
		records[i] = cmdutil.ObjectRecord{Kind: view.Kind, Value: r, Cells: map[string]any{
			"code": r.Code, "name": name, "createdAt": r.CreatedAt, "expiresAt": r.ExpiresAt,
		}}
	}
	f.IO.Notice("Only displays you already have that are pairing again are listed; a new player's code is on its screen.")
	return o.narrow.List(p, view, records)
}
