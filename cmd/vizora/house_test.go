package main

// This file is about one thing: the house's arrows. Imports run downwards only;
// what a folder may import is written here and nowhere else.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/vizora/vizora-cli"

// mayImport lists, per folder, the folders of ours that it may import. A
// trailing /* stands for all below. Tests may besides import what they test
// against (testPeers).
var mayImport = map[string][]string{
	"output":                        {},
	"api":                           {"api/redis"},
	"api/redis":                     {},
	"api/redis/redistest":           {},
	"api/journal":                   {"api", "api/redis"},
	"api/realtime/wire":             {},
	"api/realtime":                  {"api/realtime/*"},
	"api/relay":                     {"api/realtime", "api/redis"},
	"api/where":                     {},
	"api/sandbox":                   {"api/redis", "api/sandbox/*", "api/realtime/wire"},
	"api/sandbox/socketio":          {"api/realtime/wire"},
	"api/sandbox/socketio/nodetest": {},
	"api/sandbox/fleet":             {"api/realtime/wire", "api/sandbox/socketio"},
	"commands/config":               {"api", "api/redis"},
	"commands/topics":               {},
	"commands/cmdutil":              {"api", "api/journal", "api/redis", "api/realtime", "api/where", "output", "commands/config", "commands/topics"},
	"commands/*":                    {"api", "api/*", "output", "commands/cmdutil", "commands/config", "commands/topics"},
	"commands":                      {"api", "api/*", "output", "commands/*"},
	"cmd/vizora":                    {"commands", "commands/cmdutil"},
	"completions":                   {"commands", "commands/*", "output"},
	"completions/generate":          {"commands", "commands/*", "output"},
}

var testPeers = []string{"api", "api/redis", "api/redis/redistest", "api/sandbox", "api/sandbox/*", "api/sandbox/socketio/nodetest", "commands/*", "output"}

func TestImportsRunDownwards(t *testing.T) {
	eachFile(t, func(file string, f *ast.File) {
		folder := path.Dir(file)
		allowed, known := rule(folder)
		if !known {
			t.Errorf("%s: folder %s has no place in the house (DESIGN: the house)", file, folder)
			return
		}
		if strings.HasSuffix(file, "_test.go") {
			allowed = append(slices.Clone(allowed), testPeers...)
			allowed = append(allowed, folder)
		}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if imported == "github.com/spf13/viper" && folder != "commands/config" {
				t.Errorf("%s imports viper; only commands/config may", file)
			}
			ours, found := strings.CutPrefix(imported, module+"/")
			if found && !matches(allowed, ours) {
				t.Errorf("%s imports %s; %s may import only %v", file, ours, folder, allowed)
			}
		}
	})
}

// TestNoHiddenWiring holds two more rules: no init functions, and no process
// exit outside a main package.
func TestNoHiddenWiring(t *testing.T) {
	eachFile(t, func(file string, f *ast.File) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					t.Errorf("%s has an init function; wire in root.go", file)
				}
			case *ast.SelectorExpr:
				pkg, ok := n.X.(*ast.Ident)
				exits := ok && (pkg.Name == "os" && n.Sel.Name == "Exit" || pkg.Name == "log" && strings.HasPrefix(n.Sel.Name, "Fatal"))
				if exits && f.Name.Name != "main" {
					t.Errorf("%s ends the process; return an error instead", file)
				}
			}
			return true
		})
	})
}

// TestTopLevel holds the layout: nothing beside the rooms of the house.
func TestTopLevel(t *testing.T) {
	entries, err := filepath.Glob("../../*")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"api", "cmd", "commands", "completions", "output", "go.mod", "go.sum", "README.md", "LICENSE", "CHANGELOG.md"}
	for _, e := range entries {
		if name := filepath.Base(e); !slices.Contains(known, name) && !strings.HasPrefix(name, ".") && name != "dist" {
			t.Errorf("top level holds %s, which is no room of the house", name)
		}
	}
}

func rule(folder string) ([]string, bool) {
	if r, ok := mayImport[folder]; ok {
		return r, true
	}
	r, ok := mayImport[path.Dir(folder)+"/*"]
	return r, ok
}

func matches(allowed []string, folder string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		below, isTree := strings.CutSuffix(a, "*")
		return a == folder || isTree && strings.HasPrefix(folder, below)
	})
}

// eachFile parses the imports of every Go file of the module.
func eachFile(t *testing.T, each func(file string, f *ast.File)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "dist" || strings.HasPrefix(d.Name(), ".")) && name != root {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		seen++
		each(filepath.ToSlash(rel), f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Fatalf("walked only %d files", seen)
	}
}
