package redis

// This file is about one thing: what went wrong with a server, and what helps.

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	redigo "github.com/gomodule/redigo/redis"
)

// Lost reports whether a call did not reach a server that is ready, or its
// answer did not come.
func Lost(err error) bool {
	code, answered := refusal(err)
	return !answered || strings.HasPrefix(code, "LOADING") || strings.HasPrefix(code, "BUSY ")
}

// refusal is the server's own error, which begins with a code.
func refusal(err error) (text string, answered bool) {
	var refused redigo.Error
	answered = errors.As(err, &refused)
	return string(refused), answered
}

// Refused reports whether the server answered with an error, such as a command
// that this user may not call.
func Refused(err error) bool {
	_, answered := refusal(err)
	return answered
}

// Forbidden reports whether a user may not call a command, or a server does not
// have it, as hosted ones have no CONFIG.
func Forbidden(err error) bool {
	text, _ := refusal(err)
	return strings.HasPrefix(text, "NOPERM") || strings.HasPrefix(text, "ERR unknown")
}

// Explain says what went wrong with a server, without its password.
func Explain(a Address, err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Sprintf("Redis at %s does not answer", a.Host)
	}
	refusal, answered := refusal(err)
	if !answered {
		return fmt.Sprintf("Redis at %s cannot be reached: %s", a.Host, plainly(err))
	}
	switch code(refusal) {
	case "ERR":
		if strings.Contains(refusal, noPassword) {
			return fmt.Sprintf("Redis at %s has no password, and its address gives one", a.Host)
		}
	case "WRONGPASS", "NOAUTH":
		return fmt.Sprintf("Redis at %s does not accept the user and password of its address", a.Host)
	case "NOPERM":
		return fmt.Sprintf("Redis at %s lets its user do too little: %s", a.Host, refusal)
	case "OOM":
		return fmt.Sprintf("Redis at %s has no memory left (maxmemory)", a.Host)
	case "READONLY":
		return fmt.Sprintf("Redis at %s is a replica and takes no writes", a.Host)
	case "MISCONF":
		return fmt.Sprintf("Redis at %s takes no writes, because it cannot save to its disk", a.Host)
	}
	return fmt.Sprintf("Redis at %s refuses: %s", a.Host, refusal)
}

// noPassword is in a server's answer to a password where it has none.
const noPassword = "without any password configured"

func code(refusal string) string {
	code, _, _ := strings.Cut(refusal, " ")
	return code
}

// plainly is an error's text, in words of our own where there are better ones.
func plainly(err error) string {
	var (
		record tls.RecordHeaderError
		dial   *net.OpError
	)
	switch {
	case errors.As(err, &record):
		return "it does not speak TLS"
	case ended(err):
		return "it ends the connection"
	case errors.As(err, &dial) && dial.Op == "dial":
		return strings.TrimPrefix(dial.Err.Error(), "connect: ") // the rest repeats the address
	}
	return strings.TrimPrefix(err.Error(), "tls: ")
}

// ended reports whether the server has closed the connection.
func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }

// Fix says what helps; "" where that is for the server's owner to know. setting
// names where the address stands.
func Fix(a Address, err error, setting string) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		record  tls.RecordHeaderError
		op      *net.OpError
		late    net.Error
	)
	if text, answered := refusal(err); answered {
		switch code(text) {
		case "ERR":
			if strings.Contains(text, noPassword) {
				return "leave it out in " + setting + ", or set one on the server (requirepass)"
			}
		case "WRONGPASS", "NOAUTH":
			return "correct them in " + setting + ": redis://USER:PASSWORD@HOST, or redis://PASSWORD@HOST where there are no users"
		case "NOPERM":
			return "let the user read, write and run scripts: ACL SETUSER NAME ~vizora:* +@all"
		case "READONLY":
			return "name the primary in " + setting
		}
		return ""
	}
	switch {
	case errors.As(err, &unknown):
		return "for a private authority: vizora profile set ca-file=PATH"
	case errors.As(err, &name):
		return "use a name in " + setting + " that its certificate holds"
	case errors.As(err, &record), a.TLS && errors.As(err, &late) && late.Timeout():
		return "is it the port for TLS? Without TLS, where the network can be trusted: redis:// in " + setting
	case errors.As(err, &op) && op.Op == "remote error": // an alert of TLS
		return "where it asks for a client certificate: vizora profile set client-cert=PATH client-key=PATH"
	case !a.TLS && (ended(err) || errors.Is(err, os.ErrDeadlineExceeded)):
		return "where it speaks TLS: rediss:// in " + setting
	}
	return "is it running, and are host and port in " + setting + " right?"
}

// Permanent reports whether the server refuses something that it will refuse
// again: a wrong password, a command it does not have, a key of another kind.
func Permanent(err error) bool {
	text, answered := refusal(err)
	code, _, _ := strings.Cut(text, " ")
	switch code {
	case "ERR":
		return !strings.Contains(text, "max number of clients")
	case "WRONGPASS", "NOAUTH", "NOPERM", "WRONGTYPE", "MOVED":
		return answered
	}
	return false
}
