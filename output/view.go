// This file is what commands hand over: columns, records and views.

package output

// Column is a column of a table and of CSV.
type Column struct {
	// Name names the field and is what --columns takes.
	Name string
	// Header is the title; tables show it in capitals, CSV uses Name.
	Header string
	// Priority decides what gives way on a narrow terminal: the highest goes
	// first, 0 never goes.
	Priority int
	// Wide columns are shown in the wide format only.
	Wide bool
	// Right aligns to the right, as numbers want it. Such a column is never
	// shortened.
	Right bool
	// Max is the width in cells the column may take on a terminal; 0 is free.
	// In a stream it is the width the column gets.
	Max int
	// Styles paints a cell by its text ("online": Good) where there is color.
	Styles map[string]Style
}

// Record is one object to show.
type Record interface {
	// Field returns a value for cells and CSV by the name of the field: nil,
	// string, bool, int, int64, float64, time.Time, time.Duration, ByteSize,
	// []string, json.RawMessage, or anything that marshals to JSON. An unknown
	// name gives nil.
	Field(name string) any
	// AppendJSON appends the whole object on one line, with apiVersion and kind.
	AppendJSON(dst []byte) ([]byte, error)
}

// Section is a table below a single record, such as a playlist's items.
type Section struct {
	Title   string
	View    View
	Records []Record
}

// Sectioner is a Record that has sections.
type Sectioner interface{ Sections() []Section }

// View says how records of one kind are shown.
type View struct {
	// Kind is the kind as in JSON, for example "Playlist".
	Kind string
	// Plural is the kind in the plural, in words; "" derives it from Kind.
	Plural string
	// Columns are the columns of a list.
	Columns []Column
	// Fields are the fields of a single record in their order; nil takes the
	// columns.
	Fields []string
	// NameField and IDField name the fields that hold the name and the id
	// ("name" and "id" if empty). The id is never shortened nor left out.
	NameField, IDField string
}

func (v View) nameField() string {
	if v.NameField == "" {
		return "name"
	}
	return v.NameField
}

func (v View) idField() string {
	if v.IDField == "" {
		return "id"
	}
	return v.IDField
}

// ColumnNames returns what --columns takes for this view: the columns, then
// the remaining fields.
func (v View) ColumnNames() []string {
	names := make([]string, 0, len(v.Columns)+len(v.Fields))
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, c := range v.Columns {
		add(c.Name)
	}
	for _, f := range v.Fields {
		add(f)
	}
	return names
}
