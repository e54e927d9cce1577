package api

// This file is about one thing: what an alert rule is (contract rest 12).

// AlertRules describes the kind. Its recipients have verbs of their own: an
// update does not take them.
var AlertRules = &Kind[*Object]{Schema: Schema{
	Kind: "AlertRule", Noun: "alert-rule", Plural: "alert-rules", Path: "/notifications/alert-rules", Unpaged: true, Unique: []string{"name"},
	About:     "who is told when a display stays offline",
	CanCreate: []string{Admin}, CanUpdate: []string{Admin}, CanDelete: []string{Admin},
	Long: `An alert rule tells its recipients when a display has been offline for a while:
every display (scope all), those with a tag, those of a group, or one.

A recipient is in_app=USER, email=ADDRESS or slack_webhook=URL.`,
	Examples: Examples{
		List:   "  vizora alert-rule list\n  vizora alert-rule list --scope group -o json",
		Get:    "  vizora alert-rule get \"Shop windows\"\n  vizora alert-rule get \"Shop windows\" -o jq=.recipients",
		Create: "  vizora alert-rule create Nights --recipient email=ops@example.com --offline-for 10m\n  vizora alert-rule create Lobbies --scope group --group \"Ground floor\" --recipient email=ops@example.com --dry-run",
		Update: "  vizora alert-rule update \"Shop windows\" --offline-for 5m\n  vizora alert-rule update \"Shop windows\" --active=false --dry-run",
		Delete: "  vizora alert-rule delete \"Shop windows\" --dry-run\n  vizora alert-rule delete \"Shop windows\" --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 120, Help: "name; unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		{Name: "triggerEvent", Write: "triggerEvent", Flag: "event", Type: TypeEnum, Enum: []string{"device.offline"}, Help: "what of; there is one event", Column: Column{Header: "EVENT", Priority: 7, Wide: true}},
		{Name: "scope", Write: "scope", Flag: "scope", Type: TypeEnum, Enum: []string{"all", "tag", "group", "display"}, Help: "which displays", Column: Column{Header: "SCOPE", Priority: 3}},
		{Name: "tag", Read: "scopeTagId", Write: "scopeTagId", Flag: "tag", Type: TypeRef, Ref: "tag", Help: "with scope tag: those that carry it"},
		{Name: "group", Read: "scopeGroupId", Write: "scopeGroupId", Flag: "group", Type: TypeRef, Ref: "group", Help: "with scope group: those in it"},
		{Name: "display", Read: "scopeDisplayId", Write: "scopeDisplayId", Flag: "display", Type: TypeRef, Ref: "display", Help: "with scope display: this one"},
		{Name: "minOfflineSec", Write: "minOfflineSec", Flag: "offline-for", Type: TypeInt, Unit: "seconds", Min: 120, Help: "how long offline before it tells (default 120)", Column: Column{Header: "AFTER", Priority: 4}},
		{Name: "isActive", Write: "isActive", Flag: "active", Type: TypeBool, Help: "whether it is in force", Column: Column{Header: "ACTIVE", Priority: 2}},
		{Name: "recipientCount", Read: "recipients", Type: TypeInt, Help: "how many are told", Column: Column{Header: "RECIPIENTS", Priority: 5}},
		{Name: "recipients", Write: "recipients", CreateOnly: true, Type: TypeObject, Help: "who is told, and how"},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 8, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 6, Wide: true}},
	},
}}
