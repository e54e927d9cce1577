// Error answers in the platform's bodies (contract rest 1.3).

package sandbox

import (
	"encoding/json"
	"net/http"
)

// apiError is an answer that is not a success. It is never enveloped.
type apiError struct {
	status     int
	message    any    // string, or []string from validation
	noName     bool   // bodies without the "error" key
	codeFirst  bool   // bodies that begin with statusCode: clients do not care, ETags do
	body       any    // replaces the whole body when set
	validation bool   // hidden in production
	internal   bool   // text hidden in production
	name       string // overrides the status text
}

func (e *apiError) Error() string {
	if s, ok := e.message.(string); ok {
		return s
	}
	return http.StatusText(e.status)
}

//go:noinline
func fail(status int, message string) *apiError { return &apiError{status: status, message: message} }

//go:noinline
func badRequest(message string) *apiError { return fail(http.StatusBadRequest, message) }

//go:noinline
func notFound(message string) *apiError { return fail(http.StatusNotFound, message) }

//go:noinline
func conflict(message string) *apiError { return fail(http.StatusConflict, message) }

//go:noinline
func forbidden(message string) *apiError { return fail(http.StatusForbidden, message) }

//go:noinline
func unauthorized(message string) *apiError { return fail(http.StatusUnauthorized, message) }

// csrfRefused is thrown ahead of the platform's own error filter.
func csrfRefused(message string) *apiError {
	return &apiError{status: http.StatusForbidden, message: message, codeFirst: true}
}

// noLogin is the passport library's own 401: no "error" key.
func noLogin() *apiError {
	return &apiError{status: http.StatusUnauthorized, message: "Unauthorized", noName: true}
}

// tooMany is a 429 thrown with a bare string: no "error" key.
func tooMany(message string) *apiError {
	return &apiError{status: http.StatusTooManyRequests, message: message, noName: true, codeFirst: true}
}

// unexpected is a 500: the database's text in development, nothing in production.
//
//go:noinline
func unexpected(message string) *apiError {
	return &apiError{status: http.StatusInternalServerError, message: message, internal: true}
}

// invalid is a refused body, query or form.
func invalid(messages []string) *apiError {
	return &apiError{status: http.StatusBadRequest, message: messages, validation: true}
}

// render gives the body to send.
func (e *apiError) render(production bool) any {
	type full struct {
		Message    any    `json:"message"`
		Error      string `json:"error"`
		StatusCode int    `json:"statusCode"`
	}
	type bare struct {
		Message    any `json:"message"`
		StatusCode int `json:"statusCode"`
	}
	type codeBare struct {
		StatusCode int `json:"statusCode"`
		Message    any `json:"message"`
	}
	type codeFull struct {
		codeBare
		Error string `json:"error"`
	}
	name := e.name
	if name == "" {
		name = http.StatusText(e.status)
	}
	switch {
	case e.body != nil:
		return e.body
	case e.validation && production:
		return bare{"Bad Request", e.status}
	case e.internal && production:
		return bare{"Internal server error", e.status}
	case e.noName && e.codeFirst:
		return codeBare{e.status, e.message}
	case e.noName:
		return bare{e.message, e.status}
	case e.codeFirst:
		return codeFull{codeBare{e.status, e.message}, name}
	}
	return full{e.message, name, e.status}
}

// mustJSON encodes a value made of our own row types, which cannot fail.
//
//go:noinline
func mustJSON(v any) json.RawMessage {
	b, err := encodeJSON(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
