package api

// This file is about one thing: fetching a file by an address that an answer
// named, such as a screenshot's.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// fetchLimit bounds one fetch; such files are pictures of a few megabytes.
const fetchLimit = 2 * time.Minute

// FetchURL copies what is at an address to w and returns its type and size in
// bytes. The address stands alone (a screenshot's is signed for seven days,
// contract realtime 3) or below the server's; the token is never sent along.
func (c *Client) FetchURL(ctx context.Context, address string, w io.Writer) (mime string, n int64, err error) {
	target, err := c.base.Parse(address)
	if err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Host == "" {
		return "", 0, &Error{Kind: KindProtocol, Message: "the server names an address that cannot be fetched"} // the cause quotes its signature
	}
	limited, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, target.String(), nil)
	if err != nil {
		return "", 0, &Error{Kind: KindProtocol, Message: "the server names an address that cannot be fetched"}
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	fail := &Error{Method: http.MethodGet, Path: target.Path}
	answer, err := (&http.Client{Transport: c.http.Transport}).Do(req)
	if err != nil {
		e := transportError(ctx, fail, err, false)
		e.Message = "the file's own address (" + target.Host + "): " + e.Message
		return "", 0, e
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		kind, outcome := classifyStatus(answer.StatusCode, false)
		return "", 0, &Error{Kind: kind, Outcome: outcome, Method: http.MethodGet, Path: target.Path, Status: answer.StatusCode,
			Message: fmt.Sprintf("the file's own address (%s) answered %d", target.Host, answer.StatusCode)}
	}
	return copyBody(ctx, fail, answer, w)
}
