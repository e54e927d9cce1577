package output

import "golang.org/x/sys/windows"

// echoOff does nothing: on Windows x/term's own switch must do.
func echoOff(int) error { return nil }

// keyMode gives every key at once and unseen, the named ones as the sequences
// that other terminals send. Ctrl-C ends the program as ever.
func keyMode(fd int) error {
	var mode uint32
	handle := windows.Handle(fd)
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return err
	}
	mode &^= windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_INPUT)
}
