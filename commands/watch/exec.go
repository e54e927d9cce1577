package watch

// This file is about one thing: --exec: a program that handles each record.

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

// handlerPatience is how long a handler has after Ctrl-C before it is killed.
const handlerPatience = 300 * time.Millisecond

// handler runs a command line for one record at a time. While it runs the
// stream waits, which is back pressure to the server.
type handler struct {
	io      *output.IO
	command string
}

// handle runs the command with the record on its stdin. What it prints goes to
// stderr: stdout is the records'. A handler that fails is reported, and the
// stream goes on.
func (h *handler) handle(ctx context.Context, e *event) error {
	line, err := e.AppendJSON(nil)
	if err != nil {
		return err
	}
	cmd := shell(ctx, h.command)
	cmd.Stdin = bytes.NewReader(append(line, '\n'))
	cmd.Stdout, cmd.Stderr = h.io.Err(), h.io.Err()
	cmd.Env = append(os.Environ(), "VIZORA_EVENT="+e.Event, "VIZORA_EVENT_SEQ="+strconv.FormatUint(e.Seq, 10))
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = handlerPatience
	err = cmd.Run()
	if _, failed := errors.AsType[*exec.ExitError](err); ctx.Err() != nil {
		return ctx.Err()
	} else if failed {
		h.io.Warn("--exec: %v for record %d (%s)", err, e.Seq, e.Event)
		return nil
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return &api.Error{Kind: api.KindLocal, Message: "--exec cannot be run: " + err.Error(), Err: err}
	}
	return nil
}

func interrupt(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(os.Interrupt)
}

// shell is a command line as the system's shell takes it.
func shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", line)
	}
	return exec.CommandContext(ctx, "/bin/sh", "-c", line)
}
