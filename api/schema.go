package api

// This file is about one thing: how a resource kind is described. One
// description per kind is the source of its commands, flags, columns, JSON,
// completion, checks and of what the journal compares.

import (
	"context"
	"encoding/json"
	"net/url"
	"reflect"
	"sort"
	"strings"
)

// FieldType is the type of a field's values.
type FieldType string

// The types, with the Go type that Attr.Get returns for each (or nil).
const (
	TypeString FieldType = "string" // string
	TypeInt    FieldType = "int"    // int, int64
	TypeBool   FieldType = "bool"   // bool
	TypeTime   FieldType = "time"   // time.Time
	TypeEnum   FieldType = "enum"   // string, one of Field.Enum
	TypeRef    FieldType = "ref"    // string, the id of a Field.Ref
	TypeList   FieldType = "list"   // []string
	TypeObject FieldType = "object" // json.RawMessage or a struct with JSON tags
	TypeNumber FieldType = "number" // float64
	TypeClock  FieldType = "clock"  // string "HH:MM"; the server has minutes since midnight
	TypeDays   FieldType = "days"   // []string of day names; the server has numbers, 0 = Sunday
)

// Field describes one field of a kind. Names differ between what the server
// reads and writes (contract rest 25, item 18): Name is ours, everywhere.
type Field struct {
	Name  string // in JSON output, --columns, --where, CSV headers and manifests
	Read  string // JSON key in the server's answers, or a path to it such as "user.email" or "displays[].displayId"; "" = Name
	Write string // JSON key in request bodies; "" = read-only
	Flag  string // flag of create and update; "" = none
	Type  FieldType
	Enum  []string
	Unit  string // "seconds", "bytes"
	Ref   string // noun of the kind that the value names
	Help  string

	Required   bool // on create
	CreateOnly bool
	UpdateOnly bool
	Clear      bool                                 // JSON null clears it
	Keeps      string                               // why the server keeps a value that is once set; "" = it can be cleared or never is
	Detail     bool                                 // only "get" answers it, a list does not
	Noise      bool                                 // moves without anybody's edit; never compared
	Min, Max   int                                  // bounds of an Int, of a String's length after sanitising, or of a List's; Max 0 = none
	File       bool                                 // its flag names a file that holds the value
	Secret     bool                                 // written and never shown; its flag names a file that holds it
	Check      func(s string) (problem, fix string) // what else a String must be; "" = good
	Default    string                               // JSON value that the server gives it on create; "" = null, or not known
	Plain      bool                                 // an Int below Min or above Max is not refused: any whole number goes

	Column Column
}

// Column is how a field appears in a table.
type Column struct {
	Header   string // "" = the field is not a column
	Priority int    // 0 is never dropped on a narrow terminal; higher goes first
	Wide     bool   // only with -o wide
	Width    int    // widest on a terminal, in cells; 0 = free
}

// ReadKey returns the JSON key of the field in answers; of a path, the first.
func (f *Field) ReadKey() string {
	if f.Read == "" {
		return f.Name
	}
	if end := strings.IndexAny(f.Read, ".["); end >= 0 {
		return f.Read[:end]
	}
	return f.Read
}

// below is the rest of a path to the field's value, behind ReadKey.
func (f *Field) below() string { return strings.TrimPrefix(f.Read, f.ReadKey()) }

// Nested reports that the value is not at the top of the server's answers.
func (f *Field) Nested() bool { return f.below() != "" }

// Writable reports whether create or update takes the field.
func (f *Field) Writable() bool { return f.Write != "" }

// Filter is a query parameter by which the server filters a list.
type Filter struct {
	Param  string
	Flag   string
	Enum   []string
	Ref    string // noun of the kind that the value names: it takes names and sends ids
	Repeat bool   // may be given several times
	Help   string
}

// Role names of the platform: a flat allow-list, no hierarchy.
const (
	Admin   = "admin"
	Manager = "manager"
	Viewer  = "viewer"
)

// Schema is a kind's description without its Go type.
type Schema struct {
	Kind    string // "Playlist": the kind in output and manifests
	Noun    string // "playlist": the command
	Plural  string // "playlists"
	Path    string // "/playlists"
	ID      IDFormat
	About   string // what it is, half a sentence
	Fields  []Field
	Filters []Filter
	Search  string // query parameter that finds by part of a name; "" = none
	NameIn  string // field that people call it by, where that is not "name"

	Unpaged   bool   // the list is a bare array, whose route refuses page and limit
	ReadPath  string // where one is read, when not below Path
	WritePath string // where one is made and changed, when not below Path
	OnlyType  string // of rows that share a route with others: their "type"
	Under     string // noun whose command holds this one's; "" = none
	NoList    bool   // there is no route for a list of its own

	Also   Embedded // rows that only another list shows
	NoGet  bool     // there is no route for one; it is found in the list
	Mixed  bool     // the list is not in the order of creation
	Unique []string // fields in which no two may be the same: the server answers 500 (contract rest 25, item 9); null is like nothing
	OneOf  []string // exactly one of these fields is set on create

	Long     string // what to know about the noun, for its help
	Examples Examples
	Actions  []Action
	Lists    []Sublist

	// UpdateAnchor is a field that every PATCH must carry, because without a
	// scalar the server answers 404 (contract rest 5).
	UpdateAnchor string

	CanCreate, CanUpdate, CanDelete []string // roles; empty = nobody
}

