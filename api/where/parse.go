package where

// This file is about one thing: parsing, by binding strength.

import (
	"regexp"
	"slices"
)

// maxDepth bounds how deep parentheses, lists and "!" may nest.
const maxDepth = 100

// binding is how strongly the infix operators bind.
var binding = map[string]int{
	"||": 1, "&&": 2,
	"==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "~": 3, "in": 3, "contains": 3,
}

// Compile reads a condition. known lists the fields there are; nil takes any.
// With a known "data", "data.status" is known too. Errors are of type *Error.
func Compile(text string, known []string) (*Cond, error) {
	p := &parser{scanner: scanner{text: text}, known: known}
	p.next()
	root := p.expression(0)
	if p.err == nil && p.tok.kind != tokenEnd {
		p.fail(p.tok.at, "unexpected "+p.tok.shown())
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Cond{text: text, root: root, fields: p.fields, compared: p.compared}, nil
}

type parser struct {
	scanner
	tok    token
	known  []string
	fields []string
	depth  int

	compared []Compared
}

func (p *parser) next() { p.tok = p.scan() }

// expression parses operators that bind more strongly than least.
func (p *parser) expression(least int) node {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok.at, "nested too deeply")
	}
	defer func() { p.depth-- }()
	left := p.operand()
	for p.err == nil && (p.tok.kind == tokenOp || p.tok.kind == tokenName) {
		op := p.tok
		power := binding[op.text]
		if power == 0 || power <= least {
			break
		}
		p.next()
		left = p.infix(op, left, power)
		if power == 3 && p.err == nil && binding[p.tok.text] == 3 && p.tok.kind != tokenText {
			p.fail(p.tok.at, "comparisons cannot be chained: join them with &&; unexpected "+p.tok.shown())
		}
	}
	return left
}

func (p *parser) infix(op token, left node, power int) node {
	if op.text == "~" {
		at := p.tok.at
		pattern, ok := p.expression(power).(literal)
		text, isText := pattern.value.(string)
		if !ok || !isText {
			return p.fail(at, "~ needs a regular expression in quotes")
		}
		re, err := regexp.Compile(text)
		if err != nil {
			return p.fail(at, err.Error())
		}
		return match{left, re}
	}
	right := p.expression(power)
	p.note(left, right)
	switch op.text {
	case "||":
		return either{left, right}
	case "&&":
		return both{left, right}
	}
	return compare{op.text, left, right}
}

// note remembers the texts that a field is compared with.
func (p *parser) note(left, right node) {
	field, isField := left.(fieldRef)
	if !isField {
		left, right = right, left
		field, isField = left.(fieldRef)
	}
	if !isField {
		return
	}
	values, isList := right.(list)
	if !isList {
		values.items = []node{right}
	}
	for _, value := range values.items {
		if v, ok := value.(literal); ok {
			if text, ok := v.value.(string); ok {
				p.compared = append(p.compared, Compared{field.name, text})
			}
		}
	}
}

// operand parses a literal, a field, a list, a negation or parentheses.
func (p *parser) operand() node {
	if p.err != nil {
		return literal{}
	}
	tok := p.tok
	switch tok.kind {
	case tokenText, tokenNumber:
		p.next()
		if share, ok := tok.value.(percent); ok {
			if p.known != nil && !p.isKnown(totalField) {
				return p.fail(tok.at, "a percentage has nothing to be a part of here")
			}
			return share
		}
		return literal{tok.value}
	case tokenName:
		return p.name(tok)
	case tokenOp:
		p.next()
		switch tok.text {
		case "!":
			if p.depth++; p.depth > maxDepth {
				return p.fail(tok.at, "nested too deeply")
			}
			defer func() { p.depth-- }()
			return not{p.operand()}
		case "(":
			inner := p.expression(0)
			p.expect(")")
			return inner
		case "[":
			return p.items()
		}
	}
	return p.fail(tok.at, "a value is missing before "+tok.shown())
}

func (p *parser) name(tok token) node {
	p.next()
	switch tok.text {
	case "true":
		return literal{true}
	case "false":
		return literal{false}
	case "null":
		return literal{}
	case "in", "contains":
		return p.fail(tok.at, "a value is missing before "+tok.text)
	}
	if p.known != nil && !p.isKnown(tok.text) {
		p.fail(tok.at, "no field is named "+tok.text)
		if p.err != nil && p.err.Names == nil {
			p.err.Name, p.err.Names = tok.text, p.known
		}
		return literal{}
	}
	if !slices.Contains(p.fields, tok.text) {
		p.fields = append(p.fields, tok.text)
	}
	return fieldRef{tok.text}
}

func (p *parser) isKnown(name string) bool {
	return slices.ContainsFunc(p.known, func(k string) bool {
		return name == k || len(name) > len(k)+1 && name[:len(k)+1] == k+"."
	})
}

// items parses a list; its "[" has been read.
func (p *parser) items() node {
	var l list
	for p.err == nil {
		if p.tok.kind == tokenOp && p.tok.text == "]" {
			p.next()
			break
		}
		if len(l.items) > 0 {
			p.expect(",")
		}
		l.items = append(l.items, p.expression(0))
	}
	return l
}

func (p *parser) expect(text string) {
	if p.err == nil && (p.tok.kind != tokenOp || p.tok.text != text) {
		p.fail(p.tok.at, text+" is missing before "+p.tok.shown())
		return
	}
	p.next()
}

// fail keeps the first trouble.
func (p *parser) fail(at int, problem string) node {
	if p.err == nil {
		p.err = &Error{Text: p.text, At: at, Problem: problem}
	}
	p.tok = token{kind: tokenEnd, at: len(p.text)}
	return literal{}
}
