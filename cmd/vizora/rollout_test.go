package main

// This file is about one thing: a rollout whose display goes dark is aborted
// while it pauses, and taken back.

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
)

func TestRolloutAborts(t *testing.T) {
	s := newStage(t)
	w, err := sandbox.StartWorld(context.Background(), sandbox.WorldOptions{
		Options: sandbox.Options{Seed: 3, Displays: 6, Playlists: 3, Contents: 4}, Fleet: 6, Events: sandbox.EventsPlatform,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	s.world = w
	s.env["VIZORA_URL"], s.env["VIZORA_REALTIME_URL"] = w.URL(), w.RealtimeURL()
	s.signIn("admin")
	admin, err := api.New(api.Options{BaseURL: w.URL(), Tokens: api.StaticToken(s.env["VIZORA_TOKEN"])})
	if err != nil {
		t.Fatal(err)
	}
	online := func() (ids []string, playlists map[string]string) {
		rows, err := api.Displays.List(t.Context(), admin, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		playlists = map[string]string{}
		for _, d := range rows {
			if d.Status == "online" {
				ids = append(ids, d.ID)
			}
			if d.CurrentPlaylist != nil {
				playlists[d.ID] = *d.CurrentPlaylist
			}
		}
		return ids, playlists
	}
	deadline := time.Now().Add(30 * time.Second)
	up, before := online()
	for len(up) < 6 && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		up, before = online()
	}
	if len(up) < 6 {
		t.Fatalf("only %d displays are online", len(up))
	}
	done := make(chan result, 1)
	start := time.Now()
	go func() {
		done <- run(t, s.environ(), s.dir, "", "display", "assign", "--all", "--playlist", "Lobby Loop", "--canary", "3", "--pause", "50s", "--abort-if", "offline > 2%", "--yes", "--job", "dark", "-o", "json")
	}()
	var dark string
	for dark == "" && time.Now().Before(deadline) { // until the canary has it
		time.Sleep(200 * time.Millisecond)
		_, now := online()
		for id, p := range now {
			if before[id] != p {
				dark = id
			}
		}
	}
	if dark == "" {
		t.Fatal("no display was assigned")
	}
	if _, err := admin.Do(t.Context(), api.Request{Method: http.MethodPost, Path: "/displays/" + dark + "/disable"}); err != nil {
		t.Fatal(err)
	}
	r := <-done
	if r.exit != 6 || !strings.Contains(r.stdout, `"result":"aborted"`) || !strings.Contains(r.stdout, `"revert":"dark.revert"`) {
		t.Fatalf("exit %d\n%s%s", r.exit, r.stdout, r.stderr)
	}
	if took := time.Since(start); took > 45*time.Second {
		t.Errorf("it took %s: the pause was waited for", took)
	}
	if _, after := online(); len(after) != len(before) || after[dark] != before[dark] {
		t.Errorf("before %v, after %v", before, after)
	}
}
