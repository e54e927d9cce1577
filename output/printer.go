// This file prints records: a list of them, or one.

package output

import (
	"encoding/csv"
	"slices"
	"strings"
	"time"
)

// PrintOptions are the flags that shape the output.
type PrintOptions struct {
	Format    Format
	Columns   []string         // --columns, in the order wanted; nil takes the view's
	NoHeaders bool             // --no-headers, for table, wide and csv
	Now       func() time.Time // nil is time.Now
	Location  *time.Location   // for exact times on a terminal; nil is time.Local
}

// Printer prints records in one format. It is used by one goroutine at a time.
type Printer struct {
	io     *IO
	opt    PrintOptions
	tty    bool
	sink   sink
	csvOut *csv.Writer // into sink; made when first needed
}

// NewPrinter returns a printer to stdout. Errors are of type BadFormatError.
func NewPrinter(o *IO, opt PrintOptions) (*Printer, error) {
	f, err := opt.Format.compiled()
	if err != nil {
		return nil, err
	}
	if f.Name == "" {
		f.Name = "table"
	}
	opt.Format = f
	switch f.Name {
	case "table", "wide", "csv", "name", "lines":
	case "json", "jsonl", "yaml", "template", "jq":
		if len(opt.Columns) > 0 {
			return nil, BadFormatError{Value: f.String(), Known: FormatNames(), Reason: "--columns goes with table, wide, csv, name and lines only"}
		}
	default:
		return nil, BadFormatError{Value: f.String(), Known: FormatNames()}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Location == nil {
		opt.Location = time.Local
	}
	return &Printer{io: o, opt: opt, tty: o.StdoutTTY(), sink: sink{w: o.Out()}}, nil
}

// Check reports whether the columns asked for exist in v, as BadColumnError.
// Commands call it before they send anything.
func (p *Printer) Check(v View) error {
	_, err := p.columns(v)
	return err
}

// List prints records. json is one array, jsonl a line each, yaml a list, csv
// has a header and all columns, also the wide ones. name prints one name per
// line, or with Columns their values separated by tabs; lines prints the columns
// of each record on one line. A template is executed for each object; a jq
// program gets the whole array.
//
// An empty list is "[]", a header, or nothing; at a terminal a notice says so.
func (p *Printer) List(v View, records []Record) error {
	cols, err := p.columns(v)
	if err != nil {
		return err
	}
	switch p.opt.Format.Name {
	case "json":
		err = p.jsonList(records)
	case "jsonl":
		err = p.each(records, p.jsonLine)
	case "yaml":
		err = p.yamlList(records)
	case "csv":
		err = p.csv(cols, records)
	case "name":
		err = p.each(records, func(r Record) error { return p.nameLine(v, r) })
	case "lines":
		err = p.each(records, func(r Record) error { return p.plainLine(cols, r) })
	case "template":
		err = p.each(records, p.template)
	case "jq":
		err = p.jqList(records)
	default:
		err = p.table(v, cols, records)
	}
	if flushed := p.sink.flush(); err == nil {
		err = flushed
	}
	return err
}

// One prints one record: as "Key:  value" lines with its sections below, or as
// one object. csv and lines print it as a list of one.
func (p *Printer) One(v View, r Record) error {
	cols, err := p.columns(v)
	if err != nil {
		return err
	}
	switch p.opt.Format.Name {
	case "json":
		err = p.jsonOne(r)
	case "yaml":
		err = p.yamlOne(r)
	case "jq":
		err = p.jqOne(r)
	case "table", "wide":
		err = p.detail(v, cols, r)
	default:
		return p.List(v, []Record{r})
	}
	if flushed := p.sink.flush(); err == nil {
		err = flushed
	}
	return err
}

// each prints records one by one.
func (p *Printer) each(records []Record, print func(Record) error) error {
	for _, r := range records {
		if err := print(r); err != nil {
			return err
		}
	}
	return nil
}

// columns returns the columns to show: those asked for, or those of the view.
func (p *Printer) columns(v View) ([]Column, error) {
	if len(p.opt.Columns) == 0 {
		cols := make([]Column, 0, len(v.Columns))
		for _, c := range v.Columns {
			if !c.Wide || p.opt.Format.Name == "wide" || p.opt.Format.Name == "csv" {
				cols = append(cols, c)
			}
		}
		return cols, nil
	}
	known := v.ColumnNames()
	cols := make([]Column, 0, len(p.opt.Columns))
	for _, name := range p.opt.Columns {
		i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) })
		if i < 0 {
			return nil, BadColumnError{Name: name, Known: known}
		}
		c := v.column(known[i])
		c.Priority = 0 // what was asked for does not give way
		cols = append(cols, c)
	}
	return cols, nil
}

// column returns the column of that name, made up if it is only a field.
func (v View) column(name string) Column {
	for _, c := range v.Columns {
		if c.Name == name {
			return c
		}
	}
	return Column{Name: name}
}

// cellMode returns how values are written: for people at a terminal, or stable
// for whoever reads the pipe.
func (p *Printer) cellMode() cellMode {
	return cellMode{
		relative: p.tty && p.opt.Format.Name != "wide" && p.opt.Format.Name != "lines",
		utc:      !p.tty,
		now:      p.opt.Now(),
		loc:      p.opt.Location,
	}
}

// sink collects output and writes it in large pieces.
type sink struct {
	w interface {
		Write([]byte) (int, error)
	}
	buf []byte
}

const sinkSize = 64 << 10

// Write collects b; it makes the sink an io.Writer.
func (s *sink) Write(b []byte) (int, error) {
	s.buf = append(s.buf, b...)
	return len(b), s.room()
}

// room writes out what has been collected if it is much.
func (s *sink) room() error {
	if len(s.buf) < sinkSize {
		return nil
	}
	return s.flush()
}

func (s *sink) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}
