//go:build unix

// This file switches a terminal's echo off before a password is asked for, and
// its line editing where single keys are read.

package output

import "golang.org/x/sys/unix"

// echoOff hides what is typed from now on: x/term does so only when it starts
// to read, and what is typed between the question and that would be shown.
func echoOff(fd int) error {
	return changeModes(fd, func(t *unix.Termios) { t.Lflag &^= unix.ECHO })
}

// keyMode gives every key at once and unseen. Signals and the output's own
// modes stay: Ctrl-C ends the program as ever.
func keyMode(fd int) error {
	return changeModes(fd, func(t *unix.Termios) {
		t.Lflag &^= unix.ECHO | unix.ICANON | unix.IEXTEN
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	})
}

func changeModes(fd int, change func(*unix.Termios)) error {
	state, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	change(state)
	return unix.IoctlSetTermios(fd, setTermios, state)
}
