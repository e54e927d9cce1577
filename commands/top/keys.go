package top

// This file is about one thing: what keys do.

import (
	"strconv"

	"github.com/vizora/vizora-cli/output"
)

// question asks for a text or a confirmation before an edit.
type question struct {
	text    string
	start   string   // the text to begin with
	confirm bool     // y or n instead of a text
	takes   []string // what else happens
	then    func(answer string)
}

// press reacts to a key and reports whether to go on.
func (m *model) press(key output.Key) bool {
	switch m.mode {
	case filtering, prompting:
		m.typed(key)
		return true
	case confirming:
		m.confirm(key)
		return true
	case detail, helping:
		return m.read(key)
	}
	return m.browse(key)
}

func (m *model) browse(key output.Key) bool {
	switch key.Name {
	case output.KeyUp:
		m.move(-1)
	case output.KeyDown:
		m.move(1)
	case output.KeyPageUp:
		m.move(-10)
	case output.KeyPageDown:
		m.move(10)
	case output.KeyHome:
		m.move(-len(m.rows()))
	case output.KeyEnd:
		m.move(len(m.rows()))
	case output.KeyRight, output.KeyTab:
		m.turn(m.page + 1)
	case output.KeyLeft:
		m.turn(m.page - 1)
	case output.KeyEnter:
		if m.chosen(m.rows()) >= 0 {
			m.mode, m.scroll = detail, 0
		}
	case output.KeyEscape:
		m.filter[m.page] = ""
	}
	switch key.Rune {
	case 'q':
		return false
	case '?':
		m.mode, m.scroll = helping, 0
	case '/':
		m.mode, m.input = filtering, m.filter[m.page]
	case 'j':
		m.move(1)
	case 'k':
		m.move(-1)
	default:
		if n, err := strconv.Atoi(string(key.Rune)); err == nil && n >= 1 && n <= len(m.pages) {
			m.turn(n - 1)
			break
		}
		m.edit(key.Rune)
	}
	return true
}

func (m *model) turn(page int) {
	m.page, m.notice = (page+len(m.pages))%len(m.pages), ""
	m.work.refresh(m)
}

// move moves the cursor by n rows, as far as there are any.
func (m *model) move(n int) {
	rows := m.rows()
	if at := m.chosen(rows); at >= 0 {
		m.cursor[m.page] = rows[min(max(at+n, 0), len(rows)-1)].id
	}
}

// read reacts to keys while a text is shown.
func (m *model) read(key output.Key) bool {
	switch {
	case key.Name == output.KeyDown, key.Rune == 'j':
		m.scroll++
	case key.Name == output.KeyUp, key.Rune == 'k':
		m.scroll = max(0, m.scroll-1)
	case key.Name == output.KeyEscape, key.Name == output.KeyEnter, key.Name == output.KeyBackspace, key.Name == output.KeyLeft, key.Rune == 'q', key.Rune == '?':
		m.mode = browsing
	case m.mode == detail:
		m.edit(key.Rune)
	}
	return true
}

// typed edits the line that is being typed.
func (m *model) typed(key output.Key) {
	switch key.Name {
	case output.KeyEnter:
		asked := m.asking
		filter := m.mode == filtering
		m.mode, m.asking = browsing, nil
		if !filter && asked != nil {
			asked.then(m.input)
		}
	case output.KeyEscape:
		if m.mode == filtering {
			m.filter[m.page] = ""
		}
		m.mode, m.asking = browsing, nil
		return
	case output.KeyBackspace:
		if runes := []rune(m.input); len(runes) > 0 {
			m.input = string(runes[:len(runes)-1])
		}
	default:
		if key.Rune != 0 {
			m.input += string(key.Rune)
		}
	}
	if m.mode == filtering {
		m.filter[m.page] = m.input
	}
}

func (m *model) confirm(key output.Key) {
	asked := m.asking
	m.mode, m.asking = browsing, nil
	if key.Rune == 'y' || key.Rune == 'Y' {
		asked.then("")
		return
	}
	m.say("nothing was done", false)
}

// ask asks for a text.
func (m *model) ask(q question) {
	m.asking, m.input, m.mode = &q, q.start, prompting
	if q.confirm {
		m.mode = confirming
	}
}
