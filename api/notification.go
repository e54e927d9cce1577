package api

// This file is about one thing: what a notification is (contract rest 12).

import "net/http"

// Notifications describes the kind.
var Notifications = &Kind[*Object]{Schema: Schema{
	Kind: "Notification", Noun: "notification", Plural: "notifications", Path: "/notifications", NoGet: true, NameIn: "title",
	About: "a message to all or to one user",
	Filters: []Filter{
		{Param: "read", Flag: "read", Enum: []string{"true", "false"}, Help: "only those read, or not"},
		{Param: "severity", Flag: "severity", Enum: []string{"info", "warning", "critical"}, Help: "only these"},
	},
	CanCreate: []string{Admin},
	Long: `Notifications are your own and those to the whole organisation. Of the latter
there is one copy: who reads or dismisses one does so for everybody.`,
	Examples: Examples{
		List:   "  vizora notification list --read false\n  vizora notification list --severity critical -o json",
		Get:    "  vizora notification get \"Display offline\"\n  vizora notification get \"Display offline\" -o jq=.message",
		Create: "  vizora notification create \"Maintenance tonight\" --message \"Screens restart at 23:00\"\n  vizora notification create \"Maintenance tonight\" --message \"Restart at 23:00\" --severity warning --dry-run",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "title", Write: "title", Flag: "title", Type: TypeString, Required: true, Min: 1, Help: "what it is about", Column: Column{Header: "TITLE", Priority: 1, Width: 40}},
		{Name: "message", Write: "message", Flag: "message", Type: TypeString, Required: true, Min: 1, Help: "the text", Column: Column{Header: "MESSAGE", Priority: 4, Width: 60}},
		{Name: "severity", Write: "severity", Flag: "severity", Type: TypeEnum, Enum: []string{"info", "warning", "critical"}, Help: "how grave", Column: Column{Header: "SEVERITY", Priority: 2}},
		{Name: "type", Write: "type", Flag: "type", Type: TypeEnum, Enum: []string{"device_offline", "device_online", "content_expired", "system"}, Help: "what kind", Column: Column{Header: "TYPE", Priority: 6}},
		{Name: "read", Type: TypeBool, Help: "whether somebody has read it", Column: Column{Header: "READ", Priority: 3}},
		{Name: "user", Read: "userId", Write: "userId", Flag: "user", Type: TypeRef, Ref: "user", Help: "only for this user; without it for all"},
		{Name: "metadata", Write: "metadata", Flag: "metadata", Type: TypeObject, Help: "a JSON object"},
		{Name: "createdAt", Type: TypeTime, Help: "when it came", Column: Column{Header: "WHEN", Priority: 5}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed"},
	},
	Actions: []Action{
		{Verb: "read", Method: http.MethodPatch, Path: "/read", Again: true, Done: "marked as read:", Short: "Mark a notification as read",
			Example: "  vizora notification read \"Display offline\"\n  vizora notification read \"Display offline\" --dry-run"},
		{Verb: "dismiss", Method: http.MethodPatch, Path: "/dismiss", Done: "dismissed", Short: "Take a notification off the list",
			Example: "  vizora notification dismiss \"Display offline\" --dry-run\n  vizora notification dismiss \"Display offline\""},
		{Verb: "read-all", All: true, Method: http.MethodPost, Path: "/read-all", Again: true, Done: "marked all as read", Short: "Mark every notification as read",
			Example: "  vizora notification read-all\n  vizora notification read-all --dry-run"},
	},
}}