// Embedded is where another kind's list shows rows of this one.
type Embedded struct {
	Path string // that list
	Rows string // path of the rows within one of its own, such as "tags[].tag"
}

// Examples are the examples of the CRUD verbs: two runnable lines each.
type Examples struct{ List, Get, Create, Update, Delete string }

// Action is a verb beyond CRUD that is one request without a body.
type Action struct {
	Verb, Short, Long, Example string
	Method, Path               string // the path goes on from the resource's
	All                        bool   // it is about the whole list, not one resource
	Again                      bool   // it may be sent twice (journal.Absolute)
	Done                       string // what was done, in the past: "marked as read"
	Asks                       string // what to ask before; "" = nothing
	Roles                      []string
}

// Sublist is a list that one resource has, such as a webhook's deliveries.
type Sublist struct {
	Verb, Short, Example string
	Path                 string // goes on from the resource's
	Row                  *Kind[*Object]
}

// NameField is the field that people call a resource by.
func (s *Schema) NameField() string {
	if s.NameIn != "" {
		return s.NameIn
	}
	return "name"
}

// Field returns the field of that name, or nil.
//
//go:noinline
func (s *Schema) Field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// FieldNames lists the fields' names in order.
func (s *Schema) FieldNames() []string {
	names := make([]string, len(s.Fields))
	for i := range s.Fields {
		names[i] = s.Fields[i].Name
	}
	return names
}

// ReadItem is the path at which one resource is read.
func (s *Schema) ReadItem(id string) string {
	if s.ReadPath != "" {
		return s.ReadPath + "/" + PathSegment(id)
	}
	return s.ItemPath(id)
}

// WriteRoot is the path at which a resource is made, and below which changed.
func (s *Schema) WriteRoot() string {
	if s.WritePath != "" {
		return s.WritePath
	}
	return s.Path
}

// Command is how the kind's command is called: "webhook", "content layout".
func (s *Schema) Command() string {
	if s.Under != "" {
		return s.Under + " " + s.Noun
	}
	return s.Noun
}

// ItemPath is the path of one resource.
//
//go:noinline
func (s *Schema) ItemPath(id string) string { return s.Path + "/" + PathSegment(id) }

// PathSegment escapes an id for use in a path.
//
//go:noinline
func PathSegment(id string) string { return url.PathEscape(id) }

// Schemas lists every kind.
func Schemas() []*Schema {
	return append(listed(), &Layouts().Schema, &Widgets().Schema, &PageTemplates().Schema)
}

// listed are the kinds that stand in the program as they are, and cost nothing
// to be asked for.
func listed() []*Schema {
	all := []*Schema{&Playlists.Schema, &Displays.Schema, &Contents.Schema, &Schedules.Schema}
	for _, k := range Objects() {
		all = append(all, &k.Schema)
	}
	return all
}

// Objects lists the kinds that no code computes with: their description is all
// there is, and their commands come from it.
func Objects() []*Kind[*Object] {
	return []*Kind[*Object]{
		Groups, Folders, Tags, TagRules, Templates, ProvisioningTemplates, Webhooks, AlertRules, Notifications,
		Users, APIKeys, AuditEntries,
	}
}

// SchemaOf returns the schema whose Kind, command or Plural is name, or nil.
func SchemaOf(name string) *Schema {
	if name == "" { // asked of every field that refers to nothing
		return nil
	}
	for _, all := range []func() []*Schema{listed, Schemas} {
		for _, s := range all() {
			if strings.EqualFold(s.Kind, name) || s.Command() == name || s.Plural == name {
				return s
			}
		}
	}
	return nil
}

// Attr is a field together with how to read it from the kind's Go type.
type Attr[T any] struct {
	Field
	Get func(T) any
}

// Kind is a schema with its Go type, a pointer such as *Playlist: code that is
// generic over pointers exists once in the program, not once per kind. Without
// getters, as of *Object, the values are found by the fields' own keys: such a
// kind is plain data that costs nothing when the program starts.
type Kind[T any] struct {
	Schema
	attrs []Attr[T]
}

// describe joins a schema and its attributes. The attributes named "id" and
// "name" must exist.
func describe[T any](s Schema, attrs []Attr[T]) *Kind[T] {
	k := &Kind[T]{Schema: s, attrs: attrs} // every run pays for this, --version too: no maps
	k.Fields = make([]Field, len(attrs))
	for i := range attrs {
		k.Fields[i] = attrs[i].Field
	}
	return k
}

