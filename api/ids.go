package api

// This file is about one thing: the two id formats of the platform (contract rest 1.6).

// IDFormat is how a kind's ids look.
type IDFormat int

// The formats: displays, users and organisations have UUIDs, the rest CUIDs.
const (
	CUID IDFormat = iota
	UUID
)

// Matches reports whether s looks like an id of this format. The server
// accepts a UUID wherever it expects a CUID, so CUID does too.
func (f IDFormat) Matches(s string) bool {
	if f == UUID {
		return isUUID(s)
	}
	return isCUID(s) || isUUID(s)
}

// isCUID is the server's own pattern, ^c[a-z0-9]{19,29}$.
func isCUID(s string) bool {
	if len(s) < 20 || len(s) > 30 || s[0] != 'c' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}
