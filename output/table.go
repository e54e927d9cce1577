// This file prints tables, single records and the plain one-line forms.

package output

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"
)

// table prints a list for people.
func (p *Printer) table(v View, cols []Column, records []Record) error {
	if len(records) == 0 && p.tty {
		p.io.Notice("No %s found.", v.plural())
		return nil
	}
	return p.grid(v, cols, records, p.opt.NoHeaders)
}

func (p *Printer) grid(v View, cols []Column, records []Record, noHeaders bool) error {
	g := newGrid(cols, records, p.cellMode())
	slots := g.layout(g.natural(!noHeaders), p.io.Width(), v.idField())
	if len(slots) == 0 {
		return nil
	}
	color := p.io.Color()
	if g.rows > 0 && g.bounded() {
		p.sink.buf = g.appendBounded(p.sink.buf, slots, !noHeaders, color)
		return nil
	}
	if !noHeaders {
		p.sink.buf = g.appendHeader(p.sink.buf, slots, color)
	}
	for r := range g.rows {
		p.sink.buf = g.appendRow(p.sink.buf, slots, r, color)
		if err := p.sink.room(); err != nil {
			return err
		}
	}
	return nil
}

// plural returns the kind in words and in the plural: "tag rules".
func (v View) plural() string {
	if v.Plural != "" {
		return v.Plural
	}
	word := strings.ToLower(label(v.Kind))
	switch {
	case word == "":
		return "records"
	case strings.HasSuffix(word, "y") && !strings.HasSuffix(word, "ay") && !strings.HasSuffix(word, "ey"):
		return strings.TrimSuffix(word, "y") + "ies"
	case strings.HasSuffix(word, "s"), strings.HasSuffix(word, "x"), strings.HasSuffix(word, "ch"):
		return word + "es"
	}
	return word + "s"
}

// detail prints one record as "Key:  value" lines and its sections. Nothing is
// cut: there is room below. With chosen columns, only those are shown.
func (p *Printer) detail(v View, cols []Column, r Record) error {
	if len(p.opt.Columns) == 0 && v.Fields != nil {
		cols = make([]Column, 0, len(v.Fields))
		for _, f := range v.Fields {
			cols = append(cols, v.column(f))
		}
	}
	keys := make([]string, len(cols))
	width := 0
	for i, c := range cols {
		keys[i] = c.key() + ":"
		width = max(width, cells(keys[i]))
	}
	for i, c := range cols {
		p.sink.buf = append(p.sink.buf, paint(p.io.Color(), Dim, keys[i])...)
		p.sink.buf = appendSpaces(p.sink.buf, width-cells(keys[i])+gap)
		p.sink.buf = p.appendDetail(p.sink.buf, c, r.Field(c.Name), width+gap)
		p.sink.buf = append(p.sink.buf, '\n')
	}
	s, ok := r.(Sectioner)
	if !ok || len(p.opt.Columns) > 0 {
		return nil
	}
	for _, section := range s.Sections() {
		if err := p.section(section); err != nil {
			return err
		}
	}
	return nil
}

// key is the name of a column beside a value: the header, unless that is
// written in capitals.
func (c Column) key() string {
	if c.Header == "" || c.Header == strings.ToUpper(c.Header) {
		return label(c.Name)
	}
	return c.Header
}

// appendDetail appends the value of one field. Text of several lines keeps
// them, indented; a time is exact, and at a terminal also seen from now.
func (p *Printer) appendDetail(dst []byte, c Column, v any, indent int) []byte {
	m := p.cellMode()
	m.relative = false
	switch x := v.(type) {
	case string:
		text := strings.TrimRight(Clean(x), " \t\n")
		if text == "" {
			return append(dst, absent...)
		}
		text = strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent))
		return append(dst, paint(p.io.Color(), c.Styles[text], text)...)
	case time.Time:
		dst = m.appendCell(dst, x)
		if p.tty && !x.IsZero() {
			dst = append(dst, paint(p.io.Color(), Dim, " ("+HumanTime(x, m.now)+")")...)
		}
		return dst
	}
	start := len(dst)
	dst = m.appendCell(dst, v)
	if style := c.Styles[string(dst[start:])]; style != Plain {
		dst = append(dst[:start], paint(p.io.Color(), style, string(dst[start:]))...)
	}
	return dst
}

