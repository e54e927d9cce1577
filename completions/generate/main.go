// Command generate writes what the packages ship beside the binary: completion
// scripts, man pages and the Markdown reference.
//
//	go run ./completions/generate             writes completions/vizora.*
//	go run ./completions/generate -check      fails when those are out of date
//	go run ./completions/generate -dir DIR    writes DIR/man and DIR/reference too
//	go run ./completions/generate -bom BINARY FILE    writes what a binary is made of
//
// A release says -version and -date (RFC 3339) for what it writes.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	version := flag.String("version", "", "the release's version")
	date := time.Unix(0, 0) // the same pages from the same source
	flag.Func("date", "the release's date", func(s string) (err error) {
		date, err = time.Parse(time.RFC3339, s)
		return err
	})
	flag.Parse()
	work := func() error { return run(*check, *dir, *version, date.UTC()) }
	if *bill != "" {
		work = func() error { return writeBOM(*bill, *version, flag.Arg(0)) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(check bool, dir, version string, date time.Time) error {
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
	return manuals(dir, version, date)
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

// manuals writes each page plain, for the archives, and compressed, for the
// packages, where Debian wants it so.
func manuals(dir, version string, date time.Time) error {
	man, reference := filepath.Join(dir, "man"), filepath.Join(dir, "reference")
	for _, d := range []string{man, reference} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	header := &doc.GenManHeader{Title: "VIZORA", Section: "1", Source: strings.TrimSpace("vizora " + version), Manual: "Vizora command line", Date: &date}
	cmd := root()
	if err := errors.Join(doc.GenManTree(cmd, header, man), doc.GenMarkdownTree(cmd, reference)); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(man, "*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		if err := compress(page); err != nil {
			return err
		}
	}
	return nil
}

// compress writes FILE.gz, without a name or a time in it.
func compress(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.WriteFile(file+".gz", packed.Bytes(), 0o644)
}
