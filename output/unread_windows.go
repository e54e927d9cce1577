package output

// Unread is not known here: the next write tells it.
func (o *IO) Unread() bool { return false }
