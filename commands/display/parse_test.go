package display

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"K7MPQ2", "k7mpq2", " K7MPQ2 ", "", "K7MPQ0", "K7MPQÜ", "ıııııı"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := parseCode(s)
		if err != nil {
			if kind := api.KindOf(err); kind != api.KindInvalid && kind != api.KindUsage {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if len(code) != codeLength || strings.Trim(code, codeAlphabet) != "" {
			t.Errorf("%q became %q", s, code)
		}
	})
}

func TestParseMinutes(t *testing.T) {
	for d, want := range map[time.Duration]int{
		time.Minute: 1, 90 * time.Minute: 90, 24 * time.Hour: 1440,
		0: 0, 30 * time.Second: 0, 90 * time.Second: 0, -time.Minute: 0, 1441 * time.Minute: 0,
	} {
		if got, err := parseMinutes(d); got != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %d, %v", d, got, err)
		}
	}
}

func TestOverlayOf(t *testing.T) {
	for metadata, want := range map[string]string{
		``: "", `null`: "", `{}`: "", `[]`: "", `{"qrOverlay":null}`: "", `{"qrOverlay":{"url":"x"},"a":1}`: `{"url":"x"}`,
	} {
		if got := string(overlayOf(json.RawMessage(metadata))); got != want {
			t.Errorf("%s: %q, want %q", metadata, got, want)
		}
	}
}

func TestPictureDiffers(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name        string
		now, before *picture
		want        bool
	}{
		{"none yet", nil, nil, false},
		{"the first", &picture{URL: "a", CapturedAt: at}, nil, true},
		{"the same, signed anew", &picture{URL: "b", CapturedAt: at}, &picture{URL: "a", CapturedAt: at}, false},
		{"a later one", &picture{URL: "a", CapturedAt: at.Add(time.Second)}, &picture{URL: "a", CapturedAt: at}, true},
		{"without a time", &picture{URL: "b"}, &picture{URL: "a"}, true},
		{"the same without a time", &picture{URL: "a"}, &picture{URL: "a"}, false},
	} {
		if got := c.now.differs(c.before); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestTemplateID: the sandbox has no provisioning templates, so a server answers
// the plain array that the platform does.
func TestTemplateID(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/api/v1/provisioning-templates" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"success":true,"data":[{"id":"ctemplate0000000000000001","name":"Portrait lobby"},{"id":"ctemplate0000000000000002","name":"Menu board"}]}`))
	}))
	defer srv.Close()
	c, err := api.New(api.Options{BaseURL: srv.URL, Tokens: api.StaticToken("t")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, arg := range []string{"Menu board", "menu BOARD", "ctemplate0000000000000002"} {
		if id, err := templateID(t.Context(), c, arg); err != nil || id != "ctemplate0000000000000002" {
			t.Errorf("%s: %q, %v", arg, id, err)
		}
	}
	if _, err := templateID(t.Context(), c, "Menu bord"); !api.IsKind(err, api.KindNotFound) {
		t.Errorf("a template that is not there: %v", err)
	}
}
