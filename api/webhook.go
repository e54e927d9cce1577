package api

// This file is about one thing: what a customer webhook is (contract rest 16).

import (
	"strings"
	"unicode"
)

// Webhooks describes the kind. The server never shows a secret.
var Webhooks = &Kind[*Object]{Schema: Schema{
	Kind: "Webhook", Noun: "webhook", Plural: "webhooks", Path: "/webhooks", Unpaged: true, Unique: []string{"name"},
	About:     "an address of yours that is told of events",
	CanCreate: []string{Admin}, CanUpdate: []string{Admin}, CanDelete: []string{Admin},
	Long: `A webhook is an https address of yours to which the platform posts an event as
{event, payload, deliveredAt}, signed: the header X-Vizora-Signature is sha256=
and the HMAC of the body under the secret. It waits 5 seconds, tries once, and
switches a webhook off after 10 failures in a row; "update --active" starts anew.

The platform rewrites < > and & in a secret, so such secrets are refused here.
Everybody in the organisation can read the addresses.`,
	Examples: Examples{
		List:   "  vizora webhook list\n  vizora webhook list --where 'failureCount > 0' -o json",
		Get:    "  vizora webhook get \"Chat bridge\"\n  vizora webhook get \"Chat bridge\" -o jq=.lastError",
		Create: "  vizora webhook create Audit --url https://example.com/hook --secret-file secret.txt --events content.created,content.flagged --dry-run\n  vizora webhook create Audit --url https://example.com/hook --secret-file secret.txt --events display.paired",
		Update: "  vizora webhook update \"Chat bridge\" --events display.paired,content.flagged\n  vizora webhook update \"Chat bridge\" --active=false --dry-run",
		Delete: "  vizora webhook delete \"Chat bridge\" --dry-run\n  vizora webhook delete \"Chat bridge\" --yes",
	},
	Fields: []Field{
		{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 120, Help: "name; unique", Column: Column{Header: "NAME", Priority: 1, Width: 32}},
		{Name: "url", Write: "url", Flag: "url", Type: TypeString, Required: true, Min: 1, Max: 2000, Check: checkHookURL, Help: "https address; its server must be public", Column: Column{Header: "URL", Priority: 3, Width: 48}},
		{Name: "secret", Write: "secret", Flag: "secret-file", Type: TypeString, Required: true, Secret: true, Min: 16, Max: 256, Check: checkHookSecret, Help: "what signs the events: 16 to 256 characters"},
		{Name: "events", Write: "events", Flag: "events", Type: TypeList, Required: true, Min: 1, Help: "what it is told of", Enum: []string{
			"display.paired", "display.tags.changed", "display.playlist.assigned", "content.created", "content.flagged",
			"content.approval.submitted", "content.approval.approved", "content.approval.rejected"}, Column: Column{Header: "EVENTS", Priority: 5, Width: 40}},
		{Name: "isActive", Write: "isActive", Flag: "active", Type: TypeBool, Help: "whether it is told; setting it forgets the failures", Column: Column{Header: "ACTIVE", Priority: 2}},
		{Name: "failureCount", Type: TypeInt, Noise: true, Help: "failures in a row", Column: Column{Header: "FAILURES", Priority: 4}},
		{Name: "lastDeliveryAt", Type: TypeTime, Noise: true, Help: "when it was last told", Column: Column{Header: "DELIVERED", Priority: 6, Wide: true}},
		{Name: "lastError", Type: TypeString, Noise: true, Help: "what the last failure was", Column: Column{Header: "ERROR", Priority: 7, Wide: true, Width: 40}},
		{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 8, Wide: true}},
		{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed"},
	},
	Lists: []Sublist{{
		Verb: "deliveries", Path: "/deliveries", Short: "List what a webhook was told, and what came of it",
		Example: "  vizora webhook deliveries \"Chat bridge\"\n  vizora webhook deliveries \"Chat bridge\" --status failure -o json",
		Row: &Kind[*Object]{Schema: Schema{
			Kind: "WebhookDelivery", Noun: "delivery", Plural: "deliveries",
			Filters: []Filter{{Param: "status", Flag: "status", Enum: []string{"success", "failure", "blocked"}, Help: "only these"}},
			Fields: []Field{
				{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
				{Name: "attemptedAt", Type: TypeTime, Help: "when", Column: Column{Header: "WHEN", Priority: 1}},
				{Name: "event", Type: TypeString, Help: "what of", Column: Column{Header: "EVENT", Priority: 2}},
				{Name: "status", Type: TypeEnum, Enum: []string{"success", "failure", "blocked"}, Help: "what came of it", Column: Column{Header: "STATUS", Priority: 3}},
				{Name: "statusCode", Type: TypeInt, Help: "what your server answered", Column: Column{Header: "HTTP", Priority: 4}},
				{Name: "durationMs", Type: TypeInt, Help: "how long it took, in milliseconds", Column: Column{Header: "MS", Priority: 6}},
				{Name: "errorMessage", Type: TypeString, Help: "what went wrong", Column: Column{Header: "ERROR", Priority: 5, Width: 48}},
			},
		}},
	}},
}}

// checkHookURL refuses what the platform refuses with a bare "Bad Request".
func checkHookURL(s string) (problem, fix string) {
	if !strings.HasPrefix(s, "https://") || len(s) < len("https://a") {
		return "is not an https address", "give https://HOST/PATH"
	}
	return "", ""
}

// checkHookSecret holds the platform's rule, and refuses what it would alter on
// the way in (contract rest 1.7).
func checkHookSecret(s string) (problem, fix string) {
	var lower, upper, other bool
	for _, r := range s {
		switch {
		case strings.ContainsRune("<>&", r):
			return "holds < > or &, which the platform would change", "use other characters"
		case unicode.IsLower(r):
			lower = true
		case unicode.IsUpper(r):
			upper = true
		default:
			other = true
		}
	}
	if !lower || !upper || !other {
		return "is too simple", "it takes a lower-case and an upper-case letter, and a digit or another character"
	}
	return "", ""
}
