package main

// This file is about one thing: what is suggested for a slip of the finger, and
// that every error which lists the known values can suggest one of them.

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	s := newStage(t)
	s.must("profile add staging --url $VIZORA_URL")
	for _, c := range []struct{ line, want string }{
		{`playlits`, `"vizora playlist"`}, // commands
		{`display lst`, `"vizora display list"`},
		{`playlist lsit`, `"vizora playlist list"`},
		{`playlist item ad`, `"vizora playlist item add"`},
		{`help exit-code`, `vizora help exit-codes`},
		{`help playlits`, `vizora help playlist`},
		{`completion bsh`, `"bash"`},
		{`display list --statsu online`, `--status`}, // flags
		{`display list --otuput json`, `--output`},
		{`--profil x`, `--profile`},
		{`playlist get Loby`, `"Lobby Loop"`}, // names
		{`playlist get "Sumer Menu"`, `"Summer Menu"`},
		{`display update "Lobby Nort" --location x`, `"Lobby North"`},
		{`display assign "Lobby North" --playlist "Sumer Menu"`, `"Summer Menu"`},
		{`profile use stagign`, `"staging"`},
		{`display list --status onlien`, `"online"`}, // values
		{`display update "Lobby North" --orientation landscpe`, `"landscape"`},
		{`content list --type imag`, `"image"`},
		{`display list -o jsno`, `"json"`},
		{`display list --columns nmae`, `"name"`},
		{`display list --where 'staus == "online"'`, `"status"`},
		{`display list --where 'status == "onlien"'`, `"online"`},
		{`display list --where '"onlien" != status or status in ["error"]'`, `"online"`},
		{`display list --where 'name == "onlien" or status in ["eror"]'`, `"error"`},
		{`bulk run --kind display --where 'status == "onlien"' --set location=x`, `"online"`},
		{`display assign --where 'status == "onlien"' --playlist "Summer Menu"`, `"online"`},
		{`display list --sort naem`, `"name"`},
		{`display wait "Lobby North" --for status=onlin --timeout 1s`, `"online"`},
		{`display wait "Lobby North" --for staus=online --timeout 1s`, `"status"`},
		{`display list --offline alway`, `"always"`},
		{`schema displya`, `"display"`},
		{`journal list --state conflit`, `"conflict"`},
		{`watch device:status-updte`, `"device:status-update"`},
		{`profile set outptu=json`, `"output"`},
		{`profile set output=jsn`, `"json"`},
		{`sandbox --limits prodction`, `"production"`},
		{`sandbox --events plaform`, `"platform"`},
		{`playlist usage "Lobby Loop" --only displya`, `"display"`},
		{`org mfa requierd`, `"required"`},
		{`bulk run x.csv --kind playlst`, `"playlist"`},
		{`bulk run x.csv --kind playlist --format jsnl`, `"jsonl"`},
		{`api GTE /displays`, `"GET"`},
		{`display tag "Lobby North" indor`, `"indoor"`},
	} {
		r := s.inside("", "n\n", nil, words(t, c.line)...)
		at := strings.Index(r.stderr, "did you mean ")
		if at < 0 || !strings.Contains(strings.SplitN(r.stderr[at:], "?", 2)[0], c.want) {
			t.Errorf("vizora %s: suggests no %s:\n%s", c.line, c.want, r.stderr)
		}
		if r.exit == 0 && !strings.Contains(c.line, "--where") {
			t.Errorf("vizora %s: ended with 0", c.line)
		}
	}
}
