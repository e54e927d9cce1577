package where

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func field(name string) any {
	return map[string]any{
		"status": "offline", "name": "Summer Menu", "count": 12, "ratio": 0.5, "up": true, "down": false,
		"length": 90 * time.Second, "tags": []string{"lobby", "portrait"}, "at": time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		"data.status": "online", "total": 120, "raw": json.RawMessage(`{"a":[1,2]}`), "never": time.Time{}, "size": int64(7),
	}[name]
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]bool{
		`status == "offline"`:                         true,
		`status != 'offline'`:                         false,
		`status == "offline" && count > 10`:           true,
		`status == "online" || count >= 12 && !down`:  true,
		`(status == "online" || count >= 12) && down`: false,
		`name ~ "^Summer"`:                            true,
		`name ~ "\d"`:                                 false,
		`!(name ~ "^Winter")`:                         true,
		`status in ["online", "offline"]`:             true,
		`status in []`:                                false,
		`tags contains "lobby"`:                       true,
		`"port" in tags`:                              false,
		`name contains "mer"`:                         true,
		`length > 1m && length < 1h30m`:               true,
		`length == 90`:                                true,
		`at >= "2026-11-23" && at < "2026-11-24"`:     true,
		`missing == null`:                             true,
		`never == null`:                               true,
		`missing > 3 || missing <= 3`:                 false,
		`missing != "x"`:                              true,
		`count == "12"`:                               false,
		`count > "1"`:                                 false,
		`up`:                                          true,
		`!up == false`:                                true,
		`name`:                                        false,
		`data.status == "online"`:                     true,
		`ratio < 1 && ratio > -1`:                     true,
		`size == 7`:                                   true,
		`name == "a\"b"`:                              false,
		`status == "x" or up and not down`:            true,
		`count > 2% or count == 10%`:                  true,
		`count > 50%`:                                 false,
		`1 == 1.0`:                                    true,
	} {
		c, err := Compile(text, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.Test(field); got != want {
			t.Errorf("%s is %v", text, got)
		}
		if c.String() != text {
			t.Errorf("String of %s is %s", text, c)
		}
	}
}

func TestTrouble(t *testing.T) {
	for text, want := range map[string]struct {
		at    int
		words string
	}{
		``:                       {0, "a value is missing before the end"},
		`status = "x"`:           {7, "written =="},
		`status == `:             {10, "missing before the end"},
		`status == "x`:           {10, "closing quote"},
		`status == "x" nand up`:  {14, `unexpected "nand"`},
		`count > 5%`:             {8, "a percentage"},
		`(status == "x"`:         {14, ") is missing"},
		`stats == "x"`:           {0, "no field is named stats"},
		`count == 5x`:            {9, "neither a number nor a duration"},
		`name ~ "("`:             {7, "missing closing"},
		`name ~ count`:           {7, "regular expression in quotes"},
		`1 < count < 3`:          {10, "chained"},
		`status in ["a" "b"]`:    {15, ", is missing"},
		`status == "x" # remark`: {14, "unexpected character"},
		strings.Repeat("!", 500): {99, "nested too deeply"},
		strings.Repeat("(", 500): {100, "nested too deeply"},
	} {
		_, err := Compile(text, []string{"status", "name", "count", "up", "data"})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !strings.Contains(e.Error(), want.words) || e.At != want.at {
			t.Errorf("%.40s: %v (at %d), want %q at %d", text, e, e.At, want.words, want.at)
		}
	}
	if c, err := Compile(`data.a == 1 && status == "x" && data.a > 0`, []string{"status", "data"}); err != nil || strings.Join(c.Fields(), " ") != "data.a status" {
		t.Errorf("%v", err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, text := range []string{`a == "x" && !(b ~ "^y") || c in [1, 2m, null]`, `"`, `a.b contains 'x\'y'`, `[[`, "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Compile(text, nil)
		var e *Error
		switch {
		case err == nil:
			c.Test(field)
			c.Test(func(string) any { return nil })
		case !errors.As(err, &e) || e.At < 0 || e.At > len(text):
			t.Fatalf("%q: %v", text, err)
		default:
			_ = e.Error()
		}
	})
}
