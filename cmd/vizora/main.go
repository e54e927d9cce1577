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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the program at once
	}()
	os.Exit(commands.Main(ctx, cmdutil.Build{Version: version, Commit: commit, Date: date}, os.Args[1:]))
}
