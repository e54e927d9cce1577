package relay

// This file is about one thing: an entry of a stream.

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

// Entry is a record as it was appended.
type Entry struct {
	ID     string // by the server's clock: milliseconds-number
	Record []byte // JSON; nil when it was trimmed away
}

// entryOf reads {id, {field, value}}; of seen, the value is the identities.
func entryOf(answer any) Entry {
	list := redis.List(answer)
	return Entry{redis.Text(redis.At(list, 0)), redis.Bytes(redis.At(redis.List(redis.At(list, 1)), 1))}
}

// Seq is the number that the relay gave a record; 0 where there is none.
func (e *Entry) Seq() (n uint64) {
	_, rest, _ := bytes.Cut(e.Record, []byte(`"seq":`))
	for i := 0; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
		n = n*10 + uint64(rest[i]-'0')
	}
	return n
}

// At is when the entry was appended.
func (e *Entry) At() time.Time {
	ms, _, _ := strings.Cut(e.ID, "-")
	n, _ := strconv.ParseInt(ms, 10, 64) // the server's own form
	return time.UnixMilli(n)
}

// before compares two ids.
func before(a, b string) bool {
	aMs, aN, _ := strings.Cut(a, "-")
	bMs, bN, _ := strings.Cut(b, "-")
	if aMs == bMs {
		aMs, bMs = aN, bN
	}
	return len(aMs) < len(bMs) || len(aMs) == len(bMs) && aMs < bMs
}
