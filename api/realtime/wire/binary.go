package wire

// This file is about binary attachments: finding the placeholders in a
// message's JSON and putting the attachments in their place.

import (
	"encoding/base64"
	"fmt"
	"strconv"
)

// AppendPlaceholder appends the JSON object that stands for attachment num.
func AppendPlaceholder(dst []byte, num int) []byte {
	dst = append(dst, `{"_placeholder":true,"num":`...)
	return append(strconv.AppendInt(dst, int64(num), 10), '}')
}

// ReplacePlaceholders appends data to dst with every placeholder replaced by
// what replace appends for its number. count is how many attachments there
// are; a number outside [0, count) is ErrAttachments, malformed JSON is
// ErrPayload.
func ReplacePlaceholders(dst, data []byte, count int, replace func(dst []byte, num int) []byte) ([]byte, error) {
	end := skipValue(data, 0, 0)
	if end < 0 || skipSpace(data, end) != len(data) {
		return nil, ErrPayload
	}
	r := replacer{data: data, dst: dst, count: count, replace: replace}
	if _, err := r.value(0); err != nil {
		return nil, err
	}
	return append(r.dst, data[r.copied:]...), nil
}

// InlineBase64 returns data with each placeholder replaced by its attachment
// as a base64 JSON string: the form in which a binary event can be printed.
func InlineBase64(data []byte, attachments [][]byte) ([]byte, error) {
	return ReplacePlaceholders(nil, data, len(attachments), func(dst []byte, num int) []byte {
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), attachments[num])
		return append(dst, '"')
	})
}

// Placeholders returns the attachment numbers of data in the order in which
// they appear. A number may appear more than once.
func Placeholders(data []byte, count int) ([]int, error) {
	var nums []int
	_, err := ReplacePlaceholders(nil, data, count, func(dst []byte, num int) []byte {
		nums = append(nums, num)
		return dst
	})
	return nums, err
}

// replacer walks data, which are well-formed, once; everything before copied
// is already in dst.
type replacer struct {
	data, dst []byte
	copied    int
	count     int
	replace   func(dst []byte, num int) []byte
}

// value walks the value at i and returns the index after it.
func (r *replacer) value(i int) (int, error) {
	i = skipSpace(r.data, i)
	switch r.data[i] {
	case '{':
		return r.object(i)
	case '[':
		return r.array(i)
	}
	return skipValue(r.data, i, 0), nil
}

func (r *replacer) array(i int) (int, error) {
	for i = skipSpace(r.data, i+1); r.data[i] != ']'; i = skipSpace(r.data, i) {
		if r.data[i] == ',' {
			i++
		}
		var err error
		if i, err = r.value(i); err != nil {
			return 0, err
		}
	}
	return i + 1, nil
}

// object walks the object at i. An object whose "_placeholder" is true is
// replaced whole, whatever else it has, as the reference does.
func (r *replacer) object(start int) (int, error) {
	length, copied := len(r.dst), r.copied
	found, num := false, -1
	i := skipSpace(r.data, start+1)
	for r.data[i] != '}' {
		if r.data[i] == ',' {
			i = skipSpace(r.data, i+1)
		}
		end := skipString(r.data, i)
		key, err := unquote(r.data[i:end])
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrPayload, err)
		}
		at := skipSpace(r.data, skipSpace(r.data, end)+1)
		if i, err = r.value(at); err != nil {
			return 0, err
		}
		switch string(key) {
		case "_placeholder":
			found = string(r.data[at:i]) == "true"
		case "num":
			num = attachmentNumber(r.data[at:i])
		}
		i = skipSpace(r.data, i)
	}
	if !found {
		return i + 1, nil
	}
	if num < 0 || num >= r.count {
		return 0, fmt.Errorf("%w: no attachment for a placeholder", ErrAttachments)
	}
	r.dst = append(r.dst[:length], r.data[copied:start]...)
	r.dst = r.replace(r.dst, num)
	r.copied = i + 1
	return r.copied, nil
}

// attachmentNumber reads a JSON number as an index, or returns -1.
func attachmentNumber(raw []byte) int {
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n < 0 || n > MaxAttachments || n != float64(int(n)) {
		return -1
	}
	return int(n)
}
