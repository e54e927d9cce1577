package journal

// This file is about one thing: finding out that a bbolt file is cut off before
// it is mapped: reading a map past its file's end kills the reader, and bbolt
// looks only when it is too late.

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"os"

	"github.com/vizora/vizora-cli/api"
)

// bbolt's file begins with two pages of which the newer valid one counts. Each
// is a header of 16 bytes and then, in the machine's byte order: magic,
// version, page size, flags (4 bytes each), root bucket (16), freelist, number
// of pages, transaction (8 each), and an FNV-1a of all that.
const (
	pageHeader   = 16
	pagesMagic   = 0xED0CDAED
	metaLength   = 56
	offPageSize  = 8
	offPages     = 40
	offWrittenBy = 48
	leastPage    = 1024
	mostPage     = 64 << 10
)

// checkPages returns damage when the file is shorter than its content. What it
// cannot make sense of it leaves to bbolt.
func checkPages(files FileSystem, path string, size int64) error {
	f, err := files.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return localError("cannot open the journal", err)
	}
	defer func() { _ = f.Close() }()
	first, err := readMeta(f, 0)
	if err != nil {
		return err
	}
	page := int64(leastPage)
	if first != nil {
		page = int64(binary.NativeEndian.Uint32(first[offPageSize:]))
	}
	var newest []byte
	for ; page <= mostPage; page *= 2 {
		second, err := readMeta(f, page)
		if err != nil {
			return err
		}
		if newest = newerMeta(first, second); second != nil || first != nil {
			break
		}
	}
	if newest == nil {
		return nil
	}
	pages := binary.NativeEndian.Uint64(newest[offPages:])
	unit := uint64(binary.NativeEndian.Uint32(newest[offPageSize:]))
	if unit == 0 || pages > uint64(size)/unit {
		return unreadable("the file ends before its content")
	}
	return nil
}

// readMeta returns a meta page's content, or nil when there is no valid one.
func readMeta(f io.ReaderAt, at int64) ([]byte, error) {
	b := make([]byte, metaLength+8)
	if _, err := f.ReadAt(b, at+pageHeader); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, &api.Error{Kind: api.KindLocal, Message: "cannot read the journal: " + err.Error(), Err: err}
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaLength])
	if binary.NativeEndian.Uint32(b) != pagesMagic || binary.NativeEndian.Uint64(b[metaLength:]) != sum.Sum64() {
		return nil, nil
	}
	return b, nil
}

func newerMeta(a, b []byte) []byte {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case binary.NativeEndian.Uint64(b[offWrittenBy:]) > binary.NativeEndian.Uint64(a[offWrittenBy:]):
		return b
	}
	return a
}
