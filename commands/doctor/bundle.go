package doctor

// This file is about one thing: the archive that is sent along with a question.
// It is made of what is known to be harmless, and every text passes the list of
// this profile's secrets besides.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/config"
)

// writeBundle writes the archive; one that is not whole is removed.
func writeBundle(path string, p *patient, results []result) error {
	files, err := bundleFiles(p, results)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	if err := pack(&packed, files, p.factory.Now()); err != nil {
		return err
	}
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		return &api.Error{Kind: api.KindLocal, Message: "cannot write the bundle: " + err.Error(), Err: err, Hint: "give --bundle a file in a directory you can write to"}
	}
	return nil
}

type bundleFile struct {
	name string
	text string
}

func bundleFiles(p *patient, results []result) ([]bundleFile, error) {
	checks, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return nil, err
	}
	build := p.factory.Build
	files := []bundleFile{
		{"README.txt", "Made by 'vizora doctor --bundle'. It holds no tokens, passwords, resource names or content.\n"},
		{"checks.json", string(checks) + "\n"},
		{"build.txt", fmt.Sprintf("vizora %s %s %s\n%s %s/%s\n", build.Version, build.Commit, build.Date, runtime.Version(), runtime.GOOS, runtime.GOARCH)},
		{"settings.txt", settings(p)},
		{"environment.txt", environment(p)},
		{"journal.txt", journalText(p)},
	}
	for i := range files {
		files[i].text = p.clean(files[i].text)
		if p.profile != nil && p.profile.Email != "" {
			files[i].text = strings.ReplaceAll(files[i].text, p.profile.Email, "(email)")
		}
	}
	return files, nil
}

// settings are the profile's, with where each is from.
func settings(p *patient) string {
	if p.profile == nil {
		return "the configuration could not be read\n"
	}
	var b strings.Builder
	for _, key := range config.Keys() {
		value := p.profile.Shown(key.Name)
		if key.Name == config.KeyEmail || key.Name == config.KeyOrganization {
			value = present(value)
		}
		fmt.Fprintf(&b, "%s = %s (%s)\n", key.Name, value, p.cfg.Where(key.Name))
	}
	return b.String()
}

// environment lists the variables that matter; secrets only as set or not.
func environment(p *patient) string {
	names := []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NO_COLOR", "CI", "TERM", "LANG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS"}
	shown := len(names)
	for _, v := range config.Variables() {
		names = append(names, v.Name)
	}
	for _, key := range config.Keys() {
		names = append(names, key.Env)
	}
	var lines []string
	for i, name := range names {
		value, set := p.factory.Env(name)
		if !set || name == "" {
			continue
		}
		if i >= shown || strings.HasSuffix(name, "_PROXY") { // a proxy's address may hold a password
			value = present(value)
		}
		lines = append(lines, name+"="+value)
	}
	sort.Strings(lines)
	return strings.Join(append(lines, ""), "\n")
}

func present(value string) string {
	if value == "" {
		return "(empty)"
	}
	return "(set)"
}

func journalText(p *patient) string {
	var states []string
	for state, n := range p.counts {
		states = append(states, fmt.Sprintf("%s: %d", state, n))
	}
	sort.Strings(states)
	return strings.Join(append(states, ""), "\n")
}

// pack writes a compressed tar. Its header is written by hand, because the
// library's costs 40 kB for what it knows of other archives.
func pack(to *bytes.Buffer, files []bundleFile, at time.Time) error {
	zip := gzip.NewWriter(to)
	for _, file := range files {
		if _, err := zip.Write(tarHeader("vizora-doctor/"+file.name, len(file.text), at)); err != nil {
			return err
		}
		padding := make([]byte, (tarBlock-len(file.text)%tarBlock)%tarBlock)
		if _, err := zip.Write(append([]byte(file.text), padding...)); err != nil {
			return err
		}
	}
	_, err := zip.Write(make([]byte, 2*tarBlock)) // the end of a tar
	return errors.Join(err, zip.Close())
}

// tarBlock is what a tar is made of, in bytes.
const tarBlock = 512

// tarHeader is that of an ordinary file in the ustar format (POSIX.1-1988).
func tarHeader(name string, size int, at time.Time) []byte {
	h := make([]byte, tarBlock)
	copy(h, name)
	copy(h[100:], "0000644\x00")
	copy(h[108:], "0000000\x00")
	copy(h[116:], "0000000\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00", size))
	copy(h[136:], fmt.Sprintf("%011o\x00", at.Unix()))
	copy(h[148:], "        ") // the sum counts itself as blanks
	h[156] = '0'
	copy(h[257:], "ustar\x0000")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}
