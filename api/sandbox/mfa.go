// Two-factor login: enrolment, challenge, backup codes (contract rest 2).

package sandbox

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const (
	mfaTriesPerChallenge = 5
	mfaTriesPerUser      = 10
)

// loginToEnroll takes a login, or the token that a login gave to a user who must enroll first.
func (c *call) loginToEnroll() error {
	token := c.r.Header.Get("X-Mfa-Enrollment-Token")
	if token == "" {
		return c.identify()
	}
	cl, err := readToken(c.s.db.userKey, token, c.now)
	u := c.s.db.users[cl.Subject]
	if err != nil || cl.Type != "mfa_enrollment" || u == nil || !u.IsActive {
		return unauthorized("Invalid or expired token")
	}
	c.claims, c.user, c.t = cl, u, c.s.db.byOrg[u.OrganizationID]
	return nil
}

func (c *call) mfaEnroll() (any, error) {
	if c.user.MFAEnabled {
		return nil, badRequest("MFA is already enabled. Disable it first to re-enroll.")
	}
	c.user.PendingSecret = newTOTPSecret()
	c.s.saver.touch()
	q := url.Values{"secret": {c.user.PendingSecret}, "issuer": {"Vizora"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	link := "otpauth://totp/Vizora:" + url.PathEscape(c.user.Email) + "?" + q.Encode()
	return map[string]string{"otpauthUrl": link, "qrDataUrl": qrImage(link)}, nil
}

func newTOTPSecret() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// qrImage is a data URL as the platform gives one. It shows the text instead of a QR code: nobody photographs a sandbox.
func qrImage(text string) string {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="40"><text y="24">` + strings.ReplaceAll(text, "&", "&amp;") + `</text></svg>`
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))
}

func (c *call) mfaEnable() (any, error) {
	u := c.user
	if err := c.mfaLocked("user:" + u.ID); err != nil {
		return nil, err
	}
	if u.PendingSecret == "" {
		return nil, badRequest("No pending enrollment. Call /auth/mfa/enroll first.")
	}
	if !totpValid(u.PendingSecret, c.body.str("code"), c.now) {
		c.s.db.countFailure("user:"+u.ID, c.now)
		return nil, unauthorized("Invalid verification code")
	}
	u.MFASecret, u.PendingSecret, u.MFAEnabled, u.MFAEnrolledAt = u.PendingSecret, "", true, ptr(c.stamp())
	codes := u.newBackupCodes()
	c.s.saver.touch()
	if c.claims.Type != "mfa_enrollment" {
		return map[string]any{"backupCodes": codes}, nil
	}
	return struct {
		BackupCodes []string `json:"backupCodes"`
		loginAnswer
	}{codes, c.finishLogin(u)}, nil
}

// newBackupCodes replaces the codes and returns them in clear, the only time they are seen.
func (u *user) newBackupCodes() []string {
	u.BackupHashes = nil
	codes := make([]string, 10)
	for i := range codes {
		h := secret(5)
		codes[i] = h[:5] + "-" + h[5:]
		u.BackupHashes = append(u.BackupHashes, hashText(codes[i]))
	}
	return codes
}

// spendBackupCode takes a code off the list if it is on it.
func (u *user) spendBackupCode(code string) bool {
	i := slices.Index(u.BackupHashes, hashText(strings.ToLower(code)))
	if i < 0 {
		return false
	}
	u.BackupHashes = slices.Delete(u.BackupHashes, i, i+1)
	return true
}

func (c *call) mfaLocked(key string) error {
	try := c.s.db.failures[key]
	if try != nil && c.now.Before(try.until) && try.count >= mfaTriesPerUser {
		return tooMany("Too many verification attempts. Try again in 15 minutes.")
	}
	return nil
}

func (c *call) mfaChallenge() (any, error) {
	db := c.s.db
	cl, err := readToken(db.userKey, c.body.str("challengeToken"), c.now)
	u := db.users[cl.Subject]
	if err != nil || cl.Type != "mfa_challenge" || u == nil || !u.IsActive || !u.MFAEnabled {
		return nil, unauthorized("Invalid or expired token")
	}
	if _, spent := db.spent[cl.JTI]; spent {
		return nil, unauthorized("This login challenge has already been used")
	}
	perChallenge, perUser := "challenge:"+cl.JTI, "challenges:"+u.ID
	if try := db.failures[perChallenge]; try != nil && try.count >= mfaTriesPerChallenge {
		return nil, tooMany(fmt.Sprintf("Too many verification attempts (%d). Log in again.", try.count))
	}
	if err := c.mfaLocked(perUser); err != nil {
		return nil, err
	}
	if code := c.body.str("code"); !totpValid(u.MFASecret, code, c.now) && !u.spendBackupCode(code) {
		db.countFailure(perChallenge, c.now)
		db.countFailure(perUser, c.now)
		return nil, unauthorized("Invalid verification code")
	}
	db.spent[cl.JTI] = cl.Expires
	return c.finishLogin(u), nil
}

// verifyCode is the second factor of a logged-in user.
func (c *call) verifyCode(backupToo bool) error {
	u, key := c.user, "user:"+c.user.ID
	if !u.MFAEnabled {
		return badRequest("MFA is not enabled")
	}
	if err := c.mfaLocked(key); err != nil {
		return err
	}
	code := c.body.str("code")
	if totpValid(u.MFASecret, code, c.now) || backupToo && u.spendBackupCode(code) {
		return nil
	}
	c.s.db.countFailure(key, c.now)
	return unauthorized("Invalid verification code")
}

func (c *call) mfaDisable() (any, error) {
	if err := c.verifyCode(true); err != nil {
		return nil, err
	}
	c.user.MFAEnabled, c.user.MFAEnrolledAt, c.user.MFASecret, c.user.BackupHashes = false, nil, "", nil
	c.s.saver.touch()
	return map[string]string{"message": "MFA has been disabled"}, nil
}

func (c *call) mfaStatus() (any, error) {
	return obj("enabled backupCodesRemaining", c.user.MFAEnabled, len(c.user.BackupHashes)), nil
}

func (c *call) mfaRegenerate() (any, error) {
	if err := c.verifyCode(false); err != nil {
		return nil, err
	}
	c.s.saver.touch()
	return map[string]any{"backupCodes": c.user.newBackupCodes()}, nil
}
