// Command benchmarks measures what DESIGN.md section 8 and the issues promise and
// prints it as one table: what, its bar, what was measured, and whether it is met.
// The measuring is done by the packages' own benchmarks and tests. A bar that is
// not met is said and is no failure, because times depend on the machine; a
// measurement that cannot be had, or a proof that fails, is one.
//
//	.ci/bench [-long] [-only REGEXP]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

func main() {
	long := flag.Bool("long", false, "the whole proofs: 10 M events, 5,000 bulk changes, 1,000 rounds of kills and power cuts; takes hours")
	only := flag.String("only", "", "only the measurements whose name fits this regular expression")
	flag.Parse()
	chosen, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks: -only:", err)
		os.Exit(2)
	}
	var lines [][]string
	failed := false
	for _, m := range measurements() {
		if !chosen.MatchString(m.pattern) {
			continue
		}
		start := time.Now()
		text, err := m.run(*long)
		fmt.Fprintf(os.Stderr, "measured %s in %s\n", m.pattern, time.Since(start).Round(100*time.Millisecond))
		if err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s\n", err, text)
			failed = true
		}
		found := read(text)
		for _, r := range m.rows {
			lines = append(lines, r.line(found))
		}
	}
	write(os.Stdout, []string{"What", "Bar", "Measured", ""}, lines)
	if failed {
		os.Exit(1)
	}
}

// measurement is one run of go test and what its values answer.
type measurement struct {
	pkg         string
	pattern     string // names of benchmarks or tests; what has no pkg is not run
	brief, long form
	rows        []row
}

// form is how much of a measurement is run.
type form struct {
	times string   // of a benchmark: -benchtime
	args  []string // of a test: its own flags
	env   []string
}

// run returns what go test wrote.
func (m measurement) run(long bool) (string, error) {
	if m.pkg == "" {
		return "", nil
	}
	f := m.brief
	if long {
		f = m.long
	}
	which := []string{"-run", "^$", "-bench", "^(" + m.pattern + ")$", "-benchtime", f.times, m.pkg}
	if strings.HasPrefix(m.pattern, "Test") {
		which = append([]string{"-run", "^(" + m.pattern + ")$", m.pkg}, f.args...)
	}
	args := append([]string{"test", "-v", "-count=1", "-timeout=12h"}, which...)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), f.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), err
}
