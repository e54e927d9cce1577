//go:build unix

package output

import (
	"os"
	"testing"
)

// TestUnread: a pipe whose reader goes is noticed without a write; a file is
// always read.
func TestUnread(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	pipe := &IO{outFile: w}
	if pipe.Unread() {
		t.Error("unread while there is a reader")
	}
	_ = r.Close()
	if !pipe.Unread() {
		t.Error("read while there is no reader")
	}
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if (&IO{outFile: file}).Unread() || (&IO{}).Unread() {
		t.Error("a file is unread")
	}
}
