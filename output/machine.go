// This file prints JSON, and runs templates and jq programs over it.

package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/itchyny/gojq"
)

// object appends the JSON of a record on one line, safe for a terminal if
// stdout is one.
func (p *Printer) object(dst []byte, r Record) ([]byte, error) {
	if !p.tty {
		return r.AppendJSON(dst)
	}
	raw, err := r.AppendJSON(nil)
	if err != nil {
		return dst, err
	}
	return appendEscapedJSON(dst, raw), nil
}

func (p *Printer) jsonLine(r Record) error {
	var err error
	if p.sink.buf, err = p.object(p.sink.buf, r); err != nil {
		return err
	}
	p.sink.buf = append(p.sink.buf, '\n')
	return p.sink.room()
}

// jsonOne prints one object: indented at a terminal, on one line in a pipe.
func (p *Printer) jsonOne(r Record) error {
	if !p.tty {
		return p.jsonLine(r)
	}
	raw, err := p.object(nil, r)
	if err != nil {
		return err
	}
	if err := p.indent(raw, ""); err != nil {
		return err
	}
	p.sink.buf = append(p.sink.buf, '\n')
	return nil
}

// jsonList prints one array: indented at a terminal, an object per line in a
// pipe, so that line tools work on it too.
func (p *Printer) jsonList(records []Record) error {
	if len(records) == 0 {
		p.sink.buf = append(p.sink.buf, "[]\n"...)
		return nil
	}
	p.sink.buf = append(p.sink.buf, '[')
	for i, r := range records {
		if i > 0 {
			p.sink.buf = append(p.sink.buf, ',')
		}
		p.sink.buf = append(p.sink.buf, '\n')
		if err := p.element(r); err != nil {
			return err
		}
		if err := p.sink.room(); err != nil {
			return err
		}
	}
	p.sink.buf = append(p.sink.buf, "\n]\n"...)
	return nil
}

func (p *Printer) element(r Record) (err error) {
	if !p.tty {
		p.sink.buf, err = p.object(p.sink.buf, r)
		return err
	}
	raw, err := p.object(nil, r)
	if err != nil {
		return err
	}
	p.sink.buf = append(p.sink.buf, "  "...)
	return p.indent(raw, "  ")
}

func (p *Printer) indent(raw []byte, prefix string) error {
	b := bytes.NewBuffer(p.sink.buf)
	err := json.Indent(b, raw, prefix, "  ")
	p.sink.buf = b.Bytes()
	return err
}

// template executes the template for one object and ends its line.
func (p *Printer) template(r Record) error {
	raw, err := r.AppendJSON(nil)
	if err != nil {
		return err
	}
	data, err := decode(raw)
	if err != nil {
		return err
	}
	text, err := p.opt.Format.tmpl.execute(data)
	if err != nil {
		return FilterError{Format: "template", Err: err}
	}
	if p.tty {
		text = Clean(text)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, err = p.sink.Write([]byte(text))
	return err
}

// jqList runs the program once, over the array of all objects.
func (p *Printer) jqList(records []Record) error {
	list := make([]any, len(records))
	for i, r := range records {
		raw, err := r.AppendJSON(nil)
		if err != nil {
			return err
		}
		if list[i], err = decode(raw); err != nil {
			return err
		}
	}
	return p.jq(list)
}

// jqOne runs the program over one object.
func (p *Printer) jqOne(r Record) error {
	raw, err := r.AppendJSON(nil)
	if err != nil {
		return err
	}
	v, err := decode(raw)
	if err != nil {
		return err
	}
	return p.jq(v)
}

// jq prints what the program yields: strings bare, everything else as JSON,
// indented at a terminal.
func (p *Printer) jq(input any) error {
	results := p.opt.Format.code.Run(input)
	for {
		v, ok := results.Next()
		if !ok {
			return nil
		}
		if err, failed := v.(error); failed {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return nil // the program stopped by itself
			}
			return FilterError{Format: "jq", Err: err}
		}
		if err := p.jqResult(v); err != nil {
			return err
		}
	}
}

func (p *Printer) jqResult(v any) error {
	if s, ok := v.(string); ok {
		if p.tty {
			s = Clean(s)
		}
		_, err := p.sink.Write([]byte(s + "\n"))
		return err
	}
	raw, err := gojq.Marshal(v)
	if err != nil {
		return FilterError{Format: "jq", Err: err}
	}
	if p.tty {
		if err := p.indent(appendEscapedJSON(nil, raw), ""); err != nil {
			return err
		}
	} else {
		p.sink.buf = append(p.sink.buf, raw...)
	}
	p.sink.buf = append(p.sink.buf, '\n')
	return p.sink.room()
}
