// Package redis reaches a Redis server: what runners on several machines share
// is kept there. It knows nothing of what is kept.
package redis

// This file is about one thing: addresses, as redis://[user:password@]host[:port][/database][/name].

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Address says where a server is, and the name of what is kept there.
type Address struct {
	Host     string // with port
	TLS      bool
	User     string
	Password string
	Database int
	Name     string // "" = not given
}

// IsAddress reports whether a text is meant as an address.
func IsAddress(raw string) bool {
	return strings.HasPrefix(raw, "redis://") || strings.HasPrefix(raw, "rediss://")
}

// Shown is an address as it may be shown: without what stands before its host.
func Shown(raw string) string {
	scheme, rest, found := strings.Cut(raw, "://")
	if at := strings.LastIndex(rest, "@"); found && at >= 0 {
		return scheme + "://***@" + rest[at+1:]
	}
	return raw
}

// WithPassword is an address that gives no password, with this one. What stands
// before its host is then a user.
func WithPassword(raw, password string) string {
	u, err := url.Parse(raw)
	if err != nil || password == "" || !IsAddress(raw) || HasPassword(raw) {
		return raw
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}

// HasPassword reports whether an address gives a password beside its user.
func HasPassword(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	password, given := u.User.Password()
	return given && password != ""
}

// Parse reads an address. Its errors do not hold the password.
func Parse(raw string) (Address, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return Address{}, errors.New("it is no address") // the cause would show all of it
	case u.Scheme != "redis" && u.Scheme != "rediss":
		return Address{}, errors.New("it begins with neither redis:// nor rediss://")
	case u.Hostname() == "":
		return Address{}, errors.New("it names no host")
	case u.RawQuery != "" || u.Fragment != "":
		return Address{}, errors.New("it takes no parameters")
	}
	a := Address{Host: u.Host, TLS: u.Scheme == "rediss"}
	if u.Port() == "" {
		a.Host = net.JoinHostPort(u.Hostname(), "6379")
	}
	if u.User != nil {
		a.User = u.User.Username()
		if password, given := u.User.Password(); given {
			a.Password = password
		} else { // as redis-cli takes it
			a.User, a.Password = "", a.User
		}
	}
	return a, a.parsePath(strings.Trim(u.Path, "/"))
}

func (a *Address) parsePath(path string) error {
	if path == "" {
		return nil
	}
	first, rest, more := strings.Cut(path, "/")
	n, err := strconv.Atoi(first)
	if err != nil || n < 0 {
		first, rest = "", path
	}
	if a.Database = n; first == "" {
		a.Database = 0
	}
	if more && first != "" || first == "" {
		a.Name = rest
	}
	if len(a.Name) > 64 || strings.Trim(a.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
		return errors.New("its name has other characters than letters, digits, '.', '_' and '-', or more than 64")
	}
	return nil
}

// String is the address without user and password.
func (a Address) String() string {
	u := url.URL{Scheme: "redis", Host: a.Host, Path: "/"}
	if a.TLS {
		u.Scheme = "rediss"
	}
	if a.Database != 0 {
		u.Path += strconv.Itoa(a.Database) + "/"
	}
	u.Path += a.Name
	return strings.TrimSuffix(u.String(), "/")
}
