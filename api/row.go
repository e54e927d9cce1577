package api

// This file is about one thing: a resource of any kind, known by id and name.

import (
	"context"
	"encoding/json"
)

// Row is a resource by id and name, for look-ups that need no more.
type Row struct {
	ID               string `json:"id"`
	PlainName        string `json:"name"`
	Nickname         string `json:"nickname"`         // displays
	DeviceIdentifier string `json:"deviceIdentifier"` // displays without a nickname
	Email            string `json:"email"`            // users
	Title            string `json:"title"`            // notifications
}

// Name is the resource's name under whichever key its kind has it.
func (r *Row) Name() string {
	switch {
	case r.PlainName != "":
		return r.PlainName
	case r.Nickname != "":
		return r.Nickname
	case r.DeviceIdentifier != "":
		return r.DeviceIdentifier
	case r.Email != "":
		return r.Email
	}
	return r.Title
}

// RawRow is a resource of any kind as the server sent it.
type RawRow struct {
	Row
	Raw json.RawMessage
}

// UnmarshalJSON keeps the row besides its id and name.
func (r *RawRow) UnmarshalJSON(raw []byte) error {
	r.Raw = append(r.Raw[:0], raw...)
	return json.Unmarshal(raw, &r.Row)
}

// RawList reads a kind's whole list.
func (s *Schema) RawList(ctx context.Context, c *Client) ([]*RawRow, error) {
	id := func(r *RawRow) string { return r.ID }
	if s.Unpaged {
		return listWhole[*RawRow](ctx, c, s.Path, nil)
	}
	return List(ctx, c, s.Path, nil, id, 0)
}

// EachRaw reads a kind's whole list and gives its rows to take, page by page, so
// that only what is kept of them takes memory; total is how many there are. Where
// the list has changed while it was read, rows come again, as they are by then.
func (s *Schema) EachRaw(ctx context.Context, c *Client, take func(rows []*RawRow, total int)) error {
	if s.Unpaged {
		rows, err := s.RawList(ctx, c)
		take(rows, len(rows))
		return err
	}
	for range maxWalks {
		_, whole, err := walkPages(ctx, c, s.Path, nil, func(r *RawRow) string { return r.ID }, 0, take)
		if err != nil || whole {
			return err
		}
	}
	return nil
}

// Rows is the schema as a kind of rows.
func (s *Schema) Rows() *Kind[*Row] {
	plain := *s
	plain.NameIn = ""
	return describe(plain, []Attr[*Row]{
		{Field{Name: "id", Type: TypeString, Column: Column{Header: "ID"}}, func(r *Row) any { return r.ID }},
		{Field{Name: "name", Type: TypeString, Column: Column{Header: "NAME", Priority: 1}}, func(r *Row) any { return r.Name() }},
	})
}
