package main

// This file is about one thing: a crash writes no memory image, because one would
// hold the session's tokens.

import "syscall"

// noCore marks the process as not to be dumped, nor to be looked into by other
// processes of the same user. Unlike a limit it is no child's business, and it
// holds where the system pipes images to a program.
func noCore() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0) // at worst it is as it was
}
