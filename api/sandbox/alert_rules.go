// Alert rules: whom to tell when a display stays offline (contract rest 12).

package sandbox

import (
	"slices"
	"strconv"
	"strings"
)

func alertRules() *kind {
	return &kind{
		name: "alert-rule", label: "Alert rule", unique: true,
		initial: `{"isActive":true,"scopeTagId":null,"scopeGroupId":null,"scopeDisplayId":null,"minOfflineSec":120,"recipients":[]}`,
		fields:  "id organizationId name triggerEvent isActive scope scopeTagId scopeGroupId scopeDisplayId minOfflineSec createdAt updatedAt recipients",
	}
}

// scopeField is the field that a scope needs, and how the platform calls what it names.
func scopeField(scope string) (field, label string) {
	switch scope {
	case "tag":
		return "scopeTagId", "Tag"
	case "group":
		return "scopeGroupId", "DisplayGroup"
	case "display":
		return "scopeDisplayId", "Display"
	}
	return "", ""
}

// checkScope wants the scope's own id and ignores the others: they are stored as null.
func (c *call) checkScope() error {
	if !c.body.set("scope") {
		for _, name := range []string{"scopeTagId", "scopeGroupId", "scopeDisplayId"} {
			delete(c.body, name)
		}
		return nil
	}
	field, label := scopeField(c.body.str("scope"))
	id := c.body.str(field)
	if field != "" && c.body.opt(field) == nil {
		return invalid([]string{field + " must be a string"})
	}
	known := map[string]bool{"": true}
	_, known["Tag"] = c.t.tags.get(id)
	_, known["DisplayGroup"] = c.t.groups.get(id)
	_, known["Display"] = c.t.displays.get(id)
	if !known[label] && id != "" {
		return notFound(label + " " + id + " not found in this organization")
	}
	for _, name := range []string{"scopeTagId", "scopeGroupId", "scopeDisplayId"} {
		if name != field {
			c.body[name] = nil
		}
	}
	return nil
}

const slackHooks = "https://hooks.slack.com/services/"

// checkRecipient: the target's form depends on the channel, and a user must be of the organization.
func (c *call) checkRecipient(in input, at string) error {
	target := in.str("target")
	switch in.str("channel") {
	case "email":
		if !isEmail().ok(target) {
			return invalid([]string{at + "email target must be a valid email address"})
		}
	case "slack_webhook":
		if !strings.HasPrefix(target, slackHooks) {
			return invalid([]string{at + "slack_webhook target must be a https://hooks.slack.com/services/... URL"})
		}
	default:
		if target == "" {
			return invalid([]string{at + "in_app target must be a non-empty user id"})
		}
		if _, ok := c.t.users.get(target); !ok {
			return forbidden("in_app target userId " + target + " does not belong to this organization")
		}
	}
	return nil
}

func (s *Server) newRecipient(ruleID, channel, target string, at stamp) object {
	return obj("id alertRuleId channel target createdAt", s.ids.cuid(), ruleID, channel, target, at.text())
}

func (c *call) createAlertRule() (any, error) {
	recipients := c.body.objects("recipients")
	for i, in := range recipients {
		if err := c.checkRecipient(in, "recipients."+strconv.Itoa(i)+"."); err != nil {
			return nil, err
		}
	}
	if err := c.checkScope(); err != nil {
		return nil, err
	}
	delete(c.body, "recipients")
	k := alertRules()
	k.nullable = "scopeTagId scopeGroupId scopeDisplayId minOfflineSec isActive"
	r, err := c.insert(k)
	if err != nil {
		return nil, err
	}
	for _, in := range recipients {
		r.v["recipients"] = append(r.list("recipients"), c.s.newRecipient(r.key(), in.str("channel"), in.str("target"), c.stamp()).v)
	}
	return r.alertRule(), nil
}

// alertRule shows a rule with its recipients' fields in order.
func (r *record) alertRule() object {
	recipients := []object{}
	for _, e := range r.list("recipients") {
		if m, ok := e.(map[string]any); ok {
			recipients = append(recipients, object{"id alertRuleId channel target createdAt", m})
		}
	}
	return alertRules().show(r.with("recipients", recipients))
}

// listAlertRules takes any non-empty isActive for true, "false" too.
func (c *call) listAlertRules() (any, error) {
	out := []object{}
	for _, r := range c.all(alertRules(), func(r *record) bool { return !c.query.set("isActive") || r.yes("isActive") == c.query.yes("isActive") }) {
		out = append(out, r.alertRule())
	}
	return out, nil
}

func (c *call) getAlertRule() (any, error) {
	r, err := c.find(alertRules())
	if err != nil {
		return nil, err
	}
	return r.alertRule(), nil
}

func (c *call) updateAlertRule() (any, error) {
	r, err := c.find(alertRules())
	if err != nil {
		return nil, err
	}
	if err := c.checkScope(); err != nil {
		return nil, err
	}
	k := alertRules()
	k.nullable = "scopeTagId scopeGroupId scopeDisplayId"
	if _, err := c.patch(k); err != nil {
		return nil, err
	}
	return r.alertRule(), nil
}

func (c *call) deleteAlertRule() (any, error) { return c.drop(alertRules()) }

// addRecipient checks neither how many there are nor whether it is there already.
func (c *call) addRecipient() (any, error) {
	r, err := c.find(alertRules())
	if err != nil {
		return nil, err
	}
	if err := c.checkRecipient(c.body, ""); err != nil {
		return nil, err
	}
	o := c.s.newRecipient(r.key(), c.body.str("channel"), c.body.str("target"), c.stamp())
	r.v["recipients"] = append(r.list("recipients"), o.v)
	c.changed("alert-rule", r.key(), "updated", r.alertRule())
	return o, nil
}

func (c *call) removeRecipient() (any, error) {
	r, err := c.find(alertRules())
	if err != nil {
		return nil, err
	}
	id := c.params["recipientId"]
	left := slices.DeleteFunc(slices.Clone(r.list("recipients")), func(e any) bool { m, _ := e.(map[string]any); return m["id"] == id })
	if len(left) == len(r.list("recipients")) {
		return nil, notFound("Recipient " + id + " not found on rule " + r.key())
	}
	r.v["recipients"] = left
	c.changed("alert-rule", r.key(), "updated", r.alertRule())
	return noContent{}, nil
}

// defaultAlertRule is what every new organization gets.
func (s *Server) defaultAlertRule(t *tenant, adminID string, at stamp) {
	r := s.newRecord(t, alertRules(), at)
	r.v["name"], r.v["triggerEvent"], r.v["scope"] = "Default offline alert (auto-migrated)", "device.offline", "all"
	r.v["recipients"] = []any{s.newRecipient(r.key(), "in_app", adminID, at).v}
	t.rows(alertRules()).add(r)
}
