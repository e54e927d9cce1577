package main

// This file is about one thing: the values that go test writes, and the table
// that they become.

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readings are the values of one measurement by name: StartUp/version-x is the
// metric version-x of BenchmarkStartUp, PowerCut/ext4/lost the attribute lost of
// TestPowerCut/ext4.
type readings struct {
	values  map[string]float64
	skipped map[string]string // why a benchmark or test was not run
	missing []string          // why values that were asked for are not there
}

var (
	result    = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	attribute = regexp.MustCompile(`^=== ATTR  Test(\S+) (\S+) (\S+)$`)
	skip      = regexp.MustCompile(`^\s*--- SKIP: (?:Benchmark|Test)(\S+)`)
	speaks    = regexp.MustCompile(`^(?:=== (?:RUN|CONT|NAME)\s+Test|Benchmark)(\S+)$`)
	remark    = regexp.MustCompile(`^\s+\S+_test\.go:\d+: (.*)$`)
)

func read(text string) *readings {
	r := &readings{values: map[string]float64{}, skipped: map[string]string{}}
	speaker, said := "", map[string]string{} // who says what follows, and the last of it
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if found := attribute.FindStringSubmatch(line); found != nil {
			r.set(found[1]+"/"+found[2], found[3])
		} else if found := result.FindStringSubmatch(line); found != nil {
			words := strings.Fields(found[2])
			for i := 0; i+1 < len(words); i += 2 {
				r.set(found[1]+"/"+words[i+1], words[i])
			}
		} else if found := speaks.FindStringSubmatch(line); found != nil {
			speaker = found[1]
		} else if found := remark.FindStringSubmatch(line); found != nil {
			said[speaker] = found[1]
		} else if found := skip.FindStringSubmatch(line); found != nil {
			r.skipped[found[1]] = said[found[1]]
		}
	}
	return r
}

func (r *readings) set(name, value string) {
	if v, err := strconv.ParseFloat(value, 64); err == nil {
		r.values[name] = v
	}
}

// get is a value; why one is not there is remembered.
func (r *readings) get(name string) float64 {
	v, ok := r.values[name]
	if !ok {
		why := "no " + name
		for skipped, reason := range r.skipped {
			if strings.HasPrefix(name, skipped+"/") {
				why = reason
			}
		}
		r.missing = append(r.missing, why)
	}
	return v
}

// bytes is the size of a file.
func (r *readings) bytes(file string) float64 {
	info, err := os.Stat(file)
	if err != nil {
		r.missing = append(r.missing, err.Error())
		return 0
	}
	return float64(info.Size())
}

// row is one promise. Without a bar it is only told.
type row struct {
	what, bar string
	judge     func(*readings) (measured string, met bool)
}

// line judges a row. Each row asks anew what is missing.
func (r row) line(found *readings) []string {
	found.missing = nil
	measured, met := r.judge(found)
	verdict := "met"
	switch {
	case len(found.missing) > 0:
		measured, verdict = "not measured: "+found.missing[0], "?"
	case r.bar == "":
		verdict = ""
	case !met:
		verdict = "NOT met"
	}
	return []string{r.what, r.bar, measured, verdict}
}

// write sets a Markdown table whose columns line up.
func write(w io.Writer, head []string, lines [][]string) {
	rule := make([]string, len(head))
	lines = append([][]string{head, rule}, lines...)
	widths := make([]int, len(head))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	for i := range rule {
		rule[i] = strings.Repeat("-", widths[i])
	}
	for _, line := range lines {
		for i, cell := range line {
			fmt.Fprintf(w, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(w, "|")
	}
}
