// Package apicmd is the command "api": a request of one's own.
package apicmd

// This file is about one thing: "api". A request that only reads is sent as
// reads are; any other goes through the journal, as every write does.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type options struct {
	factory  *cmdutil.Factory
	write    cmdutil.WriteFlags
	paginate bool
	jq       string
	input    string
	fields   []string
	stdin    func() io.Reader
}

// New makes the api command.
func New(f *cmdutil.Factory) *cobra.Command {
	o := &options{factory: f}
	cmd := cmdutil.Verb{
		Use: "api [METHOD] PATH", Args: []string{"PATH", "[PATH]"}, Short: "Send a request of your own, signed in",
		Long: `Sends a request to any route of the API and prints its data as JSON, without the
envelope. The method is GET, or POST when there are fields or an input. It is
signed, tried again and kept within the limits as every other request, and
secrets in the answer are hidden.

A field is key=value: part of the query of a GET, else of a JSON body in which
true, false, null and numbers are just that. Mind that the platform takes the
text "false" for true.

Whatever is not a GET goes through the journal: if its answer is lost, the outcome
is kept there to be settled.`,
		Example: "  vizora api /organizations/current --jq .name\n  vizora api GET /content --paginate -f type=image --jq '.[].name'\n  vizora api PATCH /health/none -f name=x --dry-run",
		Run:     func(ctx context.Context, args []string) error { return run(ctx, o, args) },
	}.Command(f)
	o.stdin = cmd.InOrStdin
	fs := cmd.Flags()
	fs.BoolVar(&o.paginate, "paginate", false, "read every page of a list and print one array")
	fs.StringVar(&o.jq, "jq", "", "`EXPR` a jq expression over the data, as -o jq=EXPR")
	fs.StringVar(&o.input, "input", "", "`FILE|-` the JSON body")
	fs.StringArrayVarP(&o.fields, "field", "f", nil, "`KEY=VALUE` a field; repeat for more")
	o.write.AddOnline(fs)
	return cmd
}

func methods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// request reads the command line.
func (o *options) request(args []string) (api.Request, error) {
	method := ""
	if len(args) == 2 {
		method = strings.ToUpper(args[0])
		if !slices.Contains(methods(), method) {
			return api.Request{}, api.NotOneOf("METHOD", args[0], "is no method", methods())
		}
	}
	path := args[len(args)-1]
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" {
		return api.Request{}, api.Invalid("PATH", path, "is not a path of the API", "give a path such as /displays; the server is the profile's")
	}
	req := api.Request{Method: method, Path: "/" + strings.TrimPrefix(strings.TrimPrefix(u.EscapedPath(), "/api/v1"), "/"), Query: u.Query()}
	if req.Method == "" {
		req.Method = http.MethodGet
		if o.input != "" || len(o.fields) > 0 {
			req.Method = http.MethodPost
		}
	}
	if o.paginate && req.Method != http.MethodGet {
		return req, cmdutil.Usage("--paginate goes with GET").WithHint("name the method: vizora api GET %s", path)
	}
	return req, o.fill(&req)
}

// fill puts fields and input where the method wants them.
func (o *options) fill(req *api.Request) error {
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	body := map[string]json.RawMessage{}
	if o.input != "" {
		if reads {
			return cmdutil.Usage("--input goes with a method that has a body, not with %s", req.Method)
		}
		raw, err := o.read()
		if err != nil {
			return err
		}
		if !json.Valid(raw) {
			return api.Invalid("--input", o.input, "does not hold JSON", "give the body as JSON")
		}
		req.Body = bytes.TrimSpace(raw)
		if len(o.fields) > 0 && json.Unmarshal(raw, &body) != nil {
			return cmdutil.Usage("-f adds to a JSON object, and --input holds none")
		}
	}
	for _, field := range o.fields {
		key, value, found := strings.Cut(field, "=")
		switch {
		case !found || key == "":
			return api.Invalid("--field", field, "is not KEY=VALUE", "give for example name=Lobby")
		case reads:
			req.Query.Add(key, value)
		default:
			body[key] = typed(value)
		}
	}
	if !reads && len(o.fields) > 0 {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		req.Body = raw
	}
	return nil
}

func (o *options) read() ([]byte, error) {
	if o.input == "-" {
		return io.ReadAll(io.LimitReader(o.stdin(), 1<<20))
	}
	raw, err := os.ReadFile(o.input)
	if err != nil {
		return nil, api.Invalid("--input", o.input, "cannot be read", "give a file, or - for stdin")
	}
	return raw, nil
}

// typed is a field's value as JSON.
func typed(value string) json.RawMessage {
	if value == "true" || value == "false" || value == "null" {
		return json.RawMessage(value)
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil && json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	raw, _ := json.Marshal(value) // a string always marshals
	return raw
}

func run(ctx context.Context, o *options, args []string) error {
	f := o.factory
	if o.jq != "" {
		if f.Global.Output != "" {
			return cmdutil.Usage("--jq and -o exclude each other")
		}
		f.Global.Output = "jq=" + o.jq
	}
	req, err := o.request(args)
	if err != nil {
		return err
	}
	if _, err := f.Printer(); err != nil {
		return err
	}
	data, err := o.send(ctx, req)
	if err != nil || data == nil {
		return err
	}
	return f.PrintRaw(data)
}

// send returns the answer's data; nil when there is none to print.
func (o *options) send(ctx context.Context, req api.Request) (json.RawMessage, error) {
	f := o.factory
	c, err := f.Live()
	if err != nil {
		return nil, err
	}
	switch {
	case o.paginate:
		rows, err := api.List(ctx, c, req.Path, req.Query, rowKey, 0)
		if err != nil {
			return nil, err
		}
		if rows == nil {
			rows = []*json.RawMessage{}
		}
		return json.Marshal(rows)
	case req.Method == http.MethodGet || req.Method == http.MethodHead:
		resp, err := c.Do(ctx, req)
		if err != nil {
			return nil, err
		}
		return resp.Data, nil
	}
	op := journal.Operation{
		Effect: journal.Once, Kind: "Request", Verb: strings.ToLower(req.Method), Target: req.Path, Label: req.Path, OnlineOnly: true,
		Summary: fmt.Sprintf("%s %s", req.Method, req.Path), Request: req,
	}
	if req.Method != http.MethodPost { // changes and deletes say the same when they are repeated (contract rest 1.13)
		op.Effect = journal.Absolute
	}
	result, err := o.write.Submit(ctx, f, op)
	if err != nil || result == nil {
		return nil, err
	}
	if len(result.Data) == 0 {
		f.IO.Say("%s %s: done", req.Method, req.Path)
	}
	return result.Data, nil
}

// rowKey tells rows apart, those without an id by all they hold. It takes a
// pointer as those of resources do, so that one copy of List's code serves all.
func rowKey(row *json.RawMessage) string {
	if row == nil {
		return "null"
	}
	var r struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(*row, &r) != nil || r.ID == "" {
		return string(*row)
	}
	return r.ID
}
