package main

// This file is about one thing: cutting the power. A file system on a loop
// device is shut down without writing what is not yet on the disk
// (FS_IOC_SHUTDOWN, as xfstests' godown does), mounted again, and the journal is
// compared with what was acknowledged before the cut. The control, whose syncs
// are made to do nothing, must lose something, or the test proves nothing.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	shutdownCall = 0x8004587d // _IOR('X', 125, __u32)
	noLogFlush   = 2          // FSOP_GOING_FLAGS_NOLOGFLUSH: not even the log
)

func TestPowerCut(t *testing.T) {
	rounds := killRounds(t)
	for _, kind := range []string{"ext4", "xfs"} {
		t.Run(kind, func(t *testing.T) {
			disk := newDisk(t, kind)
			s := newStage(t)
			s.env["XDG_STATE_HOME"] = disk.mount
			book := newLedger() // of what was sent at once, in a journal of its own
			total, gone := 0, 0
			for round := range rounds {
				if round%10 == 0 { // creation is cut off too, and the journal stays small
					_ = os.RemoveAll(filepath.Join(disk.mount, "vizora"))
				}
				acked := disk.cut(t, s, fmt.Sprintf("r%d", round), nil, book)
				total += len(acked)
				lost := missing(t, s, acked)
				if gone += len(lost); len(lost) > 0 {
					t.Errorf("round %d: acknowledged and lost: %v", round, lost)
				}
			}
			t.Logf("%s: %d rounds, %d acknowledged, journal whole after each", kind, rounds, total)
			if total == 0 {
				t.Error("nothing was acknowledged before a cut")
			}
			s.env["XDG_STATE_HOME"] = filepath.Join(disk.mount, "online")
			settle(t, s)
			lost, twice := check(t, s, book)
			tellProof(t, rounds, total+len(book.acked), gone+lost, twice)
			s.env["XDG_STATE_HOME"] = disk.mount
			needStrace(t) // for the control
			failed := 0
			const controls = 4
			for round := range controls {
				_ = os.RemoveAll(filepath.Join(disk.mount, "vizora"))
				acked := disk.cut(t, s, fmt.Sprintf("c%d", round), []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:retval=0"}, nil)
				if len(missing(t, s, acked)) > 0 {
					failed++
				}
			}
			t.Logf("%s: the control without syncs lost operations in %d of %d rounds", kind, failed, controls)
			tell(t, "control-lost", failed)
			tell(t, "control-rounds", controls)
			if failed == 0 {
				t.Error("the control lost nothing: this test would not notice a missing sync")
			}
		})
	}
}

// disk is a file system in a file.
type disk struct{ image, mount string }

func newDisk(t *testing.T, kind string) *disk {
	t.Helper()
	dir := t.TempDir()
	d := &disk{image: filepath.Join(dir, "image"), mount: filepath.Join(dir, "mount")}
	if err := os.Mkdir(d.mount, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Truncate(320 << 20) // xfs wants 300 MB; the file is sparse
	_ = f.Close()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mkfs."+kind, "-q", d.image).CombinedOutput(); err != nil {
		t.Skipf("no %s here: %v %s", kind, err, out)
	}
	if err := d.attach(); err != nil {
		t.Skipf("loop mounts are refused here: %v", err)
	}
	t.Cleanup(func() { _ = d.detach() })
	return d
}

func (d *disk) attach() error {
	out, err := exec.Command("mount", "-o", "loop", d.image, d.mount).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// detach takes the file system away. Another mount namespace of the machine (a
// container that was just started) may still hold it for a while: mounted again
// before it is gone it would still be shut down.
func (d *disk) detach() error {
	if err := exec.Command("umount", d.mount).Run(); err != nil {
		return err
	}
	for range 300 {
		if held, err := exec.Command("losetup", "-j", d.image).Output(); err != nil || len(held) == 0 {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the loop device of %s is still held after its unmount", d.image)
}

// cut runs writers, cuts the power, and mounts the disk again. It returns what
// was acknowledged before the cut: a sync that is under way at the cut may
// return success falsely, so later acknowledgements do not count.
// With a book a second writer sends at once what it records, in another journal.
func (d *disk) cut(t *testing.T, s *stage, prefix string, under []string, book *ledger) []string {
	t.Helper()
	var acked []string
	var down atomic.Bool
	var writers sync.WaitGroup
	writers.Go(func() {
		for n := 0; !down.Load() && n < 200; n++ {
			name := fmt.Sprintf("%s-%d", prefix, n)
			code := d.write(t, s.environ(), s.dir, under, name, "--async")
			if code == 9 && !down.Load() {
				acked = append(acked, name)
			}
		}
	})
	if book != nil {
		online := append(s.environ(), "XDG_STATE_HOME="+filepath.Join(d.mount, "online"))
		writers.Go(func() {
			for n := 0; !down.Load() && n < 200; n++ {
				name := fmt.Sprintf("%s-online-%d", prefix, n)
				code := d.write(t, online, s.dir, nil, name)
				if down.Load() {
					code = -1
				}
				book.note(name, code)
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	if under != nil {
		time.Sleep(700 * time.Millisecond) // strace slows the writers down
	}
	root, err := os.Open(d.mount)
	if err != nil {
		t.Fatal(err)
	}
	flag := uint32(noLogFlush)
	down.Store(true)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, root.Fd(), shutdownCall, uintptr(unsafe.Pointer(&flag)))
	_ = root.Close()
	writers.Wait()
	if errno != 0 {
		t.Skipf("the file system cannot be shut down: %v", errno)
	}
	if err := d.detach(); err != nil {
		t.Fatal(err)
	}
	if err := d.attach(); err != nil {
		t.Fatal(err)
	}
	return acked
}

func (d *disk) write(t *testing.T, env []string, dir string, under []string, name string, flags ...string) int {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append(append(append([]string{}, under...), os.Args[0], "playlist", "create", name, "-q"), flags...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Dir = append([]string{"VIZORA_TEST_MAIN=1", "PATH=" + os.Getenv("PATH")}, env...), dir
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode()
}

// missing returns the acknowledged names that the journal does not hold.
func missing(t *testing.T, s *stage, acked []string) []string {
	t.Helper()
	r := run(t, s.environ(), s.dir, "", "journal", "list", "-o", "jq=.[].label")
	if r.exit != 0 {
		t.Logf("journal list: exit %d: %s", r.exit, r.stderr)
	}
	held := map[string]bool{}
	for name := range strings.Lines(r.stdout) {
		held[strings.TrimSpace(name)] = true
	}
	var lost []string
	for _, name := range acked {
		if !held[name] {
			lost = append(lost, name)
		}
	}
	return lost
}
