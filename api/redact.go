package api

// This file is about one thing: the names of values that must never be shown
// (contract rest 25, item 30), and hiding them in a JSON document.

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// SecretName reports whether a field or header of that name holds a secret. It
// is a switch because a map would be made in every run.
func SecretName(name string) bool {
	folded := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "_", ""), "-", "")
	switch folded {
	case "accesstoken", "refreshtoken", "token", "jwt", "jwttoken", "socketid",
		"password", "currentpassword", "newpassword", "temppassword", "temporarypassword", "passwordhash",
		"key", "apikey", "secret", "mfasecret", "pairingtoken", "pairingcode", "devicetoken",
		"backupcodes", "otpauthurl", "qrdataurl", "challengetoken", "enrollmenttoken",
		"stripecustomerid", "stripesubscriptionid", "razorpaycustomerid", "razorpaysubscriptionid",
		"authorization", "cookie", "setcookie", "xapikey", "xcsrftoken", "xmfaenrollmenttoken":
		return true
	}
	return strings.Contains(folded, "password")
}

// RedactJSON returns doc with every secret value replaced, at any depth, and
// with everything else as it was. A document that is not JSON is withheld
// whole: it might be one in a form we cannot search.
func RedactJSON(doc []byte) []byte { return redactJSON(doc, false) }

// RedactLog is RedactJSON for what is logged and not read back. It also hides
// what in an address is a secret, and what lets others speak in a connection.
func RedactLog(doc []byte) []byte { return redactJSON(doc, true) }

func redactJSON(doc []byte, log bool) []byte {
	if !json.Valid(doc) {
		if len(bytes.TrimSpace(doc)) == 0 {
			return doc
		}
		return []byte(`"[not JSON, withheld]"`)
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return []byte(`"[not JSON, withheld]"`)
	}
	if !redactValue(v, log) {
		return doc
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte(`"[withheld]"`)
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// secretInLog is SecretName for what is logged.
func secretInLog(name string) bool {
	switch strings.ToLower(name) {
	case "sid", "pid", // a realtime session's
		"sig", "signature", "x-amz-signature", "x-amz-credential", "x-amz-security-token": // of an address that needs no sign-in
		return true
	}
	return SecretName(name)
}

// RedactQuery returns the query of an address with secret values replaced.
func RedactQuery(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if value != "" && (err != nil || secretInLog(plain)) {
			parts[i] = name + "=" + Redacted
		}
	}
	return strings.Join(parts, "&")
}

// chatHook is the beginning of addresses whose rest lets anybody post.
const chatHook = "https://hooks.slack.com/services/"

// redactAddress hides what in an address is a secret: a password, parameters
// that stand for a sign-in, the path of a chat's webhook.
func redactAddress(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	if strings.HasPrefix(text, chatHook) {
		return chatHook + Redacted
	}
	host, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		if user, _, has := strings.Cut(host[:at], ":"); has {
			rest = user + ":" + Redacted + rest[at:]
		}
	}
	if before, query, has := strings.Cut(rest, "?"); has {
		rest = before + "?" + RedactQuery(query)
	}
	return scheme + "://" + rest
}

// redactValue hides secrets in place and reports whether there were any.
func redactValue(v any, log bool) bool {
	found := false
	secret := SecretName
	if log {
		secret = secretInLog
	}
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if secret(key) {
				found = true // even when empty: of a key given twice only the last value is seen here
				if value != nil && value != "" {
					v[key] = Redacted
				}
			} else if text, isText := value.(string); isText && log {
				v[key] = redactAddress(text)
				found = found || v[key] != value
			} else if redactValue(value, log) {
				found = true
			}
		}
	case []any:
		for i, item := range v {
			if text, isText := item.(string); isText && log {
				v[i] = redactAddress(text)
				found = found || v[i] != item
			} else if redactValue(item, log) {
				found = true
			}
		}
	}
	return found
}
