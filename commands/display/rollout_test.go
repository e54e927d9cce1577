package display

import (
	"testing"

	"github.com/vizora/vizora-cli/api"
)

func TestQuorum(t *testing.T) {
	for _, c := range []struct {
		quorum string
		total  int
		need   int // 0: refused
	}{
		{"100%", 7, 7}, {"95%", 20, 19}, {"95%", 19, 19}, {"95%", 1, 1}, {"0.1%", 1000, 1}, {"33.3%", 3, 1}, {"33.4%", 3, 2}, {"50%", 10000, 5000},
		{"1", 3, 1}, {"3", 3, 3}, {"4", 3, 0}, {"0", 3, 0}, {"-1", 3, 0}, {"0%", 3, 0}, {"101%", 3, 0}, {"most", 3, 0}, {"%", 3, 0}, {"", 3, 0}, {"NaN%", 3, 0},
	} {
		need, err := (&waitFlags{quorum: c.quorum}).need(c.total)
		if need != c.need || (err == nil) != (c.need > 0) || err != nil && !api.IsKind(err, api.KindInvalid) {
			t.Errorf("%q of %d: %d, %v", c.quorum, c.total, need, err)
		}
	}
}

func TestRolloutSaysOnlyWhatIsKnown(t *testing.T) {
	r := &rollout{word: "assigned", needs: true}
	d := &api.Display{ID: "d", Status: "offline"}
	for want, c := range map[string]*target{
		"offline":                            {display: d},
		"assigned, offline, " + notConnected: {display: d, has: true, reason: notConnected},
		"offline, deleted":                   {display: d, gone: true, failed: true, reason: "deleted"},
	} {
		r.targets = append(r.targets, c)
		if got := r.state(c); got != want || r.there(c) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r.targets = append(r.targets, &target{display: d, has: true, online: true})
	if there, failed := r.count(); there != 1 || failed != 1 || r.told(there) != "1 of 4 displays assigned and online" {
		t.Errorf("%d there, %d failed, %q", there, failed, r.told(there))
	}
	r.word, r.needs = "delivered", false
	if got := r.told(2); got != "delivered to 2 of 4 displays" {
		t.Error(got)
	}
}
