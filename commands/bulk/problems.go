package bulk

// This file is about one thing: gathering what is wrong with a file, so that it
// is told at once and not one error a run.

import (
	"fmt"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// rowError is one thing that is wrong, and where.
type rowError struct {
	line, column int    // from 1; 0 = not known
	name         string // column's name; "" = the whole row
	problem      string
	fix          string
}

func (e rowError) String() string {
	var b strings.Builder
	if e.line > 0 {
		fmt.Fprintf(&b, "line %d", e.line)
		if e.column > 0 {
			fmt.Fprintf(&b, ", column %d", e.column)
		}
	}
	switch {
	case e.name != "" && b.Len() > 0:
		fmt.Fprintf(&b, " (%s)", e.name)
	case e.name != "":
		b.WriteString(e.name)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(e.problem)
	if e.fix != "" {
		b.WriteString("; " + e.fix)
	}
	return b.String()
}

// maxShown is how many errors are told.
const maxShown = 20

// problems are the errors of a file.
type problems struct {
	shown []string
	count int
}

func (p *problems) add(e rowError) {
	p.count++
	if len(p.shown) < maxShown {
		p.shown = append(p.shown, e.String())
	}
}

// err is the problems as one error, or nil.
func (p *problems) err(name string) error {
	switch p.count {
	case 0:
		return nil
	case 1:
		return &api.Error{Kind: api.KindInvalid, Field: "file", Value: name, Message: name + ": " + p.shown[0], Hint: "nothing was sent"}
	}
	e := &api.Error{Kind: api.KindInvalid, Field: "file", Value: name, Message: fmt.Sprintf("%s has %d errors", name, p.count), Details: p.shown, Hint: "nothing was sent"}
	if more := p.count - len(p.shown); more > 0 {
		e.Details = append(e.Details, fmt.Sprintf("and %d more", more))
	}
	return e
}
