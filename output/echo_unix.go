//go:build unix

// This file switches a terminal's echo off before a password is asked for.

package output

import "golang.org/x/sys/unix"

// echoOff hides what is typed from now on: x/term does so only when it starts
// to read, and what is typed between the question and that would be shown.
func echoOff(fd int) error {
	state, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	state.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(fd, setTermios, state)
}
