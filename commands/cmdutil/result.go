package cmdutil

// This file is about one thing: the result of a command that is no resource.

import "github.com/vizora/vizora-cli/output"

// PrintResult shows a result that is no resource: a line on stderr and, in any
// format but the tables, one object on stdout.
func (f *Factory) PrintResult(did string, view output.View, r output.Record) error {
	f.IO.Say("%s", did)
	table, err := f.InTable()
	if err != nil || table {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	return p.One(view, r)
}

// InTable reports whether people read the output.
func (f *Factory) InTable() (bool, error) {
	format, err := f.Format()
	return format.Name == "table" || format.Name == "wide", err
}
