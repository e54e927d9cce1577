package cmdutil

import "testing"

func TestNewer(t *testing.T) {
	for _, c := range []struct {
		version, than string
		want          bool
	}{
		{"1.10.0", "1.9.3", true}, {"1.9.3", "1.10.0", false}, {"2.0.0", "1.99.99", true}, {"1.2.3", "1.2.3", false},
		{"1.2.0", "1.2.0-rc.1", true}, {"1.2.0-rc.1", "1.2.0", false}, {"1.2.0", "1.3.0-SNAPSHOT-abc", false},
		{"", "1.0.0", false}, {"banana", "1.0.0", false}, {"1.2", "1.0.0", false}, {"1.2.-3", "1.0.0", false},
	} {
		if got := Newer(c.version, c.than); got != c.want {
			t.Errorf("%s after %s: %v", c.version, c.than, got)
		}
	}
	for version, want := range map[string]bool{"1.2.3": true, "0.1.0": true, "1.3.0-SNAPSHOT-abc": true, "dev": false, "test": false, "": false, "0.0.0": false} {
		if isRelease(version) != want {
			t.Errorf("%s a release: %v", version, !want)
		}
	}
}
