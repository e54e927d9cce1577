package api

// This file is about one thing: what a content folder is (contract rest 7).

// Folders describes the kind.
var Folders = &Kind[*Object]{Schema: Schema{
	Kind: "Folder", Noun: "folder", Plural: "folders", Path: "/folders", Unpaged: true, Mixed: true,
	About:     "a place for content, in a tree",
	Unique:    []string{"name", "parent"},
	CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin, Manager},
	Long: `Folders order content in a tree. Content is in one folder or in none.

The platform has no way to take content out of a folder to the top again: it can
only move to another folder, or up when its folder is deleted. What a deleted
folder held, folders and content, moves up to its parent.`,
	Examples: Examples{
		List:   "  vizora folder list\n  vizora folder list --tree",
		Get:    "  vizora folder get Menus\n  vizora folder get Menus -o jq=.contentCount",
		Create: "  vizora folder create Offers\n  vizora folder create 2026 --parent Menus --dry-run",
		Update: "  vizora folder update Menus --parent null\n  vizora folder update Menus --name Offers --dry-run",
		Delete: "  vizora folder delete Menus --dry-run\n  vizora folder delete Menus --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 100, Help: "name; below one parent each is there once", Column: Column{Header: "NAME", Priority: 1, Width: 48}},
		{Name: "parent", Read: "parentId", Write: "parentId", Flag: "parent", Type: TypeRef, Ref: "folder", Clear: true, Help: "the folder it is in; none is the top", Column: Column{Header: "IN", Priority: 3, Width: 30}},
		{Name: "contentCount", Read: "_count.content", Type: TypeInt, Help: "how much content is right in it", Column: Column{Header: "CONTENT", Priority: 2}},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 5, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 4}},
	},
}}
