package fleet

// This file is about one thing: a PNG of one color. The library's encoder would
// add 60 kB to a program whose size is a promise.

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
)

// plainPNG is a picture of w by h pixels in one color: one bit a pixel, a palette
// of one entry, and the pixels in a block that is not compressed. A row is at
// most 64 KiB.
func plainPNG(w, h int, rgb [3]byte) []byte {
	rows := make([]byte, h*(1+(w+7)/8)) // a filter byte, then all pixels of color 0
	header := binary.BigEndian.AppendUint32(nil, uint32(w))
	header = binary.BigEndian.AppendUint32(header, uint32(h))
	header = append(header, 1, 3, 0, 0, 0) // depth, indexed, deflate, filter, no interlace
	data := []byte{0x78, 0x01, 0x01}       // zlib, one last block, stored
	data = binary.LittleEndian.AppendUint16(data, uint16(len(rows)))
	data = binary.LittleEndian.AppendUint16(data, ^uint16(len(rows)))
	data = binary.BigEndian.AppendUint32(append(data, rows...), adler32.Checksum(rows))
	file := []byte("\x89PNG\r\n\x1a\n")
	file = appendChunk(file, "IHDR", header)
	file = appendChunk(file, "PLTE", rgb[:])
	file = appendChunk(file, "IDAT", data)
	return appendChunk(file, "IEND", nil)
}

func appendChunk(file []byte, kind string, data []byte) []byte {
	file = binary.BigEndian.AppendUint32(file, uint32(len(data)))
	start := len(file)
	file = append(append(file, kind...), data...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(file[start:]))
}
