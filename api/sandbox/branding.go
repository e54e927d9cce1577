// Changing and erasing an organization, and its branding (contract rest 13).

package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// ownOrganization answers 403 for any id but the caller's own.
func (c *call) ownOrganization(verb string) error {
	if c.id() != c.t.org.ID {
		return forbidden("You can only " + verb + " your own organization")
	}
	return nil
}

func (c *call) planTrap() error {
	if c.body.set("plan") {
		return unexpected("Unknown argument `plan`. Available options are marked with ?.")
	}
	return nil
}

func (c *call) slugFree(slug string) error {
	if slug != c.t.org.Slug && c.s.db.slugTaken(slug) {
		return conflict("Organization with this slug already exists")
	}
	return nil
}

// createOrganization makes one that nobody can log in to.
func (c *call) createOrganization() (any, error) {
	if err := c.planTrap(); err != nil {
		return nil, err
	}
	if c.s.db.slugTaken(c.body.str("slug")) {
		return nil, conflict("Organization with this slug already exists")
	}
	org := newOrg(c.s.ids, c.body.str("name"), c.body.str("slug"), c.now)
	c.s.db.addTenant(org)
	c.fillOrganization(org)
	c.s.saver.touch()
	return *org, nil
}

func (c *call) fillOrganization(org *orgRow) {
	b := c.body
	for name, to := range map[string]*string{"name": &org.Name, "slug": &org.Slug, "country": &org.Country} {
		if b.set(name) {
			*to = b.str(name)
		}
	}
	if b.has("logoUrl") {
		org.LogoURL = b.opt("logoUrl")
	}
	if b.has("gstin") {
		org.GSTIN = b.opt("gstin")
	}
	if sent, ok := b["settings"].(map[string]any); ok {
		settings := org.settings()
		maps.Copy(settings, sent)
		org.Settings = mustJSON(settings)
	}
}

// settings is a copy of the organization's settings.
func (o *orgRow) settings() map[string]any {
	m := map[string]any{}
	if o.Settings != nil {
		_ = json.Unmarshal(o.Settings, &m) // our own encoding
	}
	return m
}

// updateOrganization takes any text for a slug, and an empty body.
func (c *call) updateOrganization() (any, error) {
	err := c.ownOrganization("update")
	if err == nil {
		err = c.planTrap()
	}
	if err == nil && c.body.set("slug") {
		err = c.slugFree(c.body.str("slug"))
	}
	if err != nil {
		return nil, err
	}
	c.fillOrganization(c.t.org)
	return c.organizationChanged(), nil
}

func (c *call) organizationChanged() orgRow {
	c.t.org.UpdatedAt = c.stamp()
	c.changed("organization", c.t.org.ID, "updated", c.t.org)
	return *c.t.org
}

// deleteOrganization erases the tenant at once: no confirmation is asked for.
func (c *call) deleteOrganization() (any, error) {
	if err := c.ownOrganization("delete"); err != nil {
		return nil, err
	}
	c.changed("organization", c.t.org.ID, "deleted", c.t.org)
	c.s.db.dropTenant(c.t)
	return map[string]string{"message": "Organization deleted successfully"}, nil
}

const brandingFields = "name? logoUrl? primaryColor? secondaryColor? accentColor? fontFamily? showPoweredBy? customDomain? customCSS?"

// getBranding gives defaults until branding is first set; after that only the fields that were set.
func (c *call) getBranding() (any, error) {
	if err := c.ownOrganization("access"); err != nil {
		return nil, err
	}
	if b, ok := c.t.org.settings()["branding"].(map[string]any); ok {
		return object{brandingFields, b}, nil
	}
	return obj(strings.ReplaceAll(brandingFields, "?", ""), c.t.org.Name, c.t.org.LogoURL, "#00E5A0", "#00B4D8", nil, "sans", true, nil, nil), nil
}

// setBranding replaces all of it and answers with the organization.
func (c *call) setBranding() (any, error) {
	if err := c.ownOrganization("update"); err != nil {
		return nil, err
	}
	settings := c.t.org.settings()
	settings["branding"] = map[string]any(c.body)
	c.t.org.Settings = mustJSON(settings)
	return c.organizationChanged(), nil
}

// readPicture reads a form of one small picture.
func (c *call) readPicture() (u *upload, err error) {
	c.outside(func() { u, err = parseUpload(c.r) })
	if err != nil {
		return nil, err
	}
	if len(u.data) > 2*mib {
		return nil, tooLarge()
	}
	u.mime, _, _ = strings.Cut(u.mime, ";")
	for _, k := range fileKinds() {
		if k.mime == u.mime && k.kind == "image" && k.mime != "image/gif" {
			if !k.magic(u.data) {
				return nil, badRequest("File content does not match declared type (possible spoofing attempt)")
			}
			return u, nil
		}
	}
	return nil, badRequest("Only PNG, JPEG, and WebP files are allowed")
}

// uploadLogo stores a logo. The branding does not point to it yet.
func (c *call) uploadLogo() (any, error) {
	if err := c.ownOrganization("update"); err != nil {
		return nil, err
	}
	u, err := c.readPicture()
	if err != nil {
		return nil, err
	}
	key := c.t.org.ID + "/branding/" + hashText(string(u.data))[:16] + "-" + safeName(u.filename)
	c.s.db.objects[key] = storedFile{u.mime, u.data}
	c.s.saver.touch()
	if !c.s.opts.ObjectStorage {
		return obj("logoUrl", c.s.url+"/uploads/"+key), nil
	}
	return obj("logoUrl objectKey", "minio://"+key, key), nil
}

func (c *call) avatarKey() string { return "avatars/" + c.user.ID }

func (c *call) getAvatar() (any, error) {
	o, ok := c.s.db.objects[c.avatarKey()]
	if !ok {
		return nil, notFound("No avatar set")
	}
	return fileBytes{mime: o.MimeType, data: o.Data}, nil
}

// setAvatar is a 500 without object storage.
func (c *call) setAvatar() (any, error) {
	u, err := c.readPicture()
	if err != nil {
		return nil, err
	}
	if !c.s.opts.ObjectStorage {
		return nil, fail(http.StatusInternalServerError, "Failed to upload avatar")
	}
	c.s.db.objects[c.avatarKey()] = storedFile{u.mime, u.data}
	c.user.Avatar = ptr(c.avatarKey())
	c.s.saver.touch()
	return obj("avatarUrl", c.user.avatarURL()), nil
}

func (u *user) avatarURL() *string {
	if u.Avatar == nil {
		return nil
	}
	return ptr(prefix + "/auth/me/avatar")
}

func (c *call) clearAvatar() (any, error) {
	delete(c.s.db.objects, c.avatarKey())
	c.user.Avatar = nil
	c.s.saver.touch()
	return map[string]string{"message": "Avatar removed"}, nil
}
