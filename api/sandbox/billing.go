// What an organization has bought, to read (contract rest 22). SetSubscription changes it.

package sandbox

import "strings"

// subscription counts disabled screens too, unlike the quota check.
func (c *call) subscription() (any, error) {
	o := c.t.org
	return obj("subscriptionTier subscriptionStatus screenQuota screensUsed trialEndsAt currentPeriodEnd cancelAtPeriodEnd paymentProvider",
		o.SubscriptionTier, o.SubscriptionStatus, o.ScreenQuota, c.t.displays.len(), o.TrialEndsAt, nil, false, o.PaymentProvider), nil
}

func (c *call) screenQuota() (any, error) {
	quota, used := c.t.org.ScreenQuota, c.t.displays.len()
	remaining, percent := -1, 0
	if quota >= 0 {
		remaining = max(0, quota-used)
		percent = min(100, used*100/max(1, quota))
	}
	return obj("screenQuota screensUsed remaining percentUsed", quota, used, remaining, percent), nil
}

func (c *call) plans() (any, error) {
	interval, months := "monthly", 1
	if c.query.str("interval") == "yearly" {
		interval, months = "yearly", 10
	}
	out := []object{}
	for _, p := range []struct {
		name          string
		screens, cent int
		features      string
	}{
		{"Free", 5, 0, "Up to 5 screens,Basic scheduling,1 GB storage"},
		{"Basic", 50, 600, "Up to 50 screens,Analytics dashboard,Email support,25 GB storage"},
		{"Pro", 100, 800, "Up to 100 screens,API access,Priority support,100 GB storage"},
		{"Enterprise", -1, -1, "Everything in Pro,Unlimited screens,SLA,Dedicated support"},
	} {
		price := p.cent
		if price > 0 {
			price *= months
		}
		id := strings.ToLower(p.name)
		out = append(out, obj("id name screenQuota price currency interval features isCurrent",
			id, p.name, p.screens, price, "usd", interval, strings.Split(p.features, ","), id == c.t.org.SubscriptionTier))
	}
	return out, nil
}

// entitlementBanner counts the days to the next rung of the ladder past_due, publish_locked, suspended, canceled.
func (c *call) entitlementBanner() (any, error) {
	o := c.t.org
	status := o.SubscriptionStatus
	var next, days any
	for _, rung := range []struct {
		from, to string
		after    int
	}{{"past_due", "publish_locked", 7}, {"publish_locked", "suspended", 14}, {"suspended", "canceled", 30}} {
		if status != rung.from {
			continue
		}
		since := c.now
		if o.EntitlementStateSince != nil {
			since = o.EntitlementStateSince.Time
		}
		next, days = rung.to, max(0, rung.after-int(c.now.Sub(since).Hours()/24))
	}
	return obj("status publishLocked daysUntilNextRung nextRung", status, status == "publish_locked" || status == "suspended", days, next), nil
}

func (c *call) invoices() (any, error) { return []object{}, nil }

func (c *call) billingPortal() (any, error) {
	return nil, badRequest("No Stripe customer found for this organization")
}
