package content

// This file is about one thing: answers that are lost after the server has done
// what was asked.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// loseAnswer carries the first POST to a path through and cuts the connection
// instead of answering.
func (w *world) loseAnswer(suffix string) {
	w.t.Helper()
	var lost atomic.Bool
	w.front(func(r *http.Response) error {
		if r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, suffix) && lost.CompareAndSwap(false, true) {
			return errors.New("lost")
		}
		return nil
	})
}

// The upload was stored: it is found by its hash and not sent again.
func TestUploadAnswerLost(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.loseAnswer("/upload")
	var v row
	w.run("upload", w.file("menu.png", picture(t, 1)), "-o", "json").ok().says("uploaded").json(&v)
	if got := w.writes(); len(got) != 1 || v.Name != "menu" || w.count() != 1 {
		t.Errorf("writes %q, %+v", got, v)
	}
}

// The flag was set: the second request is refused, which is no failure (contract
// rest 6: 400 when it is flagged already).
func TestFlagAnswerLost(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 1})
	w.loseAnswer("/flag")
	w.run("flag", "Espresso of the Month").ok().says("flagged")
	if got := w.writes(); len(got) != 2 || !strings.HasSuffix(got[1], "-> 400") {
		t.Errorf("writes %q", got)
	}
}

// Ctrl-C in the middle of a download ends it and leaves no file, neither whole
// nor half.
func TestDownloadInterrupted(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.run("upload", w.file("menu.png", picture(t, 1))).ok()
	var interrupt context.CancelFunc
	w.front(func(r *http.Response) error {
		if strings.HasSuffix(r.Request.URL.Path, "/download") {
			_ = r.Body.Close()
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("\x89PNG"), interrupting{interrupt, r.Request.Context().Done()}))
		}
		return nil
	})
	out := t.TempDir()
	r := w.runWith(func(ctx context.Context) context.Context {
		ctx, interrupt = context.WithCancel(ctx)
		return ctx
	}, nil, "download", "menu", "--out", out)
	r.fails(api.KindInterrupted, "")
	if left, err := os.ReadDir(out); err != nil || len(left) != 0 {
		t.Errorf("left behind %v, %v", left, err)
	}
}

// interrupting is a body that interrupts its reader and then has nothing more.
type interrupting struct {
	interrupt context.CancelFunc
	gone      <-chan struct{}
}

func (c interrupting) Read([]byte) (int, error) {
	c.interrupt()
	<-c.gone
	return 0, io.ErrUnexpectedEOF
}
