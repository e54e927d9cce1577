package topics

// This file is about one thing: showing a topic's Markdown on a terminal. Topics
// use headings, paragraphs, indented code and tables, and nothing else.

import (
	"strings"
	"unicode/utf8"
)

// Render lays text out for a terminal of the given width (0 is 80 columns), and
// no wider than a line can be read. bold marks headings; nil leaves them plain.
func Render(text string, width int, bold func(string) string) string {
	if width <= 0 {
		width = 80
	}
	width = min(width, 100)
	if bold == nil {
		bold = func(s string) string { return s }
	}
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "#"):
			for part := range strings.SplitSeq(Wrap(strings.TrimLeft(line, "# "), width), "\n") {
				b.WriteString(bold(part) + "\n")
			}
			i++
		case strings.HasPrefix(line, "|"):
			end := blockEnd(lines, i, "|")
			b.WriteString(table(lines[i:end], width, bold))
			i = end
		case line == "" || strings.HasPrefix(line, "    "):
			b.WriteString(line + "\n")
			i++
		default:
			end := i
			for end < len(lines) && lines[end] != "" && !strings.HasPrefix(lines[end], "|") && !strings.HasPrefix(lines[end], "    ") {
				end++
			}
			b.WriteString(Wrap(strings.Join(lines[i:end], " "), width) + "\n")
			i = end
		}
	}
	return b.String()
}

func blockEnd(lines []string, from int, mark string) int {
	for from < len(lines) && strings.HasPrefix(lines[from], mark) {
		from++
	}
	return from
}

// table aligns a Markdown table; the last column wraps.
func table(lines []string, width int, bold func(string) string) string {
	var rows [][]string
	for i, line := range lines {
		if i == 1 { // the rule below the header
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		rows = append(rows, cells)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for j, cell := range row {
			if j < len(widths)-1 {
				widths[j] = max(widths[j], utf8.RuneCountInString(cell))
			}
		}
	}
	fit(widths[:len(widths)-1], width)
	if tooNarrow(rows, widths[:len(widths)-1], width) {
		return stacked(rows[1:], width)
	}
	var b strings.Builder
	for i, row := range rows {
		b.WriteString(tableRow(row, widths, width, i == 0, bold))
	}
	return b.String()
}

// lastColumn is the room that a table's last column gets at least.
const lastColumn = 28

// fit narrows the widest columns until the last one has room.
func fit(widths []int, width int) {
	for {
		total, widest := 2, 0
		for j, w := range widths {
			total += w + 2
			if w > widths[widest] {
				widest = j
			}
		}
		if total+lastColumn <= width || len(widths) == 0 || widths[widest] <= 8 {
			return
		}
		widths[widest]--
	}
}

// tooNarrow reports that a word does not fit into its column.
func tooNarrow(rows [][]string, widths []int, width int) bool {
	for _, row := range rows {
		for j, w := range widths {
			for word := range strings.FieldsSeq(row[j]) {
				if utf8.RuneCountInString(word) > w {
					return true
				}
			}
		}
	}
	total := 2
	for _, w := range widths {
		total += w + 2
	}
	return total+lastColumn/2 > width
}

// stacked is a table on a narrow terminal: each row's first cell, and below it
// the others.
func stacked(rows [][]string, width int) string {
	var b strings.Builder
	for _, row := range rows {
		for j, cell := range row {
			indent := "      "
			if j == 0 {
				indent = "  "
			}
			for line := range strings.SplitSeq(Wrap(cell, width-len(indent)), "\n") {
				if line != "" {
					b.WriteString(indent + line + "\n")
				}
			}
		}
	}
	return b.String()
}

func tableRow(row []string, widths []int, width int, header bool, bold func(string) string) string {
	columns := make([][]string, len(row))
	indent, height := 2, 1
	for j, cell := range row {
		room := width - indent
		if j < len(widths)-1 {
			room = widths[j]
		}
		columns[j] = strings.Split(Wrap(cell, room), "\n")
		height = max(height, len(columns[j]))
		if j < len(widths)-1 {
			indent += widths[j] + 2
		}
	}
	var b strings.Builder
	for h := range height {
		line := " "
		for j := range row {
			cell := ""
			if h < len(columns[j]) {
				cell = columns[j][h]
			}
			pad := 0
			if j < len(widths)-1 {
				pad = max(0, widths[j]-utf8.RuneCountInString(cell))
			}
			if header && cell != "" {
				cell = bold(cell)
			}
			line += " " + cell + strings.Repeat(" ", pad+1)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// Wrap breaks text at spaces so that no line is wider than width.
func Wrap(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line == "" {
			line = word
		} else {
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}
