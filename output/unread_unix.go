//go:build unix

// This file notices that nobody reads stdout any more, without writing to it.

package output

import "golang.org/x/sys/unix"

// Unread says whether stdout is a pipe whose reader has gone. A program that
// prints seldom would learn it from the next write only.
func (o *IO) Unread() bool {
	if o.outFile == nil || o.outTTY {
		return false
	}
	fds := []unix.PollFd{{Fd: int32(o.outFile.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n == 1 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