// section prints a titled table below a record.
func (p *Printer) section(s Section) error {
	p.sink.buf = append(p.sink.buf, '\n')
	p.sink.buf = append(p.sink.buf, paint(p.io.Color(), Bold, cleanLine(s.Title))...)
	p.sink.buf = append(p.sink.buf, '\n')
	if len(s.Records) == 0 {
		p.sink.buf = append(p.sink.buf, "none\n"...)
		return nil
	}
	cols := make([]Column, 0, len(s.View.Columns))
	for _, c := range s.View.Columns {
		if !c.Wide || p.opt.Format.Name == "wide" {
			cols = append(cols, c)
		}
	}
	return p.grid(s.View, cols, s.Records, p.opt.NoHeaders)
}

// csv prints a header of column names and exact values.
func (p *Printer) csv(cols []Column, records []Record) error {
	if !p.opt.NoHeaders {
		if err := p.csvHeader(cols); err != nil {
			return err
		}
	}
	return p.each(records, func(r Record) error { return p.csvRow(cols, r) })
}

func (p *Printer) csvHeader(cols []Column) error {
	fields := make([]string, len(cols))
	for i, c := range cols {
		fields[i] = c.Name
	}
	return p.csvLine(fields)
}

func (p *Printer) csvRow(cols []Column, r Record) error {
	fields := make([]string, len(cols))
	for i, c := range cols {
		fields[i] = exact(r.Field(c.Name))
		if p.tty {
			fields[i] = Clean(fields[i])
		}
	}
	return p.csvLine(fields)
}

func (p *Printer) csvLine(fields []string) error {
	if p.csvOut == nil {
		p.csvOut = csv.NewWriter(&p.sink)
	}
	if err := p.csvOut.Write(fields); err != nil {
		return err
	}
	p.csvOut.Flush()
	return p.csvOut.Error()
}

// nameLine prints the name of a record (its id if it has none), or the columns
// asked for, separated by tabs. What would break the line is cleaned.
func (p *Printer) nameLine(v View, r Record) error {
	names := p.opt.Columns
	if len(names) == 0 {
		name := appendClean(nil, string(appendExact(nil, r.Field(v.nameField()))), true)
		if len(name) == 0 {
			name = appendClean(nil, string(appendExact(nil, r.Field(v.idField()))), true)
		}
		_, err := p.sink.Write(append(name, '\n'))
		return err
	}
	cols, err := p.columns(v)
	if err != nil {
		return err
	}
	var line []byte
	for i, c := range cols {
		if i > 0 {
			line = append(line, '\t')
		}
		line = appendClean(line, string(appendExact(nil, r.Field(c.Name))), true)
	}
	_, err = p.sink.Write(append(line, '\n'))
	return err
}

// plainLine prints the cells of a record on one line, two spaces apart and not
// padded: a scrolling log.
func (p *Printer) plainLine(cols []Column, r Record) error {
	m := p.cellMode()
	color := p.io.Color()
	for i, c := range cols {
		if i > 0 {
			p.sink.buf = appendSpaces(p.sink.buf, gap)
		}
		start := len(p.sink.buf)
		p.sink.buf = m.appendCell(p.sink.buf, r.Field(c.Name))
		if text := p.sink.buf[start:]; color && c.Styles[string(text)] != Plain {
			p.sink.buf = append(p.sink.buf[:start], paint(true, c.Styles[string(text)], string(bytes.Clone(text)))...)
		}
	}
	p.sink.buf = append(p.sink.buf, '\n')
	return p.sink.room()
}
