package config

// This file tests a profile's certificates.

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/vizora/vizora-cli/api"
)

func TestPrivateAuthority(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	w := newWorld(t, "")
	ca := filepath.Join(w.dir, "ca.pem")
	w.write(ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o600)
	c, err := (&Profile{CAFile: ca}).TLS()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: c}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

func TestUnusableCertificates(t *testing.T) {
	w := newWorld(t, "")
	junk := filepath.Join(w.dir, "junk.pem")
	w.write(junk, "junk", 0o600)
	for _, tt := range []struct {
		p    Profile
		kind api.ErrorKind
	}{
		{Profile{CAFile: filepath.Join(w.dir, "none.pem")}, api.KindLocal},
		{Profile{CAFile: junk}, api.KindLocal},
		{Profile{ClientCert: junk}, api.KindInvalid},
		{Profile{ClientCert: junk, ClientKey: junk}, api.KindLocal},
	} {
		_, err := tt.p.TLS()
		wantKind(t, err, tt.kind)
	}
	if c, err := (&Profile{}).TLS(); c != nil || err != nil {
		t.Errorf("nothing set: %v, %v", c, err)
	}
}
