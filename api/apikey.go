package api

// This file is about one thing: what an API key is (contract rest 3).

// APIKeys describes the kind. It has its own create, which shows the key.
var APIKeys = &Kind[*Object]{Schema: Schema{
	Kind: "ApiKey", Noun: "api-key", Plural: "api-keys", Path: "/api-keys", Unpaged: true, NoGet: true,
	About:     "a key that reads the content list",
	CanCreate: []string{Admin}, CanDelete: []string{Admin},
	Long: `An API key, sent as the header x-api-key, opens exactly one route: the list of
content (GET /content), with the scope read:content or read:all, on the plans pro
and enterprise. Other scopes are stored and open nothing. vizora itself signs in
as a user.

A key is shown once, when it is made; the platform keeps no part of it to tell
several apart but their names, which are not unique. Expired keys stay listed.`,
	Examples: Examples{
		List:   "  vizora api-key list\n  vizora api-key list --where 'lastUsedAt == null' -o name",
		Get:    "  vizora api-key get \"Content feed\"\n  vizora api-key get \"Content feed\" -o jq=.scopes",
		Create: "  vizora api-key create ci --scopes read:content --expires 2030-01-01\n  vizora api-key create ci -o jq=.key",
		Delete: "  vizora api-key delete \"Content feed\" --dry-run\n  vizora api-key delete \"Content feed\" --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		{Name: "scopes", Write: "scopes", Flag: "scopes", Type: TypeList, Min: 1, Help: "what it is for (default read:all)", Enum: []string{
			"read:all", "read:content", "read:displays", "read:analytics", "write:content", "write:displays", "write:playlists", "write:schedules"}, Column: Column{Header: "SCOPES", Priority: 2}},
		{Name: "lastUsedAt", Type: TypeTime, Noise: true, Help: "when it was last used", Column: Column{Header: "USED", Priority: 3}},
		{Name: "expiresAt", Write: "expiresAt", Flag: "expires", Type: TypeTime, Help: "when it stops working", Column: Column{Header: "EXPIRES", Priority: 4}},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 5}},
	},
}}
