package cmdutil

// This file is about one thing: saying that a newer release is out. Once a day, on
// a terminal, a process of its own asks the project's release page and keeps the
// answer; the day after, a command speaks of it when it is done. No command waits
// for it, and what is sent is the question alone: no version, no name, no id.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/config"
)

const (
	releaseHost  = "https://api.github.com"
	releasePage  = releaseHost + "/repos/vizora/vizora-cli/releases/latest"
	releaseEvery = 24 * time.Hour
	releaseMost  = 1 << 20 // bytes of an answer
	releaseWait  = 20 * time.Second
)

// Release is what the release page says of the newest release.
type Release struct {
	Version string // without "v"
	Page    string // where it is described; "" when that is not said
}

// noticeRelease says what was learned of newer releases, and has it learned anew,
// once a day. It is quiet about every failure.
func (f *Factory) noticeRelease() {
	if ci, _ := f.Env("CI"); ci != "" || !f.IO.StderrTTY() || f.Global.Quiet || !isRelease(f.Build.Version) {
		return
	}
	p, err := f.Profile()
	if err != nil || p.NoUpdateNotice {
		return
	}
	c, err := f.Config()
	if err != nil {
		return
	}
	file := c.ReleaseFile()
	if info, err := os.Stat(file); err == nil && f.Now().Sub(info.ModTime()).Abs() < releaseEvery {
		return
	}
	known, err := os.ReadFile(file)
	version, page, _ := strings.Cut(strings.TrimSpace(string(known)), " ")
	if err == nil && Newer(version, f.Build.Version) {
		f.IO.Say("vizora %s is out, this is %s: %s (VIZORA_NO_UPDATE_NOTICE=1 ends this notice)", version, f.Build.Version, page)
	}
	if os.MkdirAll(filepath.Dir(file), 0o700) != nil || os.WriteFile(file, known, 0o600) != nil {
		return // nowhere to keep the answer
	}
	_ = os.Chtimes(file, f.Now(), f.Now()) // asked today, whatever the answer
	f.startApart("version", "--check", "--quiet", "--timeout", releaseWait.String())
}

// LatestRelease asks for the newest release and keeps the answer for the notice.
func (f *Factory) LatestRelease(ctx context.Context) (Release, error) {
	c, err := f.Config()
	if err != nil {
		return Release{}, err
	}
	p, err := f.Profile()
	if err != nil {
		return Release{}, err
	}
	address, given := f.Env(config.EnvReleases)
	if !given || address == "" {
		address = releasePage
	}
	found, err := f.askRelease(ctx, *p, address)
	if err != nil {
		return Release{}, err
	}
	file := c.ReleaseFile()
	if os.MkdirAll(filepath.Dir(file), 0o700) == nil {
		_ = os.WriteFile(file, fmt.Appendf(nil, "%s %s\n", found.Version, found.Page), 0o600) // a cache
	}
	return found, nil
}

// askRelease reads a page in the form of GitHub's API, without our token.
func (f *Factory) askRelease(ctx context.Context, p config.Profile, address string) (Release, error) {
	p.URL = releaseHost // there may be no server yet; the address stands alone
	client, err := f.ClientFor(&p, nil)
	if err != nil {
		return Release{}, err
	}
	var answer bytes.Buffer
	if _, _, err := client.FetchURL(ctx, address, &limited{&answer, releaseMost}); err != nil {
		e := AsError(err)
		return Release{}, &api.Error{Kind: e.Kind, Status: e.Status, Message: "the release page cannot be read: " + e.Message, Err: err, Hint: "it needs the internet; nothing else does"}
	}
	var page struct {
		Tag  string `json:"tag_name"`
		Page string `json:"html_url"`
	}
	err = json.Unmarshal(answer.Bytes(), &page)
	version := strings.TrimPrefix(page.Tag, "v")
	if err != nil || !isRelease(version) || strings.ContainsAny(page.Page, " \n") {
		return Release{}, api.Errorf(api.KindProtocol, "%s names no release", address)
	}
	return Release{version, page.Page}, nil
}

// limited is a buffer that takes so many bytes.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, api.Errorf(api.KindProtocol, "the answer is larger than a release page")
	}
	return l.to.Write(p)
}

// Newer reports whether one version comes after another: 1.10.0 after 1.9.3, and
// after 1.10.0-rc.1.
func Newer(version, than string) bool {
	a, aPre := numbers(version)
	b, bPre := numbers(than)
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return !aPre && bPre
}

// isRelease reports whether a version has three numbers.
func isRelease(version string) bool {
	n, _ := numbers(version)
	return n != [3]int{}
}

// numbers reads a version; zeros when it is none, as in a build of one's own.
func numbers(version string) (n [3]int, pre bool) {
	core, _, pre := strings.Cut(version, "-")
	parts := strings.Split(core, ".")
	if len(parts) != len(n) {
		return [3]int{}, pre
	}
	for i, part := range parts {
		value, err := strconv.Atoi(part)
		if err != nil || value < 0 {
			return [3]int{}, pre
		}
		n[i] = value
	}
	return n, pre
}
