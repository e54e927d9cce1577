package realtime

// This file is about one thing: a session's cookies come back as a balancer set them.

import (
	"net/http"
	"testing"
)

func TestCookies(t *testing.T) {
	c := &cookies{}
	c.SetCookies(nil, []*http.Cookie{{Name: "node", Value: "a"}, {Name: "other", Value: "x"}})
	c.SetCookies(nil, []*http.Cookie{{Name: "node", Value: "b"}})
	c.SetCookies(nil, []*http.Cookie{{Name: "other", MaxAge: -1}})
	got := c.Cookies(nil)
	if len(got) != 1 || got[0].Name != "node" || got[0].Value != "b" {
		t.Errorf("kept %v, want node=b alone", got)
	}
}
