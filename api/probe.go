package api

// This file is about one thing: asking whether the server is there at all.

import (
	"context"
	"net/http"
)

// Probe makes one request of a health route, without signing in: /health/live,
// or /health/ready, which answers 503 when the platform is not well (contract
// rest 12).
func (c *Client) Probe(ctx context.Context, path string) (*Response, error) {
	return c.Once(ctx, Request{Method: http.MethodGet, Path: path, public: true})
}
