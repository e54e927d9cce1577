package api

// This file is about one thing: what a template of the library is (contract
// rest 19).

// Templates describes the kind: the library, which everybody shares, and the
// organisation's own copies.
var Templates = &Kind[*Object]{Schema: Schema{
	Kind: "Template", Noun: "template", Plural: "templates", Path: "/template-library", Search: "search",
	About: "a ready-made page to copy and publish",
	Filters: []Filter{
		{Param: "category", Flag: "category", Enum: []string{"retail", "restaurant", "corporate", "education", "healthcare", "events", "general", "indian"}, Help: "only these"},
		{Param: "orientation", Flag: "orientation", Enum: []string{"landscape", "portrait", "both"}, Help: "only these"},
		{Param: "difficulty", Flag: "difficulty", Enum: []string{"beginner", "intermediate", "advanced"}, Help: "only these"},
		{Param: "tag", Flag: "tag", Help: "only those with this word"},
	},
	Long: `The template library holds ready-made pages. Clone copies one into the
organisation; publish makes a page into content, with a playlist for each display
that is named, and assigns it. Only the newest 500 are searched.`,
	Examples: Examples{
		List: "  vizora template list\n  vizora template list --category restaurant --search menu -o name",
		Get:  "  vizora template get \"Daily Specials\"\n  vizora template get \"Daily Specials\" -o jq=.category",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Type: TypeString, Help: "name", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		{Name: "category", Type: TypeString, Help: "which trade it is for", Column: Column{Header: "CATEGORY", Priority: 2}},
		{Name: "orientation", Read: "templateOrientation", Type: TypeString, Help: "how the screen hangs", Column: Column{Header: "ORIENTATION", Priority: 3}},
		{Name: "difficulty", Type: TypeString, Help: "how much there is to fill in", Column: Column{Header: "DIFFICULTY", Priority: 5}},
		{Name: "useCount", Type: TypeInt, Noise: true, Help: "how often it was copied", Column: Column{Header: "USED", Priority: 4}},
		{Name: "duration", Type: TypeInt, Unit: "seconds", Help: "how long it shows", Column: Column{Header: "DURATION", Priority: 6, Wide: true}},
		{Name: "tags", Read: "libraryTags", Type: TypeList, Help: "words for it", Column: Column{Header: "TAGS", Priority: 7, Wide: true, Width: 30}},
		{Name: "description", Type: TypeString, Help: "what it shows"},
		{Name: "isFeatured", Type: TypeBool, Help: "put forward by the platform"},
		{Name: "hasDataSource", Type: TypeBool, Help: "whether it fetches data"},
		{Name: "seasonalStart", Type: TypeString, Help: "from when in the year it fits"},
		{Name: "seasonalEnd", Type: TypeString, Help: "until when in the year it fits"},
		{Name: "previewImageUrl", Type: TypeString, Help: "address of its picture"},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made"},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed"},
	},
}}
