package output

import (
	"strings"
	"testing"
	"time"
)

// TestFrameFits: whatever there is to say, a frame is no wider than the terminal,
// and says whole words.
func TestFrameFits(t *testing.T) {
	for width := 24; width <= 160; width++ {
		b := &bar{label: "nightly", total: 130, width: width, detail: "3 failed, 10.5/s, waiting 12s for a rate limit", known: 13 * time.Second}
		frame := b.frame(100, time.Minute)
		if cells(frame) > width {
			t.Errorf("%d cells of %d: %s", cells(frame), width, frame)
		}
		if strings.Contains(frame, "(") != strings.Contains(frame, ")") || strings.Contains(frame, "13s") != strings.Contains(frame, "left") {
			t.Errorf("cut at %d: %s", width, frame)
		}
	}
}
