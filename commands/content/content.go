// Package content is the noun "content".
package content

// This file is about one thing: the content command and what its CRUD verbs
// need beyond the kind's description.

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// New makes the content command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f,
		newUpload(f, nil),
		newCreate(f, nil),
		newArchive(f, nil),
		newRestore(f, nil),
		newExpire(f, nil),
		newReplace(f, nil),
		newDownload(f, nil),
		newVersions(f, nil),
		newTags(f, nil),
		newTag(f, nil),
		newUntag(f, nil),
		newFlag(f, nil),
		newReview(f, nil),
		described(f, api.Layouts()),
		described(f, api.Widgets()),
		described(f, api.PageTemplates()),
	)
}

// described is a kind of content that is made on the platform: its description
// is all there is to say.
func described(f *cmdutil.Factory, kind *api.Kind[*api.Object]) *cobra.Command {
	return cmdutil.Described(kind).Command(f)
}

func resource() *cmdutil.Resource[*api.Content] {
	return &cmdutil.Resource[*api.Content]{
		Kind: api.Contents,
		Long: `Content is what displays show: an uploaded file (upload), or a page or file at
an address (create). Its status is moved by archive, restore, flag, review and
expire, never by update.

No display is told when content changes or goes; displays catch up when they
next ask. Deleting content takes it out of every playlist. "update --metadata"
replaces the whole object but for the hash of an uploaded file, which stays.`,
		Examples: map[string]string{
			"list":   "  vizora content list\n  vizora content list --type image --tag summer -o json",
			"get":    "  vizora content get \"Summer Cold Brew\"\n  vizora content get \"Summer Cold Brew\" -o jq=.usedBy",
			"update": "  vizora content update \"Summer Cold Brew\" --duration 20\n  vizora content update \"Summer Cold Brew\" --description null --dry-run",
			"delete": "  vizora content delete \"Staff Wanted\"\n  vizora content delete \"Staff Wanted\" \"Latte Art\" --dry-run",
		},
		Styles:       map[string]map[string]output.Style{"status": statusStyles()},
		Takes:        takes,
		CheckChanges: checkChanges,
		CheckUpdate:  checkUpdate,
		NoCreate:     true,
	}
}

func statusStyles() map[string]output.Style {
	return map[string]output.Style{
		"active": output.Good, "expired": output.Bad, "rejected": output.Bad, "flagged": output.Bad,
		"archived": output.Dim, "draft": output.Warning, "pending_approval": output.Warning,
	}
}

// checkChanges checks an address, but for an upload's own: it is nobody's to
// give, yet it comes along with what get prints.
func checkChanges(changes api.Changes) error {
	if strings.HasPrefix(text(changes["url"]), "minio://") {
		return nil
	}
	return checkURL(changes, "")
}

// checkURL checks the address, unless it is the present one.
func checkURL(changes api.Changes, present string) error {
	if address := text(changes["url"]); changes["url"] != nil && (address != present || present == "") {
		return checkAddress(address)
	}
	return nil
}

// text is a JSON string's value; "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// checkUpdate refuses content that would replace itself, which the server takes
// (contract rest 6), and keeps an upload's hash in its metadata: a PATCH
// replaces the whole object, and without the hash nobody can tell any more that
// the file is already there (contract rest 6.1).
func checkUpdate(found *cmdutil.Found[*api.Content], changes api.Changes) error {
	if text(changes["replacement"]) == found.ID {
		return selfReplacement(found.Name)
	}
	present := ""
	if found.Value.URL != nil {
		present = *found.Value.URL
	}
	if err := checkURL(changes, present); err != nil {
		return err
	}
	hash := found.Value.FileHash()
	if changes["metadata"] == nil || hash == "" {
		return nil
	}
	var metadata map[string]json.RawMessage
	if err := json.Unmarshal(changes["metadata"], &metadata); err != nil {
		return err
	}
	var given string
	switch raw, ok := metadata["fileHash"]; {
	case !ok:
	case json.Unmarshal(raw, &given) != nil || given != hash:
		return api.Invalid("--metadata", string(raw), "is not the hash of the file (fileHash)", "leave fileHash out; it is kept as it is")
	}
	var err error
	if metadata["fileHash"], err = json.Marshal(hash); err == nil {
		changes["metadata"], err = json.Marshal(metadata)
	}
	return err
}

func selfReplacement(name string) error {
	return api.Invalid("--replacement", name, "is the content itself", "name other content, or leave it out: then it simply goes when it expires")
}
