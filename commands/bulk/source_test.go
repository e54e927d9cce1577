package bulk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBadFiles reads files as people have them, and looks where each mistake is
// said to be.
func TestBadFiles(t *testing.T) {
	long := strings.Repeat("x", 2*maxLine)
	tests := []struct {
		name, file, text string
		rows             int
		want             []string // beginnings
	}{
		{"right", "a.csv", "name,description\nA,b\n", 1, nil},
		{"a byte order mark and carriage returns", "a.csv", bom + "name,description\r\nA,\"b, \"\"c\"\"\r\nd\"\r\n", 1, nil},
		{"semicolons", "a.csv", "name;description\nA;b,c\n", 1, nil},
		{"tabs", "a.csv", "name\tdescription\nA\tb\n", 1, nil},
		{"no last newline", "a.csv", "name,description\nA,b", 1, nil},
		{"empty lines", "a.csv", "name,description\n\nA,b\n\n", 1, nil},
		{"nothing", "a.csv", "", 0, []string{"line 1: the file is empty"}},
		{"only a byte order mark", "a.csv", bom, 0, []string{"line 1: the file is empty"}},
		{"only columns", "a.csv", "name,description\n", 0, nil},
		{"an unknown column", "a.csv", "name,colour\nA,b\nB,c\n", 0, []string{"line 1, column 6 (colour): update playlist takes no"}},
		{"a column that is none", "a.csv", "name,createdAt\nA,b\n", 0, []string{"line 1, column 6 (createdAt): the field createdAt"}},
		{"a column twice", "a.csv", "name,description,description\nA,b,\n", 1, []string{"line 1, column 18 (description): the column is there twice"}},
		{"a column without a name", "a.csv", "name,,description\nA,,b\n", 1, []string{"line 1, column 6: column 2 has no name"}},
		{"ragged rows", "a.csv", "name,description\nA\nB,c,d\nC,e\n", 1, []string{"line 2, column 1: the row has not as many", "line 3, column 1: the row has not as many"}},
		{"values", "a.csv", "name,loop\nA,maybe\nB,true\nC,2\n", 1, []string{"line 2, column 3 (loop)", "line 4, column 3 (loop)"}},
		{"after a cell of several lines", "a.csv", "name,description,loop\nA,\"b\nc\",true\nB,d,x\n", 1, []string{"line 4, column 5 (loop)"}},
		{"a quote inside", "a.csv", "name,description\nA b \"c\",d\n", 0, []string{"line 2, column 5: a quote stands inside"}},
		{"a quote that is not closed", "a.csv", "name,description\nA,b\n\"B,c\nC,d\n", 1, []string{"line 3: a quote is not closed"}},
		{"a quote that takes the rest along", "a.csv", "name,description\nA,b\n\"B,c\n" + long + "\n", 1, []string{"line 3: a row is longer than"}},
		{"a megabyte in a row", "a.csv", "name,description\nA,b\nB," + long + "\nC,d\n", 1, []string{"line 3: a row is longer than"}},
		{"UTF-16", "a.csv", "\xff\xfen\x00a\x00", 0, []string{"line 1: the file is UTF-16 text; save the file as UTF-8"}},
		{"Latin-1 columns", "a.csv", "name,gr\xf6\xdfe\nA,b\n", 0, []string{"line 1, column 6: it is not UTF-8"}},
		{"Latin-1 values", "a.csv", "name,description\nA,b\nB,gr\xf6\xdfer\n", 1, []string{"line 3, column 3 (description): it is not UTF-8"}},
		{"JSON Lines", "a.jsonl", "{\"name\":\"A\",\"description\":null}\n\n{\"name\":\"B\",\"loop\":true}\r\n", 2, nil},
		{"a line that is none", "a.jsonl", "{\"name\":\"A\",\"loop\":true}\n[1]\n{\"name\":\"B\",\"loop\":\n", 1, []string{"line 2, column 1: the line is not a JSON object", "line 3, column 20: the line is not JSON"}},
		{"a line in Latin-1", "a.jsonl", "{\"name\":\"\xf6\",\"loop\":true}\n", 0, []string{"line 1: it is not UTF-8"}},
		{"a megabyte in a line", "a.jsonl", "{\"name\":\"A\",\"loop\":true}\n\"" + long + "\"\n", 1, []string{"line 2: the line is longer than"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), test.file)
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			src, err := openSource(path, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			check := checker{kind: "playlist", verb: "update", bad: func(e rowError) { found = append(found, e.String()) }}
			src.header = check.header
			rows := 0
			if err := src.each(func(r *row) error {
				if check.check(r) != nil {
					rows++
				}
				return nil
			}, check.bad); err != nil {
				t.Fatal(err)
			}
			same := slices.EqualFunc(found, test.want, strings.HasPrefix)
			if !same || rows != test.rows {
				t.Errorf("%d rows, want %d; errors:\n%s\nwant:\n%s", rows, test.rows, strings.Join(found, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// What the server could not read is refused with its line, before anything is sent.
func TestTooLargeAChange(t *testing.T) {
	sh := shelfOf(t, []string{"description", "name"}, `[{"id":"a","name":"A"}]`)
	c := &catalog{shelves: map[string]*shelf{"Playlist": sh}}
	check := checker{kind: "playlist", verb: "update", bad: func(e rowError) { t.Error(e) }}
	for _, n := range []int{1000, 101 << 10} {
		a := check.check(&row{line: 7, cells: []cell{{name: "name", text: "A"}, {name: "description", text: strings.Repeat("d", n)}}})
		_, wrong := c.build(a)
		if got := fmt.Sprint(wrong); (n > 1000) != strings.HasPrefix(got, "line 7: the change is 10") {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
}
