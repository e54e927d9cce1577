// The customer's webhooks and their deliveries (contract rest 16). Nothing leaves the sandbox.

package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

func webhooks() *kind {
	return &kind{
		name: "webhook", label: "Webhook", unique: true, initial: `{"isActive":true,"lastDeliveryAt":null,"lastError":null,"failureCount":0}`,
		fields: "id organizationId name url events isActive lastDeliveryAt lastError failureCount createdAt updatedAt", // never the secret
	}
}

func deliveries() *kind {
	return &kind{name: "webhook-delivery", fields: "id webhookId organizationId event status statusCode errorMessage durationMs attemptedAt"}
}

// checkWebhook refuses addresses that are not public.
func (c *call) checkWebhook() error {
	if link := c.body.opt("url"); link != nil {
		if checkURL(strings.ReplaceAll(*link, "&amp;", "&")) != nil {
			return badRequest("webhook url points to a blocked address")
		}
	}
	return nil
}

func (c *call) createWebhook() (any, error) {
	if err := c.checkWebhook(); err != nil {
		return nil, err
	}
	r, err := c.insert(webhooks())
	if err != nil {
		return nil, err
	}
	return webhooks().show(r), nil
}

func (c *call) listWebhooks() (any, error) { return webhooks().showAll(c.all(webhooks(), nil)), nil }

func (c *call) getWebhook() (any, error) { return c.get(webhooks()) }

// updateWebhook: an empty body updates no row, which the platform takes for a missing webhook.
func (c *call) updateWebhook() (any, error) {
	r, err := c.find(webhooks())
	if err != nil {
		return nil, err
	}
	if len(c.body) == 0 {
		return nil, notFound("Webhook " + r.key() + " not found")
	}
	if err := c.checkWebhook(); err != nil {
		return nil, err
	}
	if c.body.has("isActive") {
		r.v["failureCount"] = 0.0
	}
	return c.patch(webhooks())
}

func (c *call) deleteWebhook() (any, error) {
	id := c.id()
	v, err := c.drop(webhooks())
	if err == nil {
		c.t.rows(deliveries()).removeIf(func(d *record) bool { return d.str("webhookId") == id })
	}
	return v, err
}

func (c *call) listDeliveries() (any, error) {
	r, err := c.find(webhooks())
	if err != nil {
		return nil, err
	}
	return c.newest(deliveries(), func(d *record) bool {
		return d.str("webhookId") == r.key() && (!c.query.set("status") || d.str("status") == c.query.str("status"))
	})
}

// webhookFailures switch a webhook off.
const webhookFailures = 10

// deliverWebhooks records a delivery to each webhook that wants the event.
func (c *call) deliverWebhooks(event string) {
	for _, w := range c.t.rows(webhooks()).list {
		if !w.yes("isActive") || !slices.Contains(w.list("events"), any(event)) {
			continue
		}
		at := c.stamp()
		d := c.s.newRecord(c.t, deliveries(), at)
		d.put("webhookId event durationMs attemptedAt status statusCode errorMessage", w.key(), event, float64(20+c.s.noise.below(80)), at.text(), "success", 200.0, nil)
		failures := w.num("failureCount") + 1
		w.put("lastDeliveryAt lastError failureCount", at.text(), nil, 0.0)
		if unreachable(w.str("url")) {
			d.put("status statusCode errorMessage", "failure", nil, "fetch failed")
			w.put("lastError failureCount isActive", "fetch failed", float64(failures), failures < webhookFailures)
		}
		c.t.rows(deliveries()).add(d)
	}
}

// unreachable plays the network: hosts whose name begins with "down." do not answer.
func unreachable(link string) bool {
	u, err := url.Parse(link)
	return err != nil || strings.HasPrefix(u.Hostname(), "down.")
}
