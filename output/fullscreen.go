// This file is the screen that takes the whole terminal.

package output

// FullScreen is a Screen on the terminal's other page: what stood there before
// comes back when it is closed. nil as Screen.
func (o *IO) FullScreen() *Screen {
	s := o.Screen()
	if s == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.writeScreen([]byte("\x1b[?1049h\x1b[?25l\x1b[H")) // a failed write meets the first Draw
	s.full = true
	back := s.restore
	s.restore = func() {
		_ = o.writeScreen([]byte("\x1b[?25h\x1b[?1049l")) // a terminal that is gone needs no page
		back()
	}
	return s
}
