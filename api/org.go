package api

// This file is about one thing: the fields of an organisation that can be
// changed (contract rest 13). It is one, so it is no kind: nothing lists it.

// OrgFields are the fields of an update. The plan is not among them: the
// platform fails on it (contract rest 25, item 9).
func OrgFields() *Schema {
	return &Schema{Kind: "Organization", Noun: "organization", Plural: "organizations", Path: "/organizations", ID: UUID, CanUpdate: []string{Admin}, Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id"},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Min: 1, Help: "name"},
		{Name: "slug", Write: "slug", Flag: "slug", Type: TypeString, Min: 2, Max: 255, Check: checkSlug, Help: "short name in addresses; unique over the platform"},
		{Name: "logoUrl", Write: "logoUrl", Flag: "logo", Type: TypeString, Help: "address of the logo"},
		{Name: "country", Write: "country", Flag: "country", Type: TypeString, Help: "country"},
		{Name: "gstin", Write: "gstin", Flag: "gstin", Type: TypeString, Help: "tax number in India"},
		{Name: "settings", Write: "settings", Flag: "settings", Type: TypeObject, Help: "a JSON object, laid over the settings there are"},
	}}
}

// checkSlug is the rule of registration; an update takes any text (contract
// rest 13).
func checkSlug(s string) (problem, fix string) {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return "is no slug", "give a-z, 0-9 and -"
		}
	}
	return "", ""
}

// BrandingFields are the fields of an organisation's branding, which is always
// written whole.
func BrandingFields() *Schema {
	return &Schema{Kind: "Branding", Noun: "branding", Plural: "brandings", CanUpdate: []string{Admin}, Fields: []Field{
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Min: 1, Max: 100, Help: "name that is shown"},
		{Name: "primaryColor", Write: "primaryColor", Flag: "primary-color", Type: TypeString, Check: checkColor, Help: "#RRGGBB"},
		{Name: "secondaryColor", Write: "secondaryColor", Flag: "secondary-color", Type: TypeString, Check: checkColor, Help: "#RRGGBB"},
		{Name: "accentColor", Write: "accentColor", Flag: "accent-color", Type: TypeString, Check: checkColor, Help: "#RRGGBB"},
		{Name: "fontFamily", Write: "fontFamily", Flag: "font", Type: TypeEnum, Enum: []string{"sans", "serif", "mono"}, Help: "typeface"},
		{Name: "showPoweredBy", Write: "showPoweredBy", Flag: "powered-by", Type: TypeBool, Help: `show "Powered by Vizora"`},
		{Name: "logoUrl", Write: "logoUrl", Flag: "logo", Type: TypeString, Help: "address of the logo"},
		{Name: "customDomain", Write: "customDomain", Flag: "domain", Type: TypeString, Max: 255, Help: "own domain"},
		{Name: "customCSS", Write: "customCSS", Flag: "css", Type: TypeString, Max: 5000, Help: "own CSS; the platform turns > into &gt;"},
	}}
}

func checkColor(s string) (problem, fix string) {
	if len(s) == 7 && s[0] == '#' {
		hex := true
		for _, r := range s[1:] {
			hex = hex && (r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F')
		}
		if hex {
			return "", ""
		}
	}
	return "is no colour", "give #RRGGBB"
}
