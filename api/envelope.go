package api

// This file is about one thing: reading the platform's answers, good and bad
// (contract rest 1.2, 1.3).

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// unwrap returns the payload of a 2xx body: data where the envelope has it, the
// whole object where it does not (logout, push-content and five more answer
// without data), nil for an empty body. An answer that is not JSON is errNotJSON.
func unwrap(body []byte) (json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil
	}
	if body[0] != '{' {
		if !json.Valid(body) {
			return nil, errNotJSON
		}
		return body, nil
	}
	if data := usualPayload(body); data != nil && json.Valid(data) {
		return data, nil
	}
	var envelope struct {
		Success *json.RawMessage `json:"success"`
		Data    json.RawMessage  `json:"data"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, errNotJSON
	}
	if envelope.Success != nil && envelope.Data != nil {
		return envelope.Data, nil
	}
	return body, nil
}

// usualPayload is what lies in an envelope that looks as nearly every one does; a
// page of a hundred rows is worth not being copied. nil for any other body. It is
// the payload if it is JSON.
func usualPayload(body []byte) json.RawMessage {
	rest, usual := bytes.CutPrefix(bytes.TrimSpace(body), []byte(`{"success":true,"data":`))
	data, closed := bytes.CutSuffix(rest, []byte("}"))
	if !usual || !closed {
		return nil
	}
	return data
}

// problem is the union of the platform's error bodies. Any field may be
// missing; message is a string or, for validation in development mode, a list.
type problem struct {
	Message    json.RawMessage `json:"message"`
	Hint       string          `json:"hint"`    // tag-rule sweep timeout
	Scanned    *int64          `json:"scanned"` // the same
	Assigned   int64           `json:"assigned"`
	Total      int64           `json:"total"`
	UsedBytes  *int64          `json:"usedBytes"`
	QuotaBytes *int64          `json:"quotaBytes"`
	Requested  *int64          `json:"requestedBytes"`
}

// text returns the message as one line and, for a list, its entries.
func (p problem) text() (string, []string) {
	var one string
	if json.Unmarshal(p.Message, &one) == nil {
		return one, nil
	}
	var many []string
	if json.Unmarshal(p.Message, &many) == nil && len(many) > 0 {
		if len(many) == 1 {
			return many[0], nil
		}
		return strings.Join(many, "; "), many
	}
	return "", nil
}

// answerError turns a non-2xx answer into an Error.
func answerError(req *Request, status int, header http.Header, body []byte) *Error {
	var p problem
	e := &Error{Method: req.Method, Path: req.Path, Status: status, RequestID: header.Get("X-Request-ID")}
	if json.Unmarshal(body, &p) == nil {
		e.Message, e.Details = p.text()
	}
	e.RetryAfter = namedWait(header)
	if e.Message == "" && p.UsedBytes == nil && len(bytes.TrimSpace(body)) > 0 && status < 500 && status != http.StatusTooManyRequests {
		return notVizora(e, header) // a proxy's page, or another service's JSON: its 404 says nothing about our rows
	}
	if e.Message == "" {
		e.Message = "the server answered " + strconv.Itoa(status) + " " + http.StatusText(status)
	}
	e.Kind, e.Outcome = classifyStatus(status, e.RetryAfter > 0)
	if status == http.StatusServiceUnavailable && e.RequestID != "" && tellsPlayer(req) {
		e.Kind, e.Outcome = KindRejected, OutcomeRefused
	}
	e.Hint = hintFor(req, e, p)
	if status == http.StatusGatewayTimeout && p.Scanned != nil {
		e.sweptPartly(p)
	}
	return e
}

// sweptPartly is a tag rule that is saved, whose search for displays the server
// gave up after 30 s (contract rest 1.3, 15): sent again it would be a second
// rule, or begin the search anew.
func (e *Error) sweptPartly(p problem) {
	e.Kind, e.Outcome = KindPartial, OutcomeDone
	e.Details = append(e.Details, "the server says: "+e.Message)
	e.Message = fmt.Sprintf("the tag rule is saved, but the search for its displays took too long: %d of %d were looked at, %d got its playlist", *p.Scanned, p.Total, p.Assigned)
	e.Hint = "do not send it again; 'vizora tag-rule re-evaluate' looks at the others"
}

// tellsPlayer reports that the request is one that the server passes on to a
// player at once; it answers 503 when the player did not get it, so nothing was
// done (contract rest 4, push-content and screenshot).
func tellsPlayer(req *Request) bool {
	return req.Method == http.MethodPost && strings.HasPrefix(req.Path, "/displays/") &&
		(strings.HasSuffix(req.Path, "/push-content") || strings.HasSuffix(req.Path, "/screenshot"))
}

// classifyStatus says what an HTTP status means for the request that got it.
// 500 is the platform's answer to many client mistakes (contract rest 25, item
// 9), yet it may also have been raised after the write: its outcome is unknown.
func classifyStatus(status int, waitNamed bool) (ErrorKind, Outcome) {
	switch {
	case status == http.StatusUnauthorized:
		return KindUnauthenticated, OutcomeRefused
	case status == http.StatusForbidden:
		return KindForbidden, OutcomeRefused
	case status == http.StatusNotFound:
		return KindNotFound, OutcomeRefused
	case status == http.StatusConflict:
		return KindConflict, OutcomeRefused
	case status == http.StatusTooManyRequests:
		return KindRateLimited, OutcomeRefused
	case status == http.StatusServiceUnavailable && waitNamed:
		return KindServer, OutcomeRefused
	case status >= 500:
		return KindServer, OutcomeUnknown
	case status >= 400:
		return KindRejected, OutcomeRefused
	}
	return KindProtocol, OutcomeUnknown
}

// hintFor adds what the platform's own text leaves out. The matches on fixed
// routes and fields are facts of the contract, not of a message's wording.
func hintFor(req *Request, e *Error, p problem) string {
	switch {
	case e.Status == http.StatusTooManyRequests && e.RetryAfter == 0 && req.Path == "/fleet/commands":
		return "ten fleet commands a minute for an organization, and each try begins the minute anew, a refused one too: send none for a whole minute"
	case e.Status == http.StatusConflict:
		return "the server already holds such a thing, or its state does not allow this; look at it first"
	case p.UsedBytes != nil && p.QuotaBytes != nil:
		return "storage: " + strconv.FormatInt(*p.UsedBytes, 10) + " of " + strconv.FormatInt(*p.QuotaBytes, 10) + " bytes used; delete or archive content first"
	case e.Status == http.StatusBadRequest && e.Message == http.StatusText(http.StatusBadRequest):
		return "a production server does not say which field it refused; check each value against 'vizora schema'"
	case e.Status == http.StatusInternalServerError && req.Method != http.MethodGet:
		return "this platform also answers 500 to some bad input, such as a duplicate name; read the resource back before trying again"
	}
	return p.Hint
}

// notVizora is an answer in a form the platform never gives: a proxy's page, a
// captive portal, another server.
func notVizora(e *Error, header http.Header) *Error {
	e.Kind = KindProtocol
	if e.Outcome == OutcomeNone {
		e.Outcome = OutcomeUnknown
	}
	what := header.Get("Content-Type")
	if i := strings.IndexByte(what, ';'); i >= 0 {
		what = what[:i]
	}
	if what == "" || what == "application/json" {
		what = "something that is not JSON"
	}
	e.Message = "the answer (status " + strconv.Itoa(e.Status) + ") is " + what + ", not a Vizora API's JSON"
	return e
}

// redirected is a 3xx answer. The API never redirects (the download, which does,
// is read elsewhere), so the address is not quite right; the token stays here.
func redirected(e *Error, from *url.URL, header http.Header) *Error {
	to, err := from.Parse(header.Get("Location"))
	if err != nil || header.Get("Location") == "" || to.Host == "" {
		return notVizora(e, header)
	}
	e.Kind, e.Outcome = KindProtocol, OutcomeUnknown
	e.Message = "the server redirects (status " + strconv.Itoa(e.Status) + ") to " + to.Scheme + "://" + to.Host
	e.Hint = "if that is the right server, use its address"
	return e
}

// namedWait is the wait that an answer names, at least a second when it names
// any: "0" and dates that have passed mean soon.
func namedWait(header http.Header) time.Duration {
	d, ok := retryAfter(header, time.Now())
	if !ok {
		return 0
	}
	return max(d, time.Second)
}

// retryAfter returns the longest wait that any Retry-After header names: the
// platform's limiters send "Retry-After-short", "-medium" or "-long" and only
// the default one the plain name (contract rest 1.8). Dates are read against
// the answer's own Date header, so that a wrong clock does not matter.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	var longest time.Duration
	found := false
	for name, values := range header {
		if name != "Retry-After" && !strings.HasPrefix(name, "Retry-After-") {
			continue
		}
		for _, v := range values {
			if d, ok := parseWait(v, header.Get("Date"), now); ok {
				found = true
				longest = max(longest, d)
			}
		}
	}
	return longest, found
}

func parseWait(value, date string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if server, err := http.ParseTime(date); err == nil {
		now = server
	}
	return max(0, at.Sub(now)), true
}
