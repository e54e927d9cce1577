// Access and device tokens: JSON Web Tokens signed with HMAC SHA-256 (contract rest 1.10), and time-based one-time codes.

package sandbox

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" // RFC 6238 codes as authenticator apps make them
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// claims of both kinds of token; a device token has no email, role or jti.
type claims struct {
	Subject        string `json:"sub"`
	Email          string `json:"email,omitempty"`
	OrganizationID string `json:"organizationId"`
	Role           string `json:"role,omitempty"`
	IsSuperAdmin   *bool  `json:"isSuperAdmin,omitempty"`
	DeviceID       string `json:"deviceIdentifier,omitempty"`
	Type           string `json:"type"`
	JTI            string `json:"jti,omitempty"`
	IssuedAt       int64  `json:"iat"`
	Expires        int64  `json:"exp"`
}

var (
	errTokenInvalid = errors.New("token is not valid")
	errTokenExpired = errors.New("token has expired")
)

const jwtHeader = `{"alg":"HS256","typ":"JWT"}`

func signToken(key string, c claims) string {
	enc := base64.RawURLEncoding
	unsigned := enc.EncodeToString([]byte(jwtHeader)) + "." + enc.EncodeToString(mustJSON(c))
	return unsigned + "." + enc.EncodeToString(macOf(key, unsigned))
}

func macOf(key, text string) []byte {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(text))
	return m.Sum(nil)
}

// readToken checks the signature, the algorithm and the expiry.
func readToken(key, token string, now time.Time) (claims, error) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errTokenInvalid
	}
	enc := base64.RawURLEncoding
	sig, err := enc.DecodeString(parts[2])
	if err != nil || subtle.ConstantTimeCompare(sig, macOf(key, parts[0]+"."+parts[1])) != 1 {
		return c, errTokenInvalid
	}
	var header struct {
		Alg string `json:"alg"`
	}
	if err := decodePart(parts[0], &header); err != nil || header.Alg != "HS256" {
		return c, errTokenInvalid
	}
	if err := decodePart(parts[1], &c); err != nil {
		return c, errTokenInvalid
	}
	if now.Unix() >= c.Expires {
		return c, errTokenExpired
	}
	return c, nil
}

func decodePart(part string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

func hashText(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// hashPassword keeps the rounds low: these are the passwords of a test server.
func hashPassword(password, salt string) string {
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), 1000, 32)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(key)
}

// totpCode is the code of a base32 secret at a 30 s step.
func totpCode(secret32 string, step int64) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(secret32))
	if err != nil {
		return ""
	}
	var msg [8]byte
	binary.BigEndian.PutUint64(msg[:], uint64(step)) // a step is never negative
	m := hmac.New(sha1.New, key)
	m.Write(msg[:])
	sum := m.Sum(nil)
	off := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[off:])&0x7fffffff)%1_000_000)
}

// totpValid accepts the current step and one to either side.
func totpValid(secret32, code string, now time.Time) bool {
	step := now.Unix() / 30
	for d := int64(-1); d <= 1; d++ {
		if want := totpCode(secret32, step+d); want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return true
		}
	}
	return false
}
