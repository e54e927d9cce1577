// API keys: three routes to manage them and one that takes them, GET /content (contract rest 3).

package sandbox

import (
	"slices"
	"time"
)

type apiKeyRow struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Prefix     string   `json:"prefix"`
	Scopes     []string `json:"scopes"`
	LastUsedAt *stamp   `json:"lastUsedAt"`
	ExpiresAt  *stamp   `json:"expiresAt"`
	CreatedAt  stamp    `json:"createdAt"`
}

type apiKey struct {
	apiKeyRow
	Hash    string `json:"hash"`
	Revoked bool   `json:"revoked"`
}

func (k *apiKey) key() string { return k.ID }

const (
	apiKeyPrefix    = "vz_live_"
	base64urlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// createAPIKey shows the key once; a past expiry is taken.
func (c *call) createAPIKey() (any, error) {
	secretKey := apiKeyPrefix + newSource(0, 0).text(base64urlDigits, 32)
	k := &apiKey{apiKeyRow: apiKeyRow{
		ID: c.s.ids.cuid(), Name: c.body.str("name"), Prefix: apiKeyPrefix, Scopes: []string{"read:all"},
		ExpiresAt: optStamp(c.body.opt("expiresAt")), CreatedAt: c.stamp(),
	}, Hash: hashText(secretKey)}
	if c.body.set("scopes") {
		k.Scopes = c.body.strings("scopes")
	}
	c.t.apiKeys.add(k)
	c.s.saver.touch()
	return obj("key apiKey", secretKey, k.apiKeyRow), nil
}

// listAPIKeys shows expired keys too, revoked ones not.
func (c *call) listAPIKeys() (any, error) {
	out := []apiKeyRow{}
	for _, k := range slices.Backward(c.t.apiKeys.list) {
		if !k.Revoked {
			out = append(out, k.apiKeyRow)
		}
	}
	return out, nil
}

// revokeAPIKey may be repeated.
func (c *call) revokeAPIKey() (any, error) {
	k, ok := c.t.apiKeys.get(c.id())
	if !ok {
		return nil, notFound("API key not found")
	}
	k.Revoked = true
	c.s.saver.touch()
	return rawAnswer{map[string]bool{"success": true}}, nil
}

// loginByKey finds the tenant of an x-api-key header. It has no user: the one route that takes keys asks for none.
func (c *call) loginByKey(presented string) error {
	hash := hashText(presented)
	for _, t := range c.s.db.tenants {
		i := slices.IndexFunc(t.apiKeys.list, func(k *apiKey) bool { return k.Hash == hash })
		if i < 0 {
			continue
		}
		k := t.apiKeys.list[i]
		if k.Revoked || k.expired(c.now) {
			break
		}
		o := t.org
		if o.SubscriptionTier != "pro" && o.SubscriptionTier != "enterprise" || o.SubscriptionStatus == "suspended" || o.SubscriptionStatus == "canceled" {
			return forbidden("API access is not included in your organization's current plan")
		}
		if !slices.Contains(k.Scopes, "read:content") && !slices.Contains(k.Scopes, "read:all") {
			return forbidden("API key is missing required scope(s): read:content")
		}
		k.LastUsedAt = ptr(c.stamp())
		c.t = t
		return nil
	}
	return unauthorized("Invalid API key")
}

func (k *apiKey) expired(now time.Time) bool {
	return k.ExpiresAt != nil && !now.Before(k.ExpiresAt.Time)
}