// isZero reports a nil pointer, which is what JSON null decodes to. It asks
// reflection, because a comparable T would cost a copy of all the code per kind.
func isZero[T any](v T) bool { return reflect.ValueOf(&v).Elem().IsZero() }

// IDOf returns v's id.
//
//go:noinline
func (k *Kind[T]) IDOf(v T) string { s, _ := k.Value(v, "id").(string); return s }

// NameOf returns v's name.
//
//go:noinline
func (k *Kind[T]) NameOf(v T) string { s, _ := k.Value(v, k.NameField()).(string); return s }

// Value returns a field's value: nil or one of the types named at FieldType.
func (k *Kind[T]) Value(v T, field string) any {
	for i := range k.attrs {
		if k.attrs[i].Name == field {
			return k.attrs[i].Get(v)
		}
	}
	if o, ok := any(v).(*Object); ok && o != nil {
		if f := k.Field(field); f != nil {
			return o.value(f)
		}
	}
	return nil
}

// List reads the kind's whole list, or its first limit rows.
func (k *Kind[T]) List(ctx context.Context, c *Client, query url.Values, limit int) ([]T, error) {
	var rows []T
	var err error
	if k.Unpaged {
		rows, err = listWhole[T](ctx, c, k.Path, query)
	} else {
		rows, err = List(ctx, c, k.Path, query, k.IDOf, limit)
	}
	if err == nil && k.Also.Path != "" {
		rows, err = k.embedded(ctx, c, rows)
	}
	if err == nil && limit == 0 && len(query) == 0 && c.reader != nil && !c.Offline() && len(k.Fields) > 2 { // Rows know nothing of a kind but names
		c.reader.snapshots.keepNames(k.Path, k.names(rows))
	}
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	return rows, err
}

// embedded adds the rows that another list shows and this one does not.
func (k *Kind[T]) embedded(ctx context.Context, c *Client, rows []T) ([]T, error) {
	holders, err := List(ctx, c, k.Also.Path, nil, func(o *Object) string { s, _ := o.value(&Field{Name: "id"}).(string); return s }, 0)
	if err != nil {
		return nil, err
	}
	at := Field{Read: k.Also.Rows, Type: TypeObject}
	for _, o := range holders {
		raw, _ := o.value(&at).(json.RawMessage)
		var more []T
		if raw == nil || json.Unmarshal(raw, &more) != nil {
			continue
		}
		rows = union(rows, more, k.IDOf)
	}
	return rows, nil
}

// Get reads one resource by id.
func (k *Kind[T]) Get(ctx context.Context, c *Client, id string) (T, error) {
	row, err := k.Read(ctx, c, id)
	if err != nil {
		return *new(T), err
	}
	return row.Value, nil
}

// Decode reads one resource from an answer to a write.
func (k *Kind[T]) Decode(data json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return v, &Error{Kind: KindProtocol, Message: "the server's answer has an unexpected shape", Err: err}
	}
	if isZero(v) || k.IDOf(v) == "" {
		return *new(T), &Error{Kind: KindProtocol, Message: "the server's answer is not a " + k.Noun + ": it has no id"}
	}
	return v, nil
}

// Values returns a resource's fields by our names, as JSON, from the form the
// server sends.
func (s *Schema) Values(raw json.RawMessage) (Changes, error) {
	var row map[string]json.RawMessage
	if err := json.Unmarshal(raw, &row); err != nil {
		return nil, &Error{Kind: KindProtocol, Message: "the server's answer has an unexpected shape", Err: err}
	}
	values := make(Changes, len(s.Fields))
	for i := range s.Fields {
		f := &s.Fields[i]
		v, ok := row[f.ReadKey()]
		if below := f.below(); ok && below != "" {
			if v = follow(v, below); v == nil {
				v = null
			}
		}
		if ok {
			values[f.Name] = v
		}
	}
	return values, nil
}

// Changes are fields by name with their new values as JSON. An absent key
// leaves a field alone, null clears it, anything else sets it.
type Changes map[string]json.RawMessage

// Names lists the touched fields in alphabetical order.
func (c Changes) Names() []string {
	names := make([]string, 0, len(c))
	for name := range c {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Body turns changes into a request body, under the names the server reads.
func (s *Schema) Body(changes Changes) (json.RawMessage, error) {
	body := make(map[string]json.RawMessage, len(changes))
	for name, value := range changes {
		f := s.Field(name)
		if f == nil || !f.Writable() {
			return nil, Errorf(KindInternal, "%s has no writable field %q", s.Noun, name)
		}
		body[f.Write] = value
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, &Error{Kind: KindInternal, Message: "cannot encode the request", Err: err}
	}
	return raw, nil
}
