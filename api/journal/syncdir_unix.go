//go:build !windows

package journal

// This file is about one thing: making a directory's entries durable, without
// which a rename may be forgotten in a power cut.

import (
	"errors"
	"os"
)

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
