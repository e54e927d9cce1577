// This file tests that a full disk is never taken for success.

package output

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

func TestFullDiskIsReported(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }()
	for _, format := range []string{"table", "json", "csv", "yaml", "name", "lines", "template={{.id}}", "jq=."} {
		o := fromFiles(os.Stdin, full, full, noEnv)
		if err := printer(t, o, format).List(displayView(), displays()); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", format, err)
		}
		if err := o.Flush(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: Flush: %v", format, err)
		}
		o = fromFiles(os.Stdin, full, full, noEnv)
		s, err := printer(t, o, format).Stream(displayView())
		if err == nil {
			err = s.Add(displays()[0])
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: stream: %v", format, err)
		}
	}
}
