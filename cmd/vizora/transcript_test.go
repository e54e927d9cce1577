package main

// This file is about one thing: transcripts, the acceptance tests of the whole
// program. testdata/transcripts/NAME.script lists command lines;
// NAME.golden is what a terminal would have shown: each line with its stdout,
// its stderr (behind "2> ") and its exit code. `go test ./cmd/vizora -update`
// writes the goldens anew; read the difference before you commit it.
//
// Lines of a script:
//
//	vizora playlist list        run it, piped
//	@tty 80 vizora ...          run it on a terminal of that width
//	@stdin TEXT | vizora ...    run it with TEXT and a newline on stdin
//	@as viewer                  sign in as that role from here on
//	@login                      from here on nobody is signed in (VIZORA_TOKEN is gone)
//	@api METHOD PATH [JSON]     another client does this behind our back; $NAME in it is an id found by @id
//	@id NAME PATH FILTER        jq FILTER over GET PATH's answer, kept as $NAME
//	@server down | up           cut the server off, and bring it back
//	@sandbox WHAT [BODY]        trouble in the sandbox ('vizora help sandbox')
//	@big NAME KB                set a variable to that much text
//	@env NAME=VALUE             set a variable; $NAME is replaced in later lines
//	@file NAME SIZE|TEXT        make a file in the work folder
//	@save NAME vizora ...       run it, and keep its stdout in a file
//	# comment                   kept in the golden

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// TestMain lets the test binary be the program: a child started with
// VIZORA_TEST_MAIN=1 runs main, and so real flags, signals and exit codes.
func TestMain(m *testing.M) {
	if os.Getenv("VIZORA_TEST_MAIN") == "1" {
		if v := os.Getenv("VIZORA_TEST_VERSION"); v != "" {
			version = v
		}
		main()
		return
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given { // most tests wait for leases, windows and other processes; as many as there are processors would leave these idle
		if err := flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0)))); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestTranscripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/transcripts/*.script")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, script := range scripts {
		name := strings.TrimSuffix(filepath.Base(script), ".script")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, err := os.ReadFile(script)
			if err != nil {
				t.Fatal(err)
			}
			s := newStage(t)
			for _, line := range strings.Split(strings.TrimRight(string(lines), "\n"), "\n") {
				s.line(line)
			}
			golden := strings.TrimSuffix(script, ".script") + ".golden"
			if *update {
				if err := os.WriteFile(golden, s.text.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.text.String(); got != string(want) {
				t.Errorf("%s differs from its golden (go test ./cmd/vizora -update rewrites it):\n%s", name, firstDifference(got, string(want)))
			}
		})
	}
}

// firstDifference shows where two transcripts part, with the command above it.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	command := ""
	for i := 0; i < max(len(g), len(w)); i++ {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if strings.HasPrefix(a, "$ ") {
			command = a
		}
		if a != b {
			return fmt.Sprintf("line %d, after %s\n got: %s\nwant: %s", i+1, command, a, b)
		}
	}
	return "nothing"
}

// result is how a command ended.
type result struct {
	stdout, stderr string
	exit           int
}

// run starts the program as a child, bounded in time.
func run(t *testing.T, env []string, dir, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := child(ctx, env, dir, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	return result{exit: exitOf(t, cmd.Run()), stdout: out.String(), stderr: errs.String()}
}

func child(ctx context.Context, env []string, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append([]string{"VIZORA_TEST_MAIN=1", "PATH=" + os.Getenv("PATH")}, env...)
	cmd.Dir = dir
	return cmd
}

func exitOf(t *testing.T, err error) int {
	t.Helper()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// words splits a line as a shell would, with '...' and "...".
func words(t *testing.T, line string) []string {
	t.Helper()
	var out []string
	var word strings.Builder
	quote, open := rune(0), false
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, open = c, true
		case c == ' ':
			if word.Len() > 0 || open {
				out, open = append(out, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(c)
		}
	}
	if quote != 0 {
		t.Fatalf("open quote in %q", line)
	}
	if word.Len() > 0 || open {
		out = append(out, word.String())
	}
	return out
}

// normal replaces what cannot repeat by something of the same width, so that
// columns stay where they are.
func normal(text string) string {
	for _, r := range normalisers {
		text = r.what.ReplaceAllStringFunc(text, func(s string) string { return r.with(s) })
	}
	return text
}

type normaliser struct {
	what *regexp.Regexp
	with func(string) string
}

func same(s string) func(string) string { return func(string) string { return s } }

var normalisers = []normaliser{
	{regexp.MustCompile(`127\.\d+\.\d+\.\d+:\d+`), same("127.0.0.1:PORT")},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), same("00000000-0000-4000-8000-000000000000")},
	{regexp.MustCompile(`\bc[a-z0-9]{24}\b`), same("c000000000000000000000000")},
	{regexp.MustCompile(`\b01[0-9A-HJKMNP-TV-Z]{24}\b`), same("01OPERATION000000000000000")},
	{regexp.MustCompile(`\bvz-[0-9a-f]{24}\b`), same("vz-request")},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z`), same("2026-01-01T00:00:00.000Z")},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), same("2026-01-01T00:00:00Z")},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`), same("2026-01-01 00:00:00Z")},
	{regexp.MustCompile(`(just now|\d+[sm] ago) *`), same("just now")},
	{regexp.MustCompile(`in \d+(\.\d+)?(ms|s)\b`), same("in A MOMENT")},
	{regexp.MustCompile(`average: \d+\.\d %`), same("average: 97.0 %")},
	{regexp.MustCompile(`"oldestAge":[0-9.e-]+`), same(`"oldestAge":0`)},
	{regexp.MustCompile(`Sandbox-[0-9a-z]+`), same("Sandbox-password")},
	{regexp.MustCompile(`hc-\d{5}-[a-z0-9]{6}`), same("hc-00000-device")},
	{regexp.MustCompile(`Aa1![0-9a-f]{16}`), same("Temporary-password")},
	{regexp.MustCompile(`vz_live_[A-Za-z0-9_-]{32}`), same("vz_live_KEY")},
	{regexp.MustCompile(`[A-Z2-7]{32}`), same("TOTPSECRET")},
	{regexp.MustCompile(`go1\.\d+(\.\d+)?( |")`), func(s string) string { return "go1" + s[len(s)-1:] }},
	{regexp.MustCompile(`(linux|darwin)/(amd64|arm64)`), same("OS/ARCH")},
	{regexp.MustCompile(`(?m)[ \t]+$`), same("")},
}

// drain copies r until it ends; a terminal ends with an error of its own.
func drain(r io.Reader) string {
	var b bytes.Buffer
	_, _ = io.Copy(&b, r)
	return b.String()
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
