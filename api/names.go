package api

// This file is about one thing: the names of a kind's resources, kept beside
// the snapshots in a form that TAB can read in a millisecond: a line each, with
// its id and what tells it apart.

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Name is a resource as completion shows it.
type Name struct {
	Name, ID string
	About    string // such as "online, Lobby"; "" when there is nothing to say
}

// Names returns what is known of the list at path: its names in the server's
// order, and when they were read. The time is zero when nothing is known, and
// old is true when something was written since.
func (s *Snapshots) Names(path string) (names []Name, at time.Time, old bool) {
	file := s.namesFile(path)
	info, err := os.Stat(file)
	if err != nil {
		return nil, time.Time{}, false
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, time.Time{}, false
	}
	for line := range strings.Lines(string(raw)) {
		if parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3); len(parts) == 3 {
			names = append(names, Name{parts[0], parts[1], parts[2]})
		}
	}
	_, err = os.Stat(file + ".old")
	return names, info.ModTime(), err == nil
}

// NamesAttempt is the file whose age says when the names at path were last asked
// for, and whose lock lets one process ask at a time.
func (s *Snapshots) NamesAttempt(path string) string { return s.namesFile(path) + ".asked" }

// AgeNames notes that the list at path has changed since its names were read.
func (s *Snapshots) AgeNames(path string) {
	if _, err := os.Stat(s.namesFile(path)); err == nil {
		_ = os.WriteFile(s.namesFile(path)+".old", nil, 0o600) // a cache: at worst TAB is behind
	}
}

func (s *Snapshots) namesFile(path string) string {
	return filepath.Join(s.dir, "names-"+shortHash(path))
}

// keepNames stores the names of a whole list.
func (s *Snapshots) keepNames(path string, text []byte) {
	s.once.Do(s.start)
	s.jobs <- snapshotJob{file: s.namesFile(path), names: text}
}

// names writes the lines of a whole list.
func (k *Kind[T]) names(rows []T) []byte {
	about := k.telling()
	var b []byte
	for _, v := range rows {
		b = append(appendCell(b, k.NameOf(v)), '\t')
		b = append(append(b, k.IDOf(v)...), '\t')
		some := false
		for _, name := range about {
			text := k.word(v, name)
			if text == "" {
				continue
			}
			if some {
				b = append(b, ", "...)
			}
			some = true
			b = appendCell(b, text)
		}
		b = append(b, '\n')
	}
	return b
}

// telling names the columns, at most two, that tell resources apart: states and
// counts before free text.
func (k *Kind[T]) telling() []string {
	var about []string
	for _, types := range [][]FieldType{{TypeEnum, TypeInt}, {TypeString}} {
		for i := range k.Fields {
			f := &k.Fields[i]
			if f.Column.Header != "" && !f.Column.Wide && f.Name != "id" && f.Name != "name" && len(about) < 2 && slices.Contains(types, f.Type) {
				about = append(about, f.Name)
			}
		}
	}
	return about
}

// word is a field's value for a description, with a count's meaning behind it.
func (k *Kind[T]) word(v T, field string) string {
	value := k.Value(v, field)
	if value == nil || value == "" {
		return ""
	}
	f := k.Field(field)
	text := fmt.Sprint(value)
	switch {
	case f.Unit != "":
		return text + " " + f.Unit
	case f.Type == TypeInt:
		return text + " " + strings.ToLower(f.Column.Header)
	}
	return text
}

// appendCell keeps a name on one line and out of the next column.
func appendCell(b []byte, text string) []byte {
	for _, r := range text {
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		b = append(b, string(r)...)
	}
	return b
}
