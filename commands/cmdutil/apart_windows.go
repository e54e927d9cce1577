package cmdutil

// This file is about one thing: a process apart from the console.

import "syscall"

// detachedProcess is DETACHED_PROCESS of the Windows API.
const detachedProcess = 0x8

func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}
