package content

// This file is about one thing: an action on one content item, from its look-up
// to the line that tells of it.

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func resolve(ctx context.Context, f *cmdutil.Factory, arg string) (*api.Client, *cmdutil.Found[*api.Content], error) {
	c, err := f.Client()
	if err != nil {
		return nil, nil, err
	}
	found, err := cmdutil.Resolve(ctx, f, api.Contents, arg)
	return c, found, err
}

// action is an operation that says the same when it is repeated.
func action(found *cmdutil.Found[*api.Content], verb, method, below string, body any) (journal.Operation, error) {
	req, err := api.NewRequest(method, api.Contents.ItemPath(found.ID)+below, body)
	return journal.Operation{
		Effect: journal.Absolute, Kind: api.Contents.Kind, Verb: verb, Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("%s content %q", verb, found.Name), Request: req,
	}, err
}

// show tells of a done action and shows the content.
func show(f *cmdutil.Factory, found *cmdutil.Found[*api.Content], answer json.RawMessage, past string) error {
	v, err := after(found.Value, answer)
	if err != nil {
		return err
	}
	return resource().PrintWritten(f, cmdutil.Did(past, "content", v.Name, v.ID), v)
}

// after is the content as an action's answer leaves it. The routes answer the
// bare row (contract rest 6), so tags and playlists are those from before.
func after(before *api.Content, answer json.RawMessage) (*api.Content, error) {
	v := *before
	v.ExpiresAt = time.Time{} // in every row, and null leaves a time as it was
	if err := json.Unmarshal(answer, &v); err != nil {
		return nil, &api.Error{Kind: api.KindProtocol, Message: "the server's answer has an unexpected shape", Err: err}
	}
	return &v, nil
}

// checkReason refuses a reason that is too long (contract rest 6, flag, review).
func checkReason(reason string) error {
	field := api.Field{Name: "reason", Flag: "reason", Type: api.TypeString, Max: 500}
	_, err := field.Parse(reason)
	return err
}

// alreadyThere tells a refusal of an action whose first, unanswered attempt was
// carried out: these routes answer 400 the second time.
func alreadyThere(ctx context.Context, c *api.Client, refusal error, id, status string) (*api.Content, bool) {
	if !api.IsKind(refusal, api.KindRejected) {
		return nil, false
	}
	v, err := api.Contents.Get(ctx, c, id)
	return v, err == nil && v.Status == status
}
