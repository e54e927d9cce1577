package output

import "os"

// Resized returns a channel on which nothing comes: Windows does not tell. What
// is drawn now and then finds the new size by itself.
func (o *IO) Resized() (<-chan os.Signal, func()) { return nil, func() {} }
