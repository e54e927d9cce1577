// Commands to many displays at once, and the emergency content that some of them start (contract rest 17).

package sandbox

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// fleetPerMinute is how many commands an organization may send before it must be silent for a minute.
const fleetPerMinute = 10

func overrides() *kind {
	return &kind{name: "override", fields: "commandId contentId contentTitle targetType targetId targetName duration startedAt expiresAt startedBy deviceIds"}
}

// fleetCommand counts every call, also those that fail: the minute begins anew with each.
func (c *call) fleetCommand() (any, error) {
	payload, target := c.part("payload"), c.part("target")
	command, emergency := c.body.str("command"), payload.str("priority") == "emergency"
	if status := c.t.org.SubscriptionStatus; command == "push_content" && (status == "publish_locked" || status == "suspended") {
		return nil, forbidden(publishingPaused)
	}
	if c.user.Role != "admin" && emergency {
		return nil, forbidden("Emergency override requires admin role")
	}
	if c.user.Role != "admin" && command == "update" {
		return nil, forbidden("Update command requires admin role")
	}
	if err := c.countFleetCommand(); err != nil {
		return nil, err
	}
	if !c.body.set("target") {
		return nil, unexpected("Cannot read properties of undefined (reading 'type')")
	}
	displays, name, err := c.fleetTarget(target)
	if err != nil {
		return nil, err
	}
	sent := mustJSON(map[string]any(payload))
	if payload == nil {
		sent = json.RawMessage("{}")
	}
	var co *content
	switch command {
	case "update":
		err = checkFeed(payload.str("feedUrl"))
	case "push_content":
		co, sent, err = c.fleetContent(payload)
	}
	if err != nil {
		return nil, err
	}
	id := c.s.ids.uuid()
	delivered, failed, err := c.broadcast(displays, mustJSON(obj("type payload commandId", command, sent, id)))
	if err != nil {
		return nil, err
	}
	if co != nil && emergency {
		c.startOverride(id, co, target, name, minutesOr(payload, 60), displays)
	}
	c.audit("fleet_command", "fleet", id, map[string]any{"target": target, "command": command, "payload": payloadOr(payload), "deviceCount": len(displays)})
	c.s.saver.touch()
	return obj("commandId command target devicesTargeted devicesOnline devicesQueued devicesDelivered devicesFailed",
		id, command, obj("type id name", target.str("type"), target.str("id"), name),
		len(displays), delivered+failed, len(displays)-delivered-failed, delivered, failed), nil
}

// part is an object of the body.
func (c *call) part(name string) input {
	m, _ := c.body[name].(map[string]any)
	return m
}

func payloadOr(in input) input {
	if in == nil {
		return input{}
	}
	return in
}

func minutesOr(in input, or int) int {
	if in.set("duration") {
		return in.num("duration")
	}
	return or
}

func (c *call) countFleetCommand() error {
	key := "fleet:" + c.t.org.ID
	try := c.s.db.failures[key]
	if try == nil || !c.now.Before(try.until) {
		try = &mfaTry{}
		c.s.db.failures[key] = try
	}
	try.count++
	try.until = c.now.Add(time.Minute)
	if try.count > fleetPerMinute {
		return tooMany("Fleet command rate limit exceeded. Max 10 commands per minute.")
	}
	return nil
}

// fleetTarget resolves the displays, disabled ones too. For an organization any id will do.
func (c *call) fleetTarget(target input) (displays []*display, name string, err error) {
	id := target.str("id")
	switch target.str("type") {
	case "device":
		d, ok := c.t.displays.get(id)
		if !ok {
			return nil, "", notFound("Device " + id + " not found in organization")
		}
		if name = d.ID; d.Nickname != nil {
			name = *d.Nickname
		}
		return []*display{d}, name, nil
	case "group":
		g, ok := c.t.groups.get(id)
		if !ok {
			return nil, "", notFound("Group " + id + " not found in organization")
		}
		for _, m := range g.Members {
			if d, ok := c.t.displays.get(m.DisplayID); ok {
				displays = append(displays, d)
			}
		}
		return displays, g.Name, nil
	case "tag":
		tag, ok := c.t.tags.get(id)
		if !ok {
			return nil, "", notFound("Tag " + id + " not found in organization")
		}
		for _, d := range c.t.displays.list {
			if hasTag(d.Tags, id) {
				displays = append(displays, d)
			}
		}
		return displays, "tag: " + tag.Name, nil
	}
	return slices.Clone(c.t.displays.list), "All Devices", nil
}

