//go:build unix

// This file tells when the terminal has another size.

package output

import (
	"os"
	"os/signal"
	"syscall"
)

// Resized returns a channel that gets something when the terminal has another
// size, and what ends that.
func (o *IO) Resized() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}
