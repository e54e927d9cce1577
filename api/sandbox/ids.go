// Identifiers, codes and draws. With a seed the sequence repeats, so a failing run can be run again.

package sandbox

import (
	crand "crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"sync"
)

const (
	lowerAlnum = "0123456789abcdefghijklmnopqrstuvwxyz"
	// pairingAlphabet leaves out I, O, 0 and 1 (contract rest 4.1).
	pairingAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// source makes ids and random draws; safe for concurrent use.
type source struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newSource(seed uint64, stream uint64) *source {
	if seed == 0 {
		var b [16]byte
		_, _ = crand.Read(b[:]) // never fails (crypto/rand)
		return &source{rng: rand.New(rand.NewPCG(binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])))}
	}
	return &source{rng: rand.New(rand.NewPCG(seed, stream))}
}

// uuid is a random version 4 UUID: organizations, users, displays, sessions.
func (s *source) uuid() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], s.rng.Uint64())
	binary.LittleEndian.PutUint64(b[8:], s.rng.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// cuid is "c" and 24 lower-case alphanumerics: everything else (contract rest 1.6).
//
//go:noinline
func (s *source) cuid() string { return "c" + s.text(lowerAlnum, 24) }

// text draws n characters of an alphabet.
func (s *source) text(alphabet string, n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[s.rng.IntN(len(alphabet))]
	}
	return string(b)
}

// float draws from [0,1).
func (s *source) float() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Float64()
}

// below draws from [0,n).
func (s *source) below(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.IntN(n)
}

// secret is n bytes in hexadecimal from the system's generator, seed or not: a token that can be guessed is no test of tokens.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = crand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// idFormat is how a path parameter is checked before the handler runs.
type idFormat int

const (
	anyID  idFormat = iota // UUID or CUID
	uuidID                 // strict UUID
	rawID                  // unchecked
)

type idPatterns struct{ uuid, cuid *regexp.Regexp }

func newIDPatterns() idPatterns {
	return idPatterns{
		uuid: regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`),
		cuid: regexp.MustCompile(`^c[a-z0-9]{19,29}$`),
	}
}

// check gives the platform's 400 for a malformed path id (contract rest 1.6).
func (p idPatterns) check(f idFormat, id string) error {
	switch {
	case f == uuidID && !p.uuid.MatchString(id):
		return badRequest("Validation failed (uuid is expected)")
	case f == anyID && !p.uuid.MatchString(id) && !p.cuid.MatchString(id):
		return badRequest("Validation failed (valid ID expected — UUID or CUID format)")
	}
	return nil
}
