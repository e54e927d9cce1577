// This file reads single keys from the terminal, for screens that react to them.

package output

import (
	"bufio"
	"context"
	"time"
	"unicode"

	"golang.org/x/term"
)

// Key is what was pressed: a character, or one of the named keys below.
type Key struct {
	Rune rune   // 0 for a named key
	Name string // "" for a character
}

// The named keys.
const (
	KeyUp        = "up"
	KeyDown      = "down"
	KeyLeft      = "left"
	KeyRight     = "right"
	KeyPageUp    = "page-up"
	KeyPageDown  = "page-down"
	KeyHome      = "home"
	KeyEnd       = "end"
	KeyEnter     = "enter"
	KeyTab       = "tab"
	KeyBackspace = "backspace"
	KeyEscape    = "escape"
)

// escapeWait is how long to wait for the rest of a sequence after ESC: a
// terminal sends it at once, a finger does not.
const escapeWait = 30 * time.Millisecond

// sequences are what terminals send behind ESC for the named keys.
func sequences() map[string]string {
	return map[string]string{
		"[A": KeyUp, "[B": KeyDown, "[C": KeyRight, "[D": KeyLeft, "OA": KeyUp, "OB": KeyDown, "OC": KeyRight, "OD": KeyLeft,
		"[5~": KeyPageUp, "[6~": KeyPageDown, "[H": KeyHome, "[F": KeyEnd, "OH": KeyHome, "OF": KeyEnd, "[1~": KeyHome, "[4~": KeyEnd,
	}
}

// Keys makes stdin give every key as it is pressed, unseen, and returns them
// until ctx ends or the input does. restore gives the terminal back; signals
// such as Ctrl-C stay with the terminal. ErrNoTerminal: stdin is none.
//
// A read of a terminal cannot be taken back: one stays behind until the next
// key, so the program should end after restore.
func (o *IO) Keys(ctx context.Context) (keys <-chan Key, restore func(), err error) {
	if !o.inTTY || o.inFile == nil {
		return nil, nil, ErrNoTerminal
	}
	fd := int(o.inFile.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, nil, ErrNoTerminal
	}
	if err := keyMode(fd); err != nil {
		return nil, nil, err
	}
	runes := make(chan rune)
	go func() {
		defer close(runes)
		in := bufio.NewReader(o.in)
		for {
			r, _, err := in.ReadRune()
			if err != nil {
				return
			}
			select {
			case runes <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	out := make(chan Key)
	go decodeKeys(ctx, runes, out)
	return out, func() { _ = term.Restore(fd, before) }, nil
}

// decodeKeys turns runes into keys.
func decodeKeys(ctx context.Context, in <-chan rune, out chan<- Key) {
	defer close(out)
	known := sequences()
	for r := range in {
		key := Key{Rune: r}
		switch {
		case r == 0x1b:
			key = escape(known, in)
		case r == '\r' || r == '\n':
			key = Key{Name: KeyEnter}
		case r == '\t':
			key = Key{Name: KeyTab}
		case r == 0x7f || r == '\b':
			key = Key{Name: KeyBackspace}
		case unicode.IsControl(r):
			continue
		}
		if key == (Key{}) {
			continue
		}
		select {
		case out <- key:
		case <-ctx.Done():
			return
		}
	}
}

// escape reads what follows ESC: nothing (the key itself), or a sequence. One
// that is not known is no key.
func escape(known map[string]string, in <-chan rune) Key {
	var seq []rune
	wait := time.NewTimer(escapeWait)
	defer wait.Stop()
	for {
		select {
		case r, open := <-in:
			if !open {
				return Key{Name: KeyEscape}
			}
			seq = append(seq, r)
			if n := len(seq); n > 1 && r >= 0x40 && r <= 0x7e || n == 1 && r != '[' && r != 'O' || n > 8 {
				return Key{Name: known[string(seq)]}
			}
		case <-wait.C:
			if len(seq) == 0 {
				return Key{Name: KeyEscape}
			}
			return Key{}
		}
	}
}
