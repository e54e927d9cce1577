// Command vizora is the command-line admin tool of the Vizora digital-signage
// platform. main takes the build's version in and gives the exit code out.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// Set by the release build (-ldflags -X).
var (
	version = "dev"
	commit  = ""
	date    = ""
)

func main() {
	ctx := context.Background()
	if !commands.OnlyTells(os.Args[1:]) {
		noCore()
		ctx = interruptible(ctx)
	}
	os.Exit(commands.Main(ctx, cmdutil.Build{Version: version, Commit: commit, Date: date}, os.Args[1:]))
}

// interruptible ends ctx at the first Ctrl-C or SIGTERM; a second one ends the
// program at once.
func interruptible(ctx context.Context) context.Context {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop()
	}()
	return ctx
}