// checkFeed lets updates come from one host only.
func checkFeed(link string) error {
	rest, ok := strings.CutPrefix(link, "https://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case !ok:
		return badRequest("feedUrl must be a valid HTTPS URL")
	case host != "updates.vizora.cloud" || strings.Contains(rest, "?"):
		return badRequest("feedUrl host is not allowed")
	}
	return nil
}

func (c *call) fleetContent(payload input) (*content, json.RawMessage, error) {
	if payload.str("contentId") == "" {
		return nil, nil, badRequest("contentId required for push_content")
	}
	co, ok := c.t.contents.get(payload.str("contentId"))
	if !ok {
		return nil, nil, notFound("Content not found")
	}
	priority := "normal"
	if payload.set("priority") {
		priority = payload.str("priority")
	}
	return co, mustJSON(obj("content duration priority", obj("id title type url thumbnailUrl", co.ID, co.Name, co.Type, co.URL, co.Thumbnail), minutesOr(payload, 60), priority)), nil
}

// broadcast hands a command to each display. A display that is not connected is queued, one that refuses has failed.
func (c *call) broadcast(displays []*display, command json.RawMessage) (delivered, failed int, err error) {
	hook := c.s.opts.Hooks.Command
	if hook == nil {
		return 0, 0, nil
	}
	ids := make([]string, len(displays))
	for i, d := range displays {
		ids[i] = d.ID
	}
	c.outside(func() {
		for _, id := range ids {
			switch ok, sendErr := hook(id, command); {
			case errors.Is(sendErr, errNoRealtime):
				err = fail(503, "Realtime gateway is temporarily unavailable. Commands were not sent.")
				return
			case sendErr != nil:
				failed++
			case ok:
				delivered++
			}
		}
	})
	return delivered, failed, err
}

func (c *call) startOverride(id string, co *content, target input, name string, minutes int, displays []*display) {
	ids := make([]any, len(displays))
	for i, d := range displays {
		ids[i] = d.ID
	}
	r := &record{map[string]any{}}
	r.put("id "+overrides().fields, id, id, co.ID, co.Name, target.str("type"), target.str("id"), name, float64(minutes),
		c.stamp().text(), stamp{c.now.Add(time.Duration(minutes) * time.Minute)}.text(), c.user.ID, ids)
	c.t.rows(overrides()).add(r)
}

// dropExpiredOverrides forgets what has run out. The times are texts of one length, so they compare as texts.
func (c *call) dropExpiredOverrides() {
	now := c.stamp().text()
	c.t.rows(overrides()).removeIf(func(r *record) bool { return r.str("expiresAt") <= now })
}

func (c *call) activeOverrides() (any, error) {
	c.dropExpiredOverrides()
	return overrides().showAll(c.t.rows(overrides()).list), nil
}

// clearOverride forgets the override before the displays are told.
func (c *call) clearOverride() (any, error) {
	c.dropExpiredOverrides()
	id := c.params["commandId"]
	r, ok := c.t.rows(overrides()).get(id)
	if !ok {
		return nil, notFound("Override " + id + " not found")
	}
	c.t.rows(overrides()).remove(id)
	c.s.saver.touch()
	var displays []*display
	for _, e := range r.list("deviceIds") {
		if d, ok := c.t.displays.get(jsString(e)); ok {
			displays = append(displays, d)
		}
	}
	if _, _, err := c.broadcast(displays, mustJSON(obj("type payload commandId", "clear_override", json.RawMessage("{}"), id))); err != nil {
		return nil, err
	}
	return obj("commandId devicesNotified", id, len(r.list("deviceIds"))), nil
}
