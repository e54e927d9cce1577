//go:build unix && !linux

package main

// This file is about one thing: a crash writes no memory image, because one would
// hold the session's tokens.

import "syscall"

func noCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // at worst it is as it was
}
