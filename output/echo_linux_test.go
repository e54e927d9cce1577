// This file asks a pty whether it echoes.

package output

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func echoes(t *testing.T, f *os.File) bool {
	t.Helper()
	termios, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return termios.Lflag&unix.ECHO != 0
}
