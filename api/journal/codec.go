package journal

// This file is about one thing: a record's bytes. bbolt keeps no checksum of
// its data pages, so each value carries one, over its key too.

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/vizora/vizora-cli/api"
)

// formatVersion is the version of the file and of each value.
const formatVersion = 1

const valueHeader = 5 // version byte, CRC32C

// castagnoli is made when first needed: it costs a fifth of a millisecond, which
// commands without a journal need not pay.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// encodeValue returns version, CRC32C and JSON of v.
func encodeValue(key []byte, v any) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, &api.Error{Kind: api.KindInternal, Message: "cannot encode a journal record", Err: err}
	}
	value := make([]byte, valueHeader, valueHeader+len(payload))
	value[0] = formatVersion
	value = append(value, payload...)
	binary.BigEndian.PutUint32(value[1:], checksum(key, value))
	return value, nil
}

// decodeValue is encodeValue's inverse. A value of a newer version and a value
// that is not as it was written are different errors.
func decodeValue(key, value []byte, v any) error {
	if len(value) < valueHeader {
		return recordDamage(fmt.Sprintf("record %x is cut off", key))
	}
	if value[0] > formatVersion {
		return newer(int(value[0]))
	}
	if value[0] != formatVersion || binary.BigEndian.Uint32(value[1:]) != checksum(key, value) {
		return recordDamage(fmt.Sprintf("record %x does not match its checksum", key))
	}
	if err := json.Unmarshal(value[valueHeader:], v); err != nil {
		return recordDamage(fmt.Sprintf("record %x: %s", key, err))
	}
	return nil
}

func checksum(key, value []byte) uint32 {
	sum := crc32.Update(0, castagnoli(), value[:1])
	sum = crc32.Update(sum, castagnoli(), key)
	return crc32.Update(sum, castagnoli(), value[valueHeader:])
}

// errDamaged is the cause of every error about damage.
var errDamaged = errors.New("damaged")

// damage is the error of a journal that is not as it was written.
func damage(what string) *api.Error {
	return &api.Error{
		Kind: api.KindLocal, Message: "the journal is damaged: " + what, Err: errDamaged,
		Hint: "keep a copy of the file; a single damaged record goes with 'vizora journal drop', the rest stays",
	}
}

// unreadable is the error of a file of which no record can be read.
func unreadable(what string) *api.Error {
	e := damage(what)
	e.Hint = "put back a copy of journal/journal.db in the profile's state directory, or move it away and begin anew; 'vizora doctor' names the directory"
	return e
}

func newer(version int) *api.Error {
	return &api.Error{
		Kind: api.KindLocal, Message: fmt.Sprintf("the journal has format %d; this version reads up to %d", version, formatVersion),
		Hint: "use the newer vizora that wrote it",
	}
}
