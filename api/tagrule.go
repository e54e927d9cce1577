package api

// This file is about one thing: what tags and tag rules are (contract rest 15).

import "net/http"

// Tags describes the kind. The API makes none, and shows only those that
// content or displays carry.
var Tags = &Kind[*Object]{Schema: Schema{
	Kind: "Tag", Noun: "tag", Plural: "tags", Path: "/content/tags", Unpaged: true, NoGet: true, Mixed: true,
	Also:  Embedded{Path: "/displays", Rows: "tags[].tag"},
	About: "a word that content and displays carry",
	Long: `Tags are words that content and displays carry; 'vizora content tag' and 'vizora
display tag' put them on. The platform's API can neither create, rename nor
delete a tag: they come from outside it. It knows only tags that some content or
display carries.`,
	Examples: Examples{
		List: "  vizora tag list\n  vizora tag list --sort contentCount:desc -o name",
		Get:  "  vizora tag get indoor\n  vizora tag get indoor -o jq=.contentCount",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Type: TypeString, Help: "name; unique", Column: Column{Header: "NAME", Priority: 1, Width: 48}},
		{Name: "contentCount", Type: TypeInt, Help: "how much content carries it", Column: Column{Header: "CONTENT", Priority: 2}},
		{Name: "color", Type: TypeString, Help: "colour in the dashboard", Column: Column{Header: "COLOR", Priority: 3}},
	},
}}

// TagRules describes the kind.
var TagRules = &Kind[*Object]{Schema: Schema{
	Kind: "TagRule", Noun: "tag-rule", Plural: "tag-rules", Path: "/tag-rules", Unpaged: true, Unique: []string{"name"},
	About:     "the playlist that displays with a tag get",
	CanCreate: []string{Admin}, CanUpdate: []string{Admin}, CanDelete: []string{Admin},
	Long: `A tag rule gives a playlist to displays that carry a tag and have no playlist
yet. Of several rules the one with the lowest priority number wins (schedules have
it the other way round). The displays are not told; they catch up when they next
ask. What a rule has assigned stays when the rule goes.

A tag is named by its id, or by name where some content or display carries it.`,
	Examples: Examples{
		List:   "  vizora tag-rule list\n  vizora tag-rule list --active --sort priority -o json",
		Get:    "  vizora tag-rule get \"Menus on menu boards\"\n  vizora tag-rule get \"Menus on menu boards\" -o jq=.priority",
		Create: "  vizora tag-rule create Seasonal --tag indoor --playlist \"Lobby Loop\" --dry-run\n  vizora tag-rule create Seasonal --tag indoor --playlist \"Lobby Loop\" --priority 10",
		Update: "  vizora tag-rule update \"Menus on menu boards\" --priority 5\n  vizora tag-rule update \"Menus on menu boards\" --active=false --dry-run",
		Delete: "  vizora tag-rule delete \"Menus on menu boards\" --dry-run\n  vizora tag-rule delete \"Menus on menu boards\" --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 120, Help: "name; unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		{Name: "tag", Read: "tagId", Write: "tagId", Flag: "tag", Type: TypeRef, Ref: "tag", Required: true, Help: "displays that carry this tag", Column: Column{Header: "TAG", Priority: 2, Width: 28}},
		{Name: "playlist", Read: "playlistId", Write: "playlistId", Flag: "playlist", Type: TypeRef, Ref: "playlist", Required: true, Help: "get this playlist", Column: Column{Header: "PLAYLIST", Priority: 3, Width: 28}},
		{Name: "priority", Write: "priority", Flag: "priority", Type: TypeInt, Min: 1, Max: 999, Help: "the lowest wins (default 100)", Column: Column{Header: "PRIO", Priority: 4}},
		{Name: "isActive", Write: "isActive", Flag: "active", Type: TypeBool, Help: "whether it is in force", Column: Column{Header: "ACTIVE", Priority: 5}},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 7, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 6, Wide: true}},
	},
	Actions: []Action{{
		Verb: "re-evaluate", Method: http.MethodPost, Path: "/re-evaluate", Again: true, Done: "evaluated", Roles: []string{Admin},
		Short: "Look again for displays that a rule fits", Long: `Looks again for displays that carry the rule's tag and have no playlist, and gives
them the rule's. Displays with a playlist keep it, and none is told.`,
		Example: "  vizora tag-rule re-evaluate \"Menus on menu boards\"\n  vizora tag-rule re-evaluate \"Menus on menu boards\" --dry-run",
	}},
}}
