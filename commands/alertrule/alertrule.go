// Package alertrule is the noun "alert-rule".
package alertrule

// This file is about one thing: the alert-rule command, and what its scope and
// recipients must be.

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the alert-rule command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f, newRecipient(f))
}

func resource() *cmdutil.Resource[*api.Object] {
	r := cmdutil.Described(api.AlertRules)
	r.MoreCreate, r.CheckUpdate = createMore, checkUpdate
	return r
}

// recipient is who is told and how, as the platform reads it.
type recipient struct {
	Channel string `json:"channel"`
	Target  string `json:"target"`
}

const slack = "https://hooks.slack.com/services/"

// parseRecipient reads CHANNEL=TARGET. A user may be named by e-mail address.
func parseRecipient(ctx context.Context, f *cmdutil.Factory, text string) (recipient, error) {
	channel, target, found := strings.Cut(text, "=")
	bad := func(problem, fix string) error { return api.Invalid("--recipient", text, problem, fix) }
	switch {
	case !found || target == "":
		return recipient{}, bad("is not CHANNEL=TARGET", "give email=ADDRESS, in_app=USER or slack_webhook=URL")
	case channel == "email":
		if problem, fix := cmdutil.CheckEmail(target); problem != "" {
			return recipient{}, bad(problem, fix)
		}
	case channel == "slack_webhook":
		if !strings.HasPrefix(target, slack) || len(target) == len(slack) {
			return recipient{}, bad("is no Slack address", "it begins with "+slack)
		}
	case channel == "in_app":
		id, err := cmdutil.ResolveID(ctx, f, api.Users, target)
		if err != nil {
			return recipient{}, err
		}
		target = id
	default:
		return recipient{}, bad("names no channel", "one of email, in_app, slack_webhook")
	}
	return recipient{channel, target}, nil
}

// createMore gives create its --recipient, and what the platform wants with it.
func createMore(fs *pflag.FlagSet) func(context.Context, *cmdutil.Factory, api.Changes) error {
	who := fs.StringArray("recipient", nil, "`CHANNEL=TARGET` who is told: email=ADDRESS, in_app=USER, slack_webhook=URL; repeat (required)")
	return func(ctx context.Context, f *cmdutil.Factory, changes api.Changes) error {
		var list []recipient
		if raw, ok := changes["recipients"]; ok {
			if err := json.Unmarshal(raw, &list); err != nil {
				return api.Invalid("--input", "recipients", "is not a list of channels and targets", "give them as 'vizora alert-rule get NAME -o json' prints them")
			}
		}
		for _, text := range *who {
			r, err := parseRecipient(ctx, f, text)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		if len(list) == 0 || len(list) > 20 {
			return cmdutil.Usage("an alert rule has 1 to 20 recipients, not %d", len(list)).WithHint("give --recipient email=ADDRESS, in_app=USER or slack_webhook=URL")
		}
		var err error
		if changes["recipients"], err = json.Marshal(list); err != nil {
			return err
		}
		for name, value := range map[string]string{"triggerEvent": `"device.offline"`, "scope": `"all"`} {
			if changes[name] == nil {
				changes[name] = json.RawMessage(value)
			}
		}
		return checkScope(changes, "")
	}
}

func checkUpdate(found *cmdutil.Found[*api.Object], changes api.Changes) error {
	scope, _ := api.AlertRules.Value(found.Value, "scope").(string)
	if raw, ok := changes["scope"]; ok && string(raw) == `"`+scope+`"` {
		delete(changes, "scope") // so already; a scope is sent with what it names
	}
	if len(changes) == 0 {
		return cmdutil.Usage("nothing to change: the scope is %s already", scope)
	}
	return checkScope(changes, scope)
}

// checkScope holds that a scope comes with what it names (contract rest 12), and
// that nothing is named which the scope does not speak of.
func checkScope(changes api.Changes, before string) error {
	scope := before
	if raw, ok := changes["scope"]; ok {
		if err := json.Unmarshal(raw, &scope); err != nil {
			return err
		}
	}
	for _, name := range []string{"tag", "group", "display"} {
		_, given := changes[name]
		if given && name != scope {
			return cmdutil.Usage("--%s goes with --scope %s, and the scope is %s", name, name, scope)
		}
		if !given && name == scope && scope != before {
			return cmdutil.Usage("--%s is missing: the scope %s needs one", name, scope)
		}
	}
	return nil
}

func recipientsOf(v *api.Object) (list []struct {
	ID string `json:"id"`
	recipient
}) {
	raw, _ := api.AlertRules.Value(v, "recipients").(json.RawMessage)
	_ = json.Unmarshal(raw, &list) // none there: an empty list
	return list
}

func (r recipient) String() string { return fmt.Sprintf("%s=%s", r.Channel, r.Target) }
