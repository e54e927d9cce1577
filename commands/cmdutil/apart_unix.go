//go:build !windows

package cmdutil

// This file is about one thing: a process apart from the terminal's job control.

import "syscall"

func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
