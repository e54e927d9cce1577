// Command generate writes what the packages ship beside the binary: completion
// scripts, man pages and the Markdown reference.
//
//	go run ./completions/generate             writes completions/vizora.*
//	go run ./completions/generate -check      fails when those are out of date
//	go run ./completions/generate -dir DIR    writes DIR/man and DIR/reference too
//	go run ./completions/generate -bom BINARY FILE    writes what a binary is made of
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func main() {
	check := flag.Bool("check", false, "fail when a committed script is out of date")
	dir := flag.String("dir", "", "also write man pages and the reference below this folder")
	bill := flag.String("bom", "", "write the bill of materials of the binary BOM names into the file that follows, and nothing else")
	flag.Parse()
	work := func() error { return run(*check, *dir) }
	if *bill != "" {
		work = func() error { return writeBOM(*bill, flag.Arg(0)) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(check bool, dir string) error {
	scripts, err := scripts()
	if err != nil {
		return err
	}
	for name, text := range scripts {
		path := filepath.Join("completions", name)
		if !check {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				return err
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, text) {
			return fmt.Errorf("%s is out of date: run 'go run ./completions/generate'", path)
		}
	}
	if dir == "" {
		return nil
	}
	return manuals(dir)
}

func root() *cobra.Command {
	io, _, _, _ := output.Test()
	env := func(string) (string, bool) { return "", false }
	cmd := commands.NewRoot(cmdutil.New(io, cmdutil.Build{}, env))
	cmd.DisableAutoGenTag = true
	return cmd
}

// scripts are the shells' scripts. They hold no names: at TAB they ask the
// program, which answers from its cache.
func scripts() (map[string][]byte, error) {
	out := map[string][]byte{}
	cmd := root()
	for _, shell := range commands.Shells() {
		script, err := commands.CompletionScript(cmd, shell)
		if err != nil {
			return nil, err
		}
		name := "vizora." + shell
		if shell == "powershell" {
			name = "vizora.ps1"
		}
		out[name] = script
	}
	return out, nil
}

func manuals(dir string) error {
	man, reference := filepath.Join(dir, "man"), filepath.Join(dir, "reference")
	for _, d := range []string{man, reference} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	day := time.Unix(0, 0).UTC() // the same pages from the same source
	header := &doc.GenManHeader{Title: "VIZORA", Section: "1", Source: "vizora", Manual: "Vizora command line", Date: &day}
	cmd := root()
	return errors.Join(doc.GenManTree(cmd, header, man), doc.GenMarkdownTree(cmd, reference))
}
