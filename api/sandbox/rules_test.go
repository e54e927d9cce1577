package sandbox

import (
	"net/mail"
	"strings"
	"testing"
)

// TestEmail compares the sandbox's look at an address with net/mail's, but for quoted names and domains, which it does not take.
func TestEmail(t *testing.T) {
	is := isEmail()
	for _, s := range []string{
		"ada@harbour.test", "a.b+c@x.y.z", "ä@x.de", "a@ü.de", "!#$%&'*+/=?^_`{|}~-@x.y", "", "@", "a@", "@x.y", "a@x", "a@@x.y", "a@x.y@z", "a b@x.y", " a@x.y",
		"a@x.y ", ".a@x.y", "a.@x.y", "a..b@x.y", "a@x..y", "a@.x.y", "a@x.y.", "a(b)@x.y", "<a@x.y>", "A <a@x.y>", "a,b@x.y", "a;b@x.y", "a:b@x.y", `a\b@x.y`,
		`a"b@x.y`, "a[b]@x.y", "a\n@x.y", "a\x7f@x.y", "a\x00b@x.y", "a\xff@x.y", "a.x.y",
	} {
		a, err := mail.ParseAddress(s)
		_, domain, _ := strings.Cut(s, "@")
		if want := err == nil && a.Address == s && strings.Contains(domain, "."); is.ok(s) != want {
			t.Errorf("%q: %v, net/mail says %v", s, !want, want)
		}
	}
}
