// Pairing: a device shows a code, a manager types it in (contract rest 4.1).

package sandbox

import (
	"time"
)

const pairingLife = 5 * time.Minute

func (c *call) requestPairing() (any, error) {
	db, device := c.s.db, c.body.str("deviceIdentifier")
	if d := db.devices[device]; d != nil && d.JWTToken != nil && d.PairedAt != nil && d.Status != "pairing" {
		return nil, badRequest("Device is already paired. Please unpair first.")
	}
	c.dropExpiredPairings()
	code := c.s.ids.text(pairingAlphabet, 6)
	for db.pairings[code] != nil {
		code = c.s.ids.text(pairingAlphabet, 6)
	}
	p := &pairing{code: code, deviceIdentifier: device, nickname: c.body.opt("nickname"), createdAt: c.now, expiresAt: c.now.Add(pairingLife)}
	p.metadata, _ = c.body["metadata"].(map[string]any)
	db.pairings[code] = p
	link := c.s.url + "/pair?code=" + code
	return obj("code qrCode expiresAt expiresInSeconds pairingUrl", code, qrImage(link), stamp{p.expiresAt}, int(pairingLife.Seconds()), link), nil
}

func (c *call) dropExpiredPairings() {
	for code, p := range c.s.db.pairings {
		if !c.now.Before(p.expiresAt) {
			delete(c.s.db.pairings, code)
		}
	}
}

func (c *call) findPairing(code string) (*pairing, error) {
	p := c.s.db.pairings[code]
	if p == nil || !c.now.Before(p.expiresAt) {
		return nil, notFound("Pairing code not found or expired")
	}
	return p, nil
}

// pairingStatus is one-shot: the first reader of "paired" takes the token and deletes the record.
func (c *call) pairingStatus() (any, error) {
	p, err := c.findPairing(c.params["code"])
	if err != nil {
		return nil, err
	}
	if !p.paired {
		return obj("status expiresAt", "pending", stamp{p.expiresAt}), nil
	}
	delete(c.s.db.pairings, p.code)
	return map[string]string{
		"status": "paired", "deviceToken": p.deviceToken, "deviceId": p.displayID,
		"organizationId": p.organizationID, "tenantId": p.organizationID,
	}, nil
}

// templateOfPairing is the template that the body names, or nil.
func (c *call) templateOfPairing() (*record, error) {
	id := c.body.opt("provisioningTemplateId")
	if id == nil {
		return nil, nil
	}
	r, ok := c.t.rows(provisioning()).get(*id)
	if !ok {
		return nil, notFound("Provisioning template " + *id + " not found")
	}
	return r, nil
}

func (c *call) completePairing() (any, error) {
	p, err := c.findPairing(c.body.str("code"))
	if err != nil {
		return nil, err
	}
	if p.paired {
		return nil, badRequest("Pairing code has already been completed")
	}
	template, err := c.templateOfPairing()
	if err != nil {
		return nil, err
	}
	d := c.s.db.devices[p.deviceIdentifier]
	if d != nil && d.OrganizationID != c.t.org.ID {
		return nil, conflict("Display with this device ID already exists")
	}
	action := "updated"
	if d == nil {
		if err := c.quotaLeft(); err != nil {
			return nil, err
		}
		d = newDisplay(c.s.ids.uuid(), c.t.org.ID, p.deviceIdentifier, c.stamp())
		if host, ok := p.metadata["hostname"].(string); ok {
			d.Location = &host // the request's location is ignored for a new device
		}
		c.s.db.addDisplay(c.t, d)
		action = "created"
	} else if c.body.set("location") {
		d.Location = c.body.opt("location")
	}
	d.Nickname = p.nickname
	if c.body.set("nickname") {
		d.Nickname = c.body.opt("nickname")
	}
	if p.metadata != nil {
		d.Metadata = mustJSON(p.metadata)
	}
	if template != nil {
		template.provision(d)
	}
	d.Status, d.PairedAt, d.UpdatedAt = "pairing", ptr(c.stamp()), c.stamp()
	p.paired, p.deviceToken, p.displayID, p.organizationID = true, c.s.newDeviceToken(d, c.now), d.ID, c.t.org.ID
	c.changed("display", d.ID, action, d.displayRow)
	c.deliverWebhooks("display.paired")
	return rawAnswer{obj("success display", true, obj("id nickname deviceIdentifier status", d.ID, d.Nickname, d.DeviceIdentifier, d.Status))}, nil
}

// activePairings lists only codes of devices the organization already owns; brand-new codes never appear.
func (c *call) activePairings() (any, error) {
	type active struct {
		Code      string  `json:"code"`
		Nickname  *string `json:"nickname"`
		CreatedAt stamp   `json:"createdAt"`
		ExpiresAt stamp   `json:"expiresAt"`
	}
	out := []active{}
	for _, p := range c.s.db.pairings {
		d := c.s.db.devices[p.deviceIdentifier]
		if d != nil && d.OrganizationID == c.t.org.ID && !p.paired && c.now.Before(p.expiresAt) {
			out = append(out, active{p.code, p.nickname, stamp{p.createdAt}, stamp{p.expiresAt}})
		}
	}
	return out, nil
}
