package main

// This file is about one thing: the environment variables: the topic names all
// that the code reads and no other, and each does what it says.

import (
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/commands/config"
)

// others are read by the standard library for us.
func others() []string { return []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} }

var (
	ownVariable = regexp.MustCompile(`^(VIZORA|XDG)_[A-Z_]+=?$`)
	anyVariable = regexp.MustCompile(`^[A-Z][A-Z_]+$`)
)

// variablesInCode finds what is looked up, and every text that is such a name.
func variablesInCode(t *testing.T) []string {
	t.Helper()
	found := others()
	note := func(lit *ast.BasicLit, which *regexp.Regexp) {
		if text, err := strconv.Unquote(lit.Value); err == nil && lit.Kind == token.STRING && which.MatchString(text) {
			found = append(found, strings.TrimSuffix(text, "="))
		}
	}
	eachFile(t, func(file string, f *ast.File) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "api/sandbox/") || strings.HasPrefix(file, "commands/sandbox/") || strings.HasPrefix(file, "commands/demo/") || strings.HasPrefix(file, "completions/") || strings.HasSuffix(path.Dir(file), "test") {
			return // what those name is for another shell, or for tests
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				note(n, ownVariable)
			case *ast.CallExpr:
				name := ""
				switch fun := n.Fun.(type) {
				case *ast.Ident:
					name = fun.Name
				case *ast.SelectorExpr:
					name = fun.Sel.Name
				}
				if lit, ok := firstLiteral(n); ok && slices.Contains([]string{"env", "Env", "Getenv", "LookupEnv"}, name) {
					note(lit, anyVariable)
				}
			}
			return true
		})
	})
	for _, k := range config.Keys() {
		if k.Env != "" {
			found = append(found, k.Env)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func firstLiteral(call *ast.CallExpr) (*ast.BasicLit, bool) {
	if len(call.Args) == 0 {
		return nil, false
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	return lit, ok
}

func TestEveryVariableIsInTheTopic(t *testing.T) {
	text, err := os.ReadFile("../../commands/topics/environment.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for word := range strings.FieldsFuncSeq(cells[1], func(r rune) bool { return r == ',' || r == ' ' }) {
			if anyVariable.MatchString(word) {
				told = append(told, word)
			}
		}
	}
	code := variablesInCode(t)
	if len(code) < 35 {
		t.Fatalf("found only %v", code)
	}
	for _, name := range code {
		if !slices.Contains(told, name) {
			t.Errorf("the code reads %s, and topic environment lacks it", name)
		}
	}
	for _, name := range told {
		if !slices.Contains(code, name) {
			t.Errorf("topic environment speaks of %s, which nothing reads", name)
		}
	}
}

// TestGlobalVariables: the variables that stand for global flags.
func TestGlobalVariables(t *testing.T) {
	s := newStage(t)
	with := func(name, value string, args ...string) result {
		t.Helper()
		s.env[name] = value
		defer delete(s.env, name)
		return s.inside("", "", nil, args...)
	}
	if r := with("VIZORA_NO_HEADERS", "true", "display", "list", "-o", "csv"); r.exit != 0 || strings.Contains(r.stdout, "status") {
		t.Errorf("no headers: %d %s%s", r.exit, r.stdout, r.stderr)
	}
	if r := with("VIZORA_NO_HEADERS", "true", "display", "list", "-o", "csv", "--no-headers=false"); !strings.HasPrefix(r.stdout, "id,") {
		t.Errorf("the flag does not win: %s", r.stdout)
	}
	if r := with("VIZORA_DEBUG", "1", "display", "list"); !strings.Contains(r.stderr, "debug: GET /displays") {
		t.Errorf("debug: %s", r.stderr)
	}
	if r := with("VIZORA_TRACE_TIMINGS", "1", "display", "list"); !strings.Contains(r.stderr, "timing: GET /displays") {
		t.Errorf("timings: %s", r.stderr)
	}
	if r := with("VIZORA_QUIET", "1", "playlist", "update", "Lobby Loop", "--description", "x"); r.exit != 0 || r.stderr != "" {
		t.Errorf("quiet: %d %s", r.exit, r.stderr)
	}
	if r := with("VIZORA_OFFLINE", "always", "playlist", "update", "Lobby Loop", "--description", "y"); r.exit != 9 {
		t.Errorf("offline: %d %s", r.exit, r.stderr)
	}
	for name, value := range map[string]string{"VIZORA_MAX_WAIT": "long", "VIZORA_QUIET": "perhaps", "VIZORA_OFFLINE": "alwys"} {
		r := with(name, value, "display", "list")
		if r.exit != 2 || !strings.Contains(r.stderr, value) {
			t.Errorf("%s=%s: exit %d: %s", name, value, r.exit, r.stderr)
		}
	}
	if r := with("VIZORA_MAX_WAIT", "", "display", "list"); r.exit != 0 {
		t.Errorf("an empty variable: %s", r.stderr)
	}
}
