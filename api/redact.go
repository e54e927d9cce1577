package api

// This file is about one thing: the names of values that must never be shown
// (contract rest 25, item 30), and hiding them in a JSON document.

import (
	"bytes"
	"encoding/json"
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
		"authorization", "cookie", "setcookie", "xapikey", "xcsrftoken":
		return true
	}
	return strings.Contains(folded, "password")
}

// RedactJSON returns doc with every secret value replaced, at any depth, and
// with everything else as it was. A document that is not JSON is withheld
// whole: it might be one in a form we cannot search.
func RedactJSON(doc []byte) []byte {
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
	if !redactValue(v) {
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

// redactValue hides secrets in place and reports whether there were any.
func redactValue(v any) bool {
	found := false
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if SecretName(key) {
				found = true // even when empty: of a key given twice only the last value is seen here
				if value != nil && value != "" {
					v[key] = Redacted
				}
			} else if redactValue(value) {
				found = true
			}
		}
	case []any:
		for _, item := range v {
			found = redactValue(item) || found
		}
	}
	return found
}
