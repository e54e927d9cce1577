package api

// This file is about one thing: what a display group is (contract rest 9).

// Groups describes the kind. Its members have verbs of their own: no create or
// update takes them.
var Groups = &Kind[*Object]{Schema: Schema{
	Kind: "Group", Noun: "group", Plural: "groups", Path: "/display-groups",
	About:     "displays that are scheduled together",
	CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin},
	Long: `A group gathers displays, so that a schedule or a command can name them all at
once. A display may be in several. Names are not unique.

Deleting a group deletes every schedule that is meant for it; the displays stay.
No display is told that its groups changed: it catches up when it next asks.`,
	Examples: Examples{
		List:   "  vizora group list\n  vizora group list --where 'memberCount == 0' -o name",
		Get:    "  vizora group get \"Ground floor\"\n  vizora group get \"Ground floor\" -o jq='.members[]'",
		Create: "  vizora group create \"Street side\" --description \"What passers-by see\"\n  vizora group create \"Street side\" --dry-run",
		Update: "  vizora group update \"Ground floor\" --description \"Lobbies and halls\"\n  vizora group update \"Ground floor\" --description \"All lobbies\" --dry-run",
		Delete: "  vizora group delete \"Ground floor\" --dry-run\n  vizora group delete \"Ground floor\" --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 100, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 48}},
		{Name: "memberCount", Read: "displays", Type: TypeInt, Help: "how many displays are in it", Column: Column{Header: "DISPLAYS", Priority: 2}},
		{Name: "description", Write: "description", Flag: "description", Type: TypeString, Clear: true, Max: 500, Help: "free text", Column: Column{Header: "DESCRIPTION", Priority: 4, Width: 40}},
		{Name: "displayIds", Read: "displays[].displayId", Type: TypeList, Help: "ids of its displays"},
		{Name: "members", Read: "displays[].display.nickname", Type: TypeList, Detail: true, Help: "names of its displays"},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 5, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 3}},
	},
}}
