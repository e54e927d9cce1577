// Package relay hands the events of one watch on to any number of readers, over a
// Redis stream: one leader appends, others stand by with a connection of their
// own, and readers read alone or as groups.
//
// What a relay appends, its sequence number and its cursor are written in one
// script that checks the leader's fencing token (scripts.go, publish.go). A
// standby holds what the platform pushed lately (deck.go), because the platform
// keeps nothing for who comes later (contract realtime 7); when it takes over
// (lead.go) it leaves out what the last leader had dealt with, looks up in the
// lists what no push tells, and goes on. Readers are in read.go and group.go.
package relay

// This file is about one thing: what is kept on the server, and whether the
// server can keep it.

import (
	"context"
	"strconv"
	"strings"

	"github.com/vizora/vizora-cli/api/redis"
)

// Place is a stream on a server.
type Place struct {
	Server *redis.Client
	Stream string
}

// key is the name of what is kept beside the stream: the braces keep it on the
// stream's node.
func (p *Place) key(what string) string { return "vizora:{" + p.Stream + "}:relay:" + what }

// Failure is a server that was not reached, or that refuses.
type Failure struct {
	Why   string
	Final bool // waiting does not change it
}

func (e *Failure) Error() string { return e.Why }

func final(err error) bool {
	f, ok := err.(*Failure) //nolint:errorlint // it is given as it is
	return ok && f.Final
}

func (p *Place) failure(err error) error {
	return &Failure{redis.Explain(p.Server.Address(), err), redis.Permanent(err)}
}

func (p *Place) do(ctx context.Context, command string, args ...any) (any, error) {
	answer, err := p.Server.Do(ctx, command, args...)
	if err != nil {
		err = p.failure(err)
	}
	return answer, err
}

func (p *Place) run(ctx context.Context, s *redis.Script, args ...any) (any, error) {
	answer, err := p.Server.Run(ctx, s, args...)
	if err != nil {
		err = p.failure(err)
	}
	return answer, err
}

// check looks whether the server can do what is asked of it.
func (p *Place) check(ctx context.Context) error {
	at := p.Stream + " on Redis at " + p.Server.Address().Host
	answer, err := p.do(ctx, "TYPE", p.Stream)
	if err != nil {
		return err
	}
	if kind := redis.Text(answer); kind != "stream" && kind != "none" {
		return &Failure{at + " is no stream but a " + kind, true}
	}
	answer, err = p.do(ctx, "INFO", "server")
	_, version, told := strings.Cut(redis.Text(answer), "redis_version:")
	if err != nil || !told { // who may not ask finds out by trying
		return nil //nolint:nilerr // see above
	}
	if version, _, _ = strings.Cut(version, "\r"); older(version) {
		return &Failure{at + " cannot be used: the server has version " + version + ", and events need 6.2 or later", true}
	}
	return nil
}

// older says whether a version is below 6.2.
func older(version string) bool {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, _ := strconv.Atoi(first)  // what is no number is old enough
	minor, _ := strconv.Atoi(second) // the same
	return major < 6 || major == 6 && minor < 2
}

const page = 5000 // entries read at a time

// each calls fn with every entry of a stream after an id.
func (p *Place) each(ctx context.Context, stream, after string, fn func(Entry)) error {
	for {
		answer, err := p.do(ctx, "XRANGE", stream, "("+after, "+", "COUNT", page)
		if err != nil {
			return err
		}
		list := redis.List(answer)
		for i := range list {
			e := entryOf(list[i])
			after = e.ID
			fn(e)
		}
		if len(list) < page {
			return nil
		}
	}
}
