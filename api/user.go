package api

// This file is about one thing: what users and audit entries are (contract rest
// 14, 20).

// Users describes the kind. A user is made by "invite", and let go by
// "deactivate".
var Users = &Kind[*Object]{Schema: Schema{
	Kind: "User", Noun: "user", Plural: "users", Path: "/users", ID: UUID, NameIn: "email", Unique: []string{"email"},
	About:     "who can sign in to the organisation",
	CanUpdate: []string{Admin},
	Long: `Users sign in with their e-mail address, by which they are named here. A role is
admin, manager or viewer; none includes another.

Invite makes a user with a temporary password, which is shown once: the platform
sends no mail. Deactivate blocks a user at once, and activate undoes it.`,
	Examples: Examples{
		List:   "  vizora user list\n  vizora user list --role admin --active -o name",
		Get:    "  vizora user get viewer@harbour.test\n  vizora user get viewer@harbour.test -o jq=.role",
		Update: "  vizora user update viewer@harbour.test --role manager\n  vizora user update viewer@harbour.test --first-name Vera --dry-run",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "email", Type: TypeString, Help: "address to sign in with; unique over the platform", Column: Column{Header: "EMAIL", Priority: 1, Width: 40}},
		{Name: "firstName", Write: "firstName", Flag: "first-name", Type: TypeString, Min: 1, Max: 50, Help: "first name", Column: Column{Header: "FIRST", Priority: 5, Width: 20}},
		{Name: "lastName", Write: "lastName", Flag: "last-name", Type: TypeString, Min: 1, Max: 50, Help: "last name", Column: Column{Header: "LAST", Priority: 4, Width: 20}},
		{Name: "role", Write: "role", Flag: "role", Type: TypeEnum, Enum: []string{Admin, Manager, Viewer}, Help: "what they may do", Column: Column{Header: "ROLE", Priority: 2}},
		{Name: "isActive", Write: "isActive", Flag: "active", Type: TypeBool, Help: "whether they can sign in", Column: Column{Header: "ACTIVE", Priority: 3}},
		{Name: "lastLoginAt", Type: TypeTime, Noise: true, Help: "when they last signed in", Column: Column{Header: "LOGIN", Priority: 6}},
		{Name: "createdAt", Type: TypeTime, Help: "when they were invited", Column: Column{Header: "CREATED", Priority: 7, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when this last changed"},
	},
}}

// AuditEntries describes the kind. The filters that the route advertises answer
// 400, so they are ours (contract rest 20).
var AuditEntries = &Kind[*Object]{Schema: Schema{
	Kind: "AuditEntry", Noun: "audit", Plural: "audit entries", Path: "/audit-logs", NoGet: true, NameIn: "action",
	About: "who did what, and when",
	Long: `The audit log holds sign-ins and sign-outs, password resets, invitations and
changes of users, and fleet commands. The platform does not record changes of
displays, content, playlists or schedules. Only admins can read it.`,
	Examples: Examples{
		List: "  vizora audit list --limit 20\n  vizora audit list --where 'action == \"user_login\" && createdAt > \"2026-11-01\"' -o json",
		Get:  "",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "createdAt", Type: TypeTime, Help: "when", Column: Column{Header: "WHEN", Priority: 1}},
		{Name: "action", Type: TypeString, Help: "what was done", Column: Column{Header: "ACTION", Priority: 2}},
		{Name: "user", Read: "user.email", Type: TypeString, Help: "who did it", Column: Column{Header: "USER", Priority: 3, Width: 36}},
		{Name: "entityType", Type: TypeString, Help: "to what kind of thing", Column: Column{Header: "TO", Priority: 4}},
		{Name: "entityId", Type: TypeString, Help: "to which", Column: Column{Header: "TO-ID", Priority: 6, Wide: true}},
		{Name: "changes", Type: TypeObject, Help: "the particulars"},
		{Name: "ipAddress", Type: TypeString, Help: "from where", Column: Column{Header: "FROM", Priority: 5}},
		{Name: "userAgent", Type: TypeString, Help: "with which program", Column: Column{Header: "WITH", Priority: 7, Wide: true, Width: 40}},
		{Name: "displayId", Type: TypeString, Help: "the display it was about"},
	},
}}
