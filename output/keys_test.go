// This file tests reading single keys.

package output

import (
	"slices"
	"testing"
	"time"
)

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		typed string
		want  []Key
	}{
		{"aä東", []Key{{Rune: 'a'}, {Rune: 'ä'}, {Rune: '東'}}},
		{"\r\n\t\x7f\b", []Key{{Name: KeyEnter}, {Name: KeyEnter}, {Name: KeyTab}, {Name: KeyBackspace}, {Name: KeyBackspace}}},
		{"\x1b[A\x1bOB\x1b[5~\x1b[H", []Key{{Name: KeyUp}, {Name: KeyDown}, {Name: KeyPageUp}, {Name: KeyHome}}},
		{"\x1b", []Key{{Name: KeyEscape}}},
		{"\x1b[99~x", []Key{{Rune: 'x'}}},  // a key that has no name here
		{"\x1b[1;5Cq", []Key{{Rune: 'q'}}}, // with a modifier
		{"\x1bx", nil},                     // Alt
		{"\x01\x00q", []Key{{Rune: 'q'}}},  // control characters
	} {
		in, out := make(chan rune), make(chan Key)
		go decodeKeys(t.Context(), in, out)
		go func() {
			defer close(in)
			for _, r := range tt.typed {
				in <- r
			}
		}()
		var got []Key
		for key := range out {
			got = append(got, key)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q gave %v, want %v", tt.typed, got, tt.want)
		}
	}
}

// TestEscapeAlone: ESC is a key of its own when nothing follows.
func TestEscapeAlone(t *testing.T) {
	in, out := make(chan rune), make(chan Key)
	go decodeKeys(t.Context(), in, out)
	in <- 0x1b
	select {
	case key := <-out:
		if key.Name != KeyEscape {
			t.Errorf("%v", key)
		}
	case <-time.After(10 * time.Second):
		t.Error("ESC waits for something to follow")
	}
	close(in)
}
