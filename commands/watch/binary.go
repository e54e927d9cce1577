package watch

// This file is about one thing: --binary DIR: the binary attachments of events,
// stored as files that the records name.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// store keeps attachments in a folder.
type store struct{ dir string }

func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, localError("--binary: cannot make the folder", err)
	}
	return &store{dir}, nil
}

// keep writes a record's attachments and puts
// {"file":"...","size":BYTES,"sha256":"..."} where they were in its data.
func (s *store) keep(e *event) error {
	if len(e.Attachments) == 0 {
		return nil
	}
	notes := make([][]byte, len(e.Attachments))
	for i, data := range e.Attachments {
		name := fmt.Sprintf("%s-%d-%d.bin", e.Time.UTC().Format("20060102T150405.000Z"), e.Seq, i)
		file := filepath.Join(s.dir, name)
		if err := writeNew(file, data); err != nil {
			return localError("--binary: cannot store an attachment", err)
		}
		sum := sha256.Sum256(data)
		note := appendText([]byte(`{"file":`), file)
		note = strconv.AppendInt(append(note, `,"size":`...), int64(len(data)), 10)
		notes[i] = append(appendText(append(note, `,"sha256":`...), hex.EncodeToString(sum[:])), '}')
	}
	e.Attachments = nil
	return e.ReplaceAttachments(func(dst []byte, i int) []byte { return append(dst, notes[i]...) }, len(notes))
}

// writeNew writes a file that must not be there yet; of a name that is taken
// another is made.
func writeNew(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if os.IsExist(err) {
		f, err = os.CreateTemp(filepath.Dir(file), filepath.Base(file)+"-"+strconv.FormatInt(time.Now().UnixNano(), 36)+"-*")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
