// The fields whose rules are their own, by the name under which the route table refers to them.

package sandbox

import (
	"slices"
	"strings"
)

// namedField is a field without its name.
func namedField(name string) field {
	f := field{typ: tString}
	switch name {
	case "newPassword":
		f.rules = passwordRules()
	case "slug":
		f.rules = []*rule{says("must contain only lowercase letters, numbers and hyphens", isSlug), maxLength(255), minLength(2), isString()}
	case "loginEmail":
		f.rules = []*rule{isEmail()}
	case "loginPassword":
		f.rules = []*rule{maxLength(128), isString(), notEmpty()}
	case "challenge":
		f.rules = []*rule{maxLength(4096), notEmpty(), isString()}
	case "contentURL":
		f.rules = []*rule{contentURL(), isString()}
	case "scopes":
		f.typ, f.rules = tArray, []*rule{each(oneOf("read:all", "read:content", "read:displays", "read:analytics", "write:content", "write:displays", "write:playlists", "write:schedules")), isArray()}
	case "names", "repeated":
		f.typ, f.rules = tList, []*rule{each(maxLength(64)), each(isString()), arrayMax(20), isArray()}
		if name == "repeated" {
			f.typ = tRepeated
		}
	case "days":
		f.typ, f.rules = tArray, []*rule{each(atMost(6)), each(atLeast(0)), each(isInt()), isArray()}
	case "target":
		f.rules = []*rule{maxLength(2000), isString()}
	case "recipients":
		f.typ, f.item = tArray, parseFields("channel:in(in_app|email|slack_webhook) target:@target")
		f.rules = []*rule{
			alone(arrayMax(20), "at most 20 recipients per rule"), alone(arrayMin(1), "at least one recipient is required"), isArray(),
		}
	case "offline":
		f.typ, f.rules = tNumber, []*rule{reworded(atLeast(120), "must be >= 120 (stale-heartbeat cron threshold)"), isInt()}
	case "rank":
		f.typ, f.rules = tNumber, []*rule{reworded(atMost(999), "must be <= 999"), reworded(atLeast(1), "must be >= 1"), isInt()}
	case "color":
		f.rules = []*rule{says("must be a hex color like #RRGGBB", isColor), isString()}
	case "https":
		f.rules = []*rule{maxLength(2000), alone(says("", func(s string) bool { return strings.HasPrefix(s, "https://") }), "webhook url must use HTTPS"), isString()}
	case "secret":
		f.rules = []*rule{says("must contain lowercase, uppercase and a number or special character", mixed), maxLength(256), reworded(minLength(16), "must be at least 16 characters"), isString()}
	case "events":
		events := oneOf(webhookEvents()...)
		f.typ, f.rules = tArray, []*rule{
			alone(each(events), "each event must be one of: "+strings.Join(webhookEvents(), ", ")),
			{text: "'s elements must be unique", joined: true, ok: distinct},
			alone(arrayMin(1), "at least one event must be subscribed"), isArray(),
		}
	case "targetID":
		f.rules = []*rule{alone(notEmpty(), "target.id must be a non-empty string"), isString()}
	case "minutes":
		f.typ, f.rules = tNumber, []*rule{
			{text: "must be one of the following values: 15, 30, 60, 120, 240", ok: func(v any) bool {
				n, ok := v.(float64)
				return ok && slices.Contains([]float64{15, 30, 60, 120, 240}, n)
			}},
			isNumber(),
		}
	}
	return f
}

// says is a rule over texts.
//
//go:noinline
func says(text string, ok func(string) bool) *rule {
	return &rule{text: text, ok: func(v any) bool { s, isText := v.(string); return isText && ok(s) }}
}

//go:noinline
func reworded(r *rule, text string) *rule { r.text, r.prefix = text, false; return r }

// alone is a rule whose message does not begin with the field's name.
//
//go:noinline
func alone(r *rule, text string) *rule { r.text, r.alone = text, true; return r }

func isSlug(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' })
}

func isColor(s string) bool {
	hex, ok := strings.CutPrefix(s, "#")
	return ok && len(hex) == 6 && !strings.ContainsFunc(hex, func(c rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", c) })
}

// mixed says whether a text has a lower-case and an upper-case letter, and a digit or something else that is neither.
func mixed(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' }) &&
		strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' }) &&
		strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' && r != '_' || r > 'z' })
}

func distinct(v any) bool {
	list, _ := v.([]any)
	for i, e := range list {
		if slices.ContainsFunc(list[:i], func(o any) bool { return jsString(o) == jsString(e) }) {
			return false
		}
	}
	return true
}

func webhookEvents() []string {
	return []string{
		"display.paired", "display.tags.changed", "display.playlist.assigned", "content.created", "content.flagged",
		"content.approval.submitted", "content.approval.approved", "content.approval.rejected",
	}
}
