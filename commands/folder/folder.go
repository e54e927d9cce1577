// Package folder is the noun "folder".
package folder

// This file is about one thing: the folder command, and the tree of folders.

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// New makes the folder command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f, newMove(f, nil), newContents(f))
}

func resource() *cmdutil.Resource[*api.Object] {
	r := cmdutil.Described(api.Folders)
	r.Takes, r.MoreList = takes, listTree
	r.CheckUpdate = checkUpdate
	return r
}

// takes says where a folder's content goes (contract rest 7).
func takes(_ context.Context, _ *api.Client, found *cmdutil.Found[*api.Object]) ([]string, error) {
	held, _ := api.Folders.Value(found.Value, "contentCount").(int64)
	up := "to the top"
	if api.Folders.Value(found.Value, "parent") != nil {
		up = "into the folder above"
	}
	return []string{fmt.Sprintf("what folder %q holds (%d content, and its folders) moves up %s", found.Name, held, up)}, nil
}

func checkUpdate(found *cmdutil.Found[*api.Object], changes api.Changes) error {
	if string(changes["parent"]) == `"`+found.ID+`"` {
		return api.Invalid("--parent", found.Name, "is the folder itself", "name another folder, or null for the top")
	}
	return nil
}

// branch is a folder with those below it.
type branch struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ContentCount int64    `json:"contentCount"`
	Children     []branch `json:"children"`
}

// grow makes the tree below a folder from the flat list, in its order. A folder
// whose parent is not in the list stands at the top.
func grow(rows []*api.Object) []branch {
	known := map[string]bool{}
	for _, row := range rows {
		known[api.Folders.IDOf(row)] = true
	}
	below := map[string][]*api.Object{}
	for _, row := range rows {
		parent, _ := api.Folders.Value(row, "parent").(string)
		if !known[parent] {
			parent = ""
		}
		below[parent] = append(below[parent], row)
	}
	var under func(parent string, depth int) []branch
	under = func(parent string, depth int) []branch {
		list := []branch{}
		for _, row := range below[parent] {
			b := branch{ID: api.Folders.IDOf(row), Name: api.Folders.NameOf(row), Children: []branch{}}
			b.ContentCount, _ = api.Folders.Value(row, "contentCount").(int64)
			if depth < len(rows) { // a circle, which the server refuses to make, would not end
				b.Children = under(b.ID, depth+1)
			}
			list = append(list, b)
		}
		return list
	}
	return under("", 0)
}

// listTree gives list its --tree.
func listTree(fs *pflag.FlagSet) func(context.Context, *cmdutil.Factory, []*api.Object) (bool, error) {
	tree := fs.Bool("tree", false, "show folders below those they are in; in JSON with children")
	return func(_ context.Context, f *cmdutil.Factory, rows []*api.Object) (bool, error) {
		if !*tree {
			return false, nil
		}
		p, err := f.Printer()
		if err != nil {
			return true, err
		}
		format, err := f.Format()
		if err != nil {
			return true, err
		}
		flat := format.Name == "table" || format.Name == "wide" || format.Name == "csv" || format.Name == "name"
		var records []output.Record
		for _, b := range grow(rows) {
			records = appendBranch(records, b, 0, flat)
		}
		return true, p.List(treeView(), records)
	}
}

func treeView() output.View {
	return output.View{Kind: "FolderTree", Plural: "folders", Columns: []output.Column{
		{Name: "name", Header: "NAME", Priority: 1, Max: 60}, {Name: "contentCount", Header: "CONTENT", Priority: 2, Right: true}, {Name: "id", Header: "ID"},
	}}
}

// appendBranch adds a folder, and in formats that are rows also those below it.
func appendBranch(records []output.Record, b branch, depth int, flat bool) []output.Record {
	records = append(records, cmdutil.ObjectRecord{Kind: "FolderTree", Value: b, Cells: map[string]any{
		"id": b.ID, "name": strings.Repeat("  ", depth) + b.Name, "contentCount": b.ContentCount,
	}})
	if flat {
		for _, child := range b.Children {
			records = appendBranch(records, child, depth+1, flat)
		}
	}
	return records
}
