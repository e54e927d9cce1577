package main

// This file is about one thing: a file of any size takes the same memory.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestBulkOfAHundredThousandRows checks such a file, finds the one mistake at
// its end, records it as a job, and takes less than 60 MB each time.
func TestBulkOfAHundredThousandRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some twenty seconds")
	}
	const rows, most = 100_000, 60 << 10 // kB
	s := newStage(t)
	var b bytes.Buffer
	b.WriteString("verb,name,description,loop\n")
	for i := range rows {
		fmt.Fprintf(&b, "create,Playlist %d,Description of playlist %d with some more text,true\n", i, i)
	}
	good, bad := filepath.Join(s.dir, "good.csv"), filepath.Join(s.dir, "bad.csv")
	if err := os.WriteFile(good, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	b.WriteString("create,One more,x,perhaps\n")
	if err := os.WriteFile(bad, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"bulk", "run", bad, "--kind", "playlist"}, 2, fmt.Sprintf("line %d, column 19 (loop)", rows+2)},
		{[]string{"bulk", "run", good, "--kind", "playlist", "--async", "--job", "big"}, 9, fmt.Sprintf("%d operations recorded", rows)},
		{[]string{"bulk", "show", "big", "-o", "jq=.skipped"}, 0, ""},
	} {
		cmd := child(t.Context(), s.environ(), s.dir, test.args...)
		var text bytes.Buffer
		cmd.Stderr = &text
		start := time.Now()
		exit := exitOf(t, cmd.Run())
		if exit != test.exit || !strings.Contains(text.String(), test.says) {
			t.Fatalf("%v: exit %d: %s", test.args, exit, text.String())
		}
		used := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
		t.Logf("%s: %s, %d MB", strings.Join(test.args[:2], " "), time.Since(start).Round(time.Millisecond), used>>10)
		if used > most {
			t.Errorf("%v took %d MB", test.args, used>>10)
		}
	}
}
