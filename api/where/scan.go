package where

// This file is about one thing: cutting a condition into tokens.

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenOp
	tokenName
	tokenText
	tokenNumber
)

type token struct {
	kind  tokenKind
	text  string // as written
	value any    // of texts and numbers
	at    int
}

func (t token) shown() string {
	if t.kind == tokenEnd {
		return "the end"
	}
	return strconv.Quote(t.text)
}

// spelled is the operator that a word stands for, or "".
func spelled(word string) string {
	switch word {
	case "and":
		return "&&"
	case "or":
		return "||"
	case "not":
		return "!"
	}
	return ""
}

type scanner struct {
	text string
	at   int
	err  *Error
}

// operators are tried in this order.
var operators = []string{"||", "&&", "==", "!=", "<=", ">=", "<", ">", "~", "!", "(", ")", "[", "]", ","}

func (s *scanner) scan() token {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
	start, rest := s.at, s.text[s.at:]
	switch {
	case s.err != nil || rest == "":
		return token{kind: tokenEnd, at: len(s.text)}
	case rest[0] == '"' || rest[0] == '\'':
		return s.quoted(rest[0])
	case isDigit(rest[0]) || rest[0] == '-' && len(rest) > 1 && isDigit(rest[1]):
		return s.number()
	case isLetter(rest[0]):
		end := 1
		for end < len(rest) && (isLetter(rest[end]) || isDigit(rest[end]) || rest[end] == '.') {
			end++
		}
		s.at += end
		if op := spelled(rest[:end]); op != "" {
			return token{kind: tokenOp, text: op, at: start}
		}
		return token{kind: tokenName, text: rest[:end], at: start}
	}
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			s.at += len(op)
			return token{kind: tokenOp, text: op, at: start}
		}
	}
	problem := "unexpected character"
	if rest[0] == '=' {
		problem = "equality is written ==; unexpected ="
	}
	return s.trouble(start, problem)
}

func (s *scanner) trouble(at int, problem string) token {
	if s.err == nil {
		s.err = &Error{Text: s.text, At: at, Problem: problem}
	}
	s.at = len(s.text)
	return token{kind: tokenEnd, at: s.at}
}

// quoted scans a text. A backslash keeps the next quote or backslash; before
// anything else it stands for itself, as regular expressions want it.
func (s *scanner) quoted(quote byte) token {
	start := s.at
	var b strings.Builder
	for i := start + 1; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == quote:
			s.at = i + 1
			if !utf8.ValidString(b.String()) {
				return s.trouble(start, "the text is not UTF-8")
			}
			return token{kind: tokenText, text: s.text[start:s.at], value: b.String(), at: start}
		case c == '\\' && i+1 < len(s.text) && (s.text[i+1] == quote || s.text[i+1] == '\\'):
			i++
			c = s.text[i]
		}
		b.WriteByte(c)
	}
	return s.trouble(start, "the closing quote is missing")
}

// number scans a number or a duration.
func (s *scanner) number() token {
	start, end := s.at, s.at+1
	for end < len(s.text) && (isDigit(s.text[end]) || isLetter(s.text[end]) || s.text[end] == '.') {
		end++
	}
	text := s.text[start:end]
	s.at = end
	if strings.HasPrefix(s.text[end:], "%") {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			s.at++
			return token{kind: tokenNumber, text: text + "%", value: percent(v), at: start}
		}
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return token{kind: tokenNumber, text: text, value: v, at: start}
	}
	if d, err := time.ParseDuration(text); err == nil {
		return token{kind: tokenNumber, text: text, value: d.Seconds(), at: start}
	}
	return s.trouble(start, strconv.Quote(text)+" is neither a number nor a duration")
}

// Quote writes a text as a condition's literal.
func Quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
