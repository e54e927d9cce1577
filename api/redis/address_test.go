package redis

import "testing"

// TestWithPassword: an address that gives a password keeps it.
func TestWithPassword(t *testing.T) {
	for _, c := range []struct{ raw, password, want string }{
		{"redis://h", "p", "redis://:p@h"},
		{"rediss://u@h:1/2/n", "p@/:", "rediss://u:p%40%2F%3A@h:1/2/n"},
		{"redis://u:@h", "p", "redis://u:p@h"},
		{"redis://u:own@h", "p", "redis://u:own@h"},
		{"redis://only@h", "", "redis://only@h"},
		{"http://h", "p", "http://h"},
		{"redis://%", "p", "redis://%"},
	} {
		if got := WithPassword(c.raw, c.password); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.raw, c.password, got, c.want)
		}
	}
	a, err := Parse(WithPassword("redis://u@h/3/n", "p@/:"))
	if want := (Address{Host: "h:6379", User: "u", Password: "p@/:", Database: 3, Name: "n"}); err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
}
