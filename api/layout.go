package api

// This file is about one thing: content that is made on the platform: layouts,
// widgets and HTML templates (contract rest 6.3). Their rows are content rows,
// and one of them is read by content's own route.

import "net/http"

func madeFields(own ...Field) []Field {
	return append([]Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		{Name: "description", Write: "description", Flag: "description", Type: TypeString, Help: "free text"},
		{Name: "status", Type: TypeString, Help: "as of all content", Column: Column{Header: "STATUS", Priority: 4}},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 6, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 5}},
	}, own...)
}

// Layouts describes screens divided into zones.
func Layouts() *Kind[*Object] {
	return &Kind[*Object]{Schema: Schema{
		Kind: "Layout", Noun: "layout", Under: "content", Plural: "layouts", Path: "/content/layouts", ReadPath: "/content", OnlyType: "layout",
		About:     "a screen divided into zones",
		CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin, Manager},
		Examples: Examples{
			List:   "  vizora content layout list\n  vizora content layout list -o name",
			Get:    "  vizora content layout get \"Two halves\"\n  vizora content layout get \"Two halves\" -o jq=.zones",
			Create: "  vizora content layout create Quarters --type grid-2x2\n  vizora content layout create Quarters --type grid-2x2 --dry-run",
			Update: "  vizora content layout update \"Two halves\" --name Halves --dry-run\n  vizora content layout update \"Two halves\" --description \"Menu left, news right\"",
			Delete: "  vizora content layout delete \"Two halves\" --dry-run\n  vizora content layout delete \"Two halves\" --yes",
		},
		Fields: madeFields(
			Field{Name: "layoutType", Read: "metadata.layoutType", Write: "layoutType", Flag: "type", Type: TypeEnum, Required: true, Help: "how it is divided", Enum: []string{"split-horizontal", "split-vertical", "grid-2x2", "main-sidebar", "l-shape", "custom"}, Column: Column{Header: "TYPE", Priority: 2}},
			Field{Name: "zones", Read: "metadata.zones", Write: "zones", Flag: "zones", Type: TypeObject, Help: "a JSON array of {id,name,gridArea} with playlistId, contentId or widgetId"},
			Field{Name: "backgroundColor", Read: "metadata.backgroundColor", Write: "backgroundColor", Flag: "background", Type: TypeString, Help: "colour behind the zones"},
			Field{Name: "gap", Read: "metadata.gap", Write: "gap", Flag: "gap", Type: TypeInt, Help: "space between the zones, in pixels"},
		),
	}}
}

// Widgets describes small live pages: weather, news, social media.
func Widgets() *Kind[*Object] {
	return &Kind[*Object]{Schema: Schema{
		Kind: "Widget", Noun: "widget", Under: "content", Plural: "widgets", Path: "/content/widgets", ReadPath: "/content", OnlyType: "template",
		About:     "a small page with live data",
		CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager},
		Long: `Widgets are small pages with live data. They are content, and deleted as such:
'vizora content delete'. The platform fetches the data when one is made, and fails
where it cannot; "clock" and "countdown" it knows by name and cannot make.`,
		Examples: Examples{
			List:   "  vizora content widget list\n  vizora content widget list -o name",
			Get:    "  vizora content widget get \"Town weather\"\n  vizora content widget get \"Town weather\" -o jq=.config",
			Create: "  vizora content widget create News --type rss --config '{\"url\":\"https://example.com/feed\"}' --dry-run\n  vizora content widget create Weather --type weather --config '{\"location\":\"Berlin\"}' --dry-run",
			Update: "  vizora content widget update \"Town weather\" --name \"Weather today\" --dry-run\n  vizora content widget update \"Town weather\" --duration 20 --dry-run",
		},
		Fields: madeFields(
			Field{Name: "widgetType", Read: "metadata.widgetType", Write: "widgetType", Flag: "type", Type: TypeEnum, Required: true, CreateOnly: true, Help: "what it shows", Enum: []string{"weather", "rss", "social_instagram", "social_twitter", "social_facebook", "generic-api"}, Column: Column{Header: "TYPE", Priority: 2}},
			Field{Name: "config", Read: "metadata.widgetConfig", Write: "widgetConfig", Flag: "config", Type: TypeObject, Required: true, Help: "a JSON object, by the type"},
			Field{Name: "duration", Write: "duration", Flag: "duration", Type: TypeInt, Unit: "seconds", Min: 1, Help: "how long it shows"},
		),
		Actions: []Action{{Verb: "refresh", Method: http.MethodPost, Path: "/refresh", Again: true, Done: "refreshed", Roles: []string{Admin, Manager}, Short: "Fetch a widget's data again",
			Example: "  vizora content widget refresh \"Town weather\" --dry-run\n  vizora content widget refresh \"Town weather\" -o jq=.updatedAt"}},
	}}
}

// PageTemplates describes HTML pages with placeholders for data.
func PageTemplates() *Kind[*Object] {
	return &Kind[*Object]{Schema: Schema{
		Kind: "PageTemplate", Noun: "template", Under: "content", Plural: "page templates", Path: "/content", NoList: true, OnlyType: "template",
		WritePath: "/content/templates",
		About:     "an HTML page with placeholders for data",
		CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager},
		Long: `A page template is HTML with {{placeholders}} that are filled from data: given by
hand, or fetched by the platform. It is content: 'vizora content list --type
template' lists them and 'vizora content delete' deletes one.`,
		Examples: Examples{
			Get:    "  vizora content template get \"Daily special\"\n  vizora content template get \"Daily special\" -o jq=.dataSource",
			Create: "  vizora content template create Board --html-file board.html --data '{\"type\":\"manual\",\"manualData\":{\"dish\":\"Soup\"}}' --refresh '{\"enabled\":false,\"intervalMinutes\":60}' --dry-run\n  vizora content template create Board --html-file board.html --data '{\"type\":\"manual\"}' --refresh '{\"enabled\":false,\"intervalMinutes\":60}'",
			Update: "  vizora content template update \"Daily special\" --html-file board.html --dry-run\n  vizora content template update \"Daily special\" --duration 20 --html-file board.html",
		},
		Fields: madeFields(
			Field{Name: "templateHtml", Read: "metadata.templateHtml", Write: "templateHtml", Flag: "html-file", Type: TypeString, Required: true, File: true, Help: "the page"},
			Field{Name: "dataSource", Read: "metadata.dataSource", Write: "dataSource", Flag: "data", Type: TypeObject, Required: true, Help: "a JSON object: type rest_api, json_url or manual, and url or manualData"},
			Field{Name: "refreshConfig", Read: "metadata.refreshConfig", Write: "refreshConfig", Flag: "refresh", Type: TypeObject, Required: true, Help: "a JSON object: enabled and intervalMinutes"},
			Field{Name: "sampleData", Read: "metadata.sampleData", Write: "sampleData", Flag: "sample", Type: TypeObject, Help: "a JSON object to show it with"},
			Field{Name: "duration", Write: "duration", Flag: "duration", Type: TypeInt, Unit: "seconds", Min: 1, Help: "how long it shows"},
		),
	}}
}
