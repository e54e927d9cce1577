package realtime

// This file is about one thing: the cookies of one Engine.IO session. A load
// balancer that keeps a session on one server marks it so. The library's jar
// knows every site and its rules, and costs 60 kB; here there is one server.

import (
	"net/http"
	"net/url"
	"sync"
)

// cookies implements http.CookieJar for a single origin.
type cookies struct {
	mu   sync.Mutex
	kept []*http.Cookie
}

// SetCookies keeps what the server sets; a cookie that is over is dropped.
func (c *cookies) SetCookies(_ *url.URL, set []*http.Cookie) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cookie := range set {
		for i, have := range c.kept {
			if have.Name == cookie.Name {
				c.kept = append(c.kept[:i], c.kept[i+1:]...)
				break
			}
		}
		if cookie.MaxAge >= 0 {
			c.kept = append(c.kept, cookie)
		}
	}
}

// Cookies returns what goes with a request.
func (c *cookies) Cookies(*url.URL) []*http.Cookie {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*http.Cookie(nil), c.kept...)
}
