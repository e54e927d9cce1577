package content

// This file is about one thing: sending a file, for upload and replace.

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// openFile checks and hashes a file. The path is made absolute, because another
// process in another folder may be the one that sends it.
func openFile(path string, now time.Time) (*api.Upload, error) {
	if _, err := api.CheckUpload(path); err != nil {
		return nil, err // in the words of the path as given
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, &api.Error{Kind: api.KindLocal, Message: err.Error(), Err: err}
	}
	u, err := api.NewUpload(full)
	if err != nil {
		return nil, err
	}
	u.Name = storedAs(path, now)
	return u, nil
}

// longestStem is how much of a file's name is told to the server, in characters.
const longestStem = 80

// storedAs is the file name told to the server, made unique. The server keeps
// one object per hash and file name: two rows of the same would share it, and
// deleting either would destroy the file of the other (contract rest 6.1).
func storedAs(path string, now time.Time) string {
	id := strings.ToLower(journal.NewID(now))
	runes := []rune(stem(path))
	return string(runes[:min(len(runes), longestStem)]) + "-" + id[len(id)-8:] + strings.ToLower(filepath.Ext(path))
}

// stem is a file's name without folder and extension.
func stem(path string) string {
	base := filepath.Base(path)
	if s := strings.TrimSuffix(base, filepath.Ext(base)); s != "" {
		return s
	}
	return base
}

// formName is a name for a form field, in the form in which the server keeps a
// name that comes as JSON: it does not do that itself for forms (contract rest
// 1.7), and one that is kept otherwise would not be found by a search.
func formName(name string) (string, error) {
	if _, err := api.Contents.Field("name").Parse(name); err != nil {
		return "", err
	}
	stored, _ := api.Stored(name)
	return stored, nil
}

// submitFile submits an operation that sends a file, with a progress bar.
func submitFile(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, op journal.Operation) (*journal.Result, error) {
	u := op.Request.Upload
	if w.DryRun || w.Async {
		return w.Submit(ctx, f, op)
	}
	bar := f.IO.Progress("sending "+filepath.Base(u.File), u.Size, output.Bytes)
	defer bar.Done()
	most := int64(0)
	u.Progress = func(sent int64) { // from one goroutine; begins anew with each attempt
		if sent > most {
			bar.Add(sent - most)
			most = sent
		}
	}
	return w.Submit(ctx, f, op)
}

// fileAnswer is the row in the answer to a sent file: the routes nest it
// (contract rest 6), but a lost answer that was read back is the row itself.
func fileAnswer(f *cmdutil.Factory, result *journal.Result, u *api.Upload) (json.RawMessage, error) {
	var answer struct {
		Content  json.RawMessage `json:"content"`
		FileHash string          `json:"fileHash"`
	}
	if err := json.Unmarshal(result.Data, &answer); err != nil {
		return nil, &api.Error{Kind: api.KindProtocol, Message: "the server's answer has an unexpected shape", Err: err}
	}
	if answer.FileHash != "" && answer.FileHash != u.SHA256 {
		f.IO.Warn("the server got another file than was sent: its hash is %s instead of %s", answer.FileHash, u.SHA256)
	}
	if answer.Content == nil {
		return result.Data, nil
	}
	return answer.Content, nil
}

func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	extensions := api.UploadExtensions()
	for i, e := range extensions {
		extensions[i] = strings.TrimPrefix(e, ".")
	}
	return extensions, cobra.ShellCompDirectiveFilterFileExt
}
