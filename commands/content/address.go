package content

// This file is about one thing: which addresses can be content.

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// checkAddress refuses an address that the server would refuse (contract rest 6,
// POST /content) or spoil (contract rest 1.7). The server checks neither when
// content is updated.
func checkAddress(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return api.Invalid("--url", shown(raw, nil), "is not an address", "give it as https://HOST/PATH")
	}
	refuse := func(problem, fix string) error { return api.Invalid("--url", shown(raw, u), problem, fix) }
	if !strings.HasPrefix(raw, "http://") && !strings.HasPrefix(raw, "https://") {
		return refuse("does not start with http:// or https://", "give it as https://HOST/PATH; for a file on this machine: vizora content upload FILE")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	switch {
	case host == "":
		return refuse("names no host", "give it as https://HOST/PATH")
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return refuse("is this machine", "displays cannot reach it, and the server refuses it; give a public address")
	case isPrivate(host):
		return refuse("is a private address", "the server refuses it; give a public address or a name that resolves to one")
	}
	if name := api.CorruptedParameter(raw); name != "" {
		return refuse("the server would turn the start of its parameter \"&"+name+"\" into a symbol",
			"rename the parameter, put it first, or percent-encode a letter of its name, for example &"+percent(name[0])+name[1:])
	}
	if _, kept := api.Stored(raw); kept != raw {
		return refuse("the server would store it as "+kept, "percent-encode < and > as %3C and %3E")
	}
	return nil
}

// shown is an address for messages, without the password it may carry.
func shown(raw string, u *url.URL) string {
	switch {
	case u == nil:
		if _, after, ok := strings.Cut(raw, "@"); ok {
			return "...@" + after
		}
		return raw
	case u.User != nil:
		return u.Redacted()
	}
	return raw
}

// isPrivate reports whether host is an IP address that only some network knows.
func isPrivate(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()
}

// percent is a byte as percent-encoding writes it.
func percent(b byte) string { return fmt.Sprintf("%%%02X", b) }
