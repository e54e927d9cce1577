package api

// This file is about one thing: what a provisioning template is (contract rest
// 18).

// ProvisioningTemplates describes the kind.
var ProvisioningTemplates = &Kind[*Object]{Schema: Schema{
	Kind: "ProvisioningTemplate", Noun: "provisioning", Plural: "provisioning-templates", Path: "/provisioning-templates", Unpaged: true, Unique: []string{"name"},
	About:     "what a paired display gets",
	CanCreate: []string{Admin}, CanUpdate: []string{Admin}, CanDelete: []string{Admin},
	Long: `A provisioning template gives a display its orientation, time zone and playlist
when it is paired ('vizora display pair CODE --template NAME'). It is the only way
to set a display's time zone, in which its schedules run.

The platform checks no zone, so it is checked here. "Default" is a mark that
several may carry.`,
	Examples: Examples{
		List:   "  vizora provisioning list\n  vizora provisioning list --orientation portrait -o name",
		Get:    "  vizora provisioning get \"Lobby screens\"\n  vizora provisioning get \"Lobby screens\" -o jq=.timezone",
		Create: "  vizora provisioning create Kiosks --timezone UTC --dry-run\n  vizora provisioning create Kiosks --orientation portrait --timezone Europe/Berlin --playlist \"Lobby Loop\"",
		Update: "  vizora provisioning update \"Lobby screens\" --timezone America/New_York\n  vizora provisioning update \"Lobby screens\" --playlist null --dry-run",
		Delete: "  vizora provisioning delete \"Lobby screens\" --dry-run\n  vizora provisioning delete \"Lobby screens\" --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 120, Help: "name; unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		{Name: "orientation", Read: "defaultOrientation", Write: "defaultOrientation", Flag: "orientation", Type: TypeEnum, Enum: []string{"landscape", "portrait"}, Help: "how the screen hangs", Column: Column{Header: "ORIENTATION", Priority: 4}},
		{Name: "timezone", Read: "defaultTimezone", Write: "defaultTimezone", Flag: "timezone", Type: TypeString, Min: 1, Max: 64, Check: checkZone, Help: "IANA zone in which schedules run (default UTC)", Column: Column{Header: "TIMEZONE", Priority: 2}},
		{Name: "playlist", Read: "defaultPlaylistId", Write: "defaultPlaylistId", Flag: "playlist", Type: TypeRef, Ref: "playlist", Clear: true, Help: "what it plays", Column: Column{Header: "PLAYLIST", Priority: 3, Width: 30}},
		{Name: "isDefault", Write: "isDefault", Flag: "default", Type: TypeBool, Help: "marked as the default", Column: Column{Header: "DEFAULT", Priority: 5}},
		{Name: "description", Write: "description", Flag: "description", Type: TypeString, Clear: true, Max: 500, Help: "free text"},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 7, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 6, Wide: true}},
	},
}}

// checkZone refuses a zone that the platform would store and that breaks the
// schedules of every display paired with it (contract rest 8).
func checkZone(s string) (problem, fix string) {
	if NoZones() == "" && Zone(s) == nil {
		return "is not a time zone", "give an IANA name such as Europe/Berlin or UTC"
	}
	return "", ""
}
