package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestFetchURL(t *testing.T) {
	var authorization []string
	file := func(w http.ResponseWriter, r *http.Request) {
		authorization = append(authorization, r.Header.Values("Authorization")...)
		switch r.URL.Path {
		case "/shot.png":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("picture"))
		case "/cut.png":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		default:
			http.NotFound(w, r)
		}
	}
	own, other := httptest.NewServer(http.HandlerFunc(file)), httptest.NewServer(http.HandlerFunc(file))
	defer own.Close()
	defer other.Close()
	c, err := New(Options{BaseURL: own.URL, Tokens: StaticToken("secret")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, test := range []struct {
		address string
		want    string
		kind    ErrorKind
	}{
		{other.URL + "/shot.png?sig=1", "picture", ""},
		{"/shot.png", "picture", ""},
		{other.URL + "/gone.png", "", KindNotFound},
		{other.URL + "/cut.png", "half", KindNetwork},
		{"data:image/png;base64,AAAA", "", KindProtocol},
		{"minio://bucket/shot.png", "", KindProtocol},
	} {
		var got bytes.Buffer
		mime, n, err := c.FetchURL(t.Context(), test.address, &got)
		if KindOf(err) != test.kind || got.String() != test.want || n != int64(len(test.want)) {
			t.Errorf("%q: %q, %d bytes, %v", test.address, got.String(), n, err)
		}
		if err == nil && mime != "image/png" {
			t.Errorf("%q: type %q", test.address, mime)
		}
	}
	if len(authorization) > 0 {
		t.Errorf("the token was sent along: %d times", len(authorization))
	}
}
