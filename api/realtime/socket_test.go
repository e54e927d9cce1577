package realtime

// Tests of the Socket.IO layer on packets alone, and of the way there: TLS
// and an HTTP proxy.

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// FuzzSocketPackets: whatever a server sends, the socket neither panics nor
// hands on what is not JSON. Packets are lines; one that begins with b is binary.
func FuzzSocketPackets(f *testing.F) {
	f.Add([]byte("0{\"sid\":\"a\",\"pid\":\"p\"}\n2[\"x\",1,\"off\"]"))
	f.Add([]byte("51-[\"x\",{\"_placeholder\":true,\"num\":0}]\nbinary"))
	f.Add([]byte("2[\"x\",\"only offset\"]\n3[1]\n4\"no\"\n1"))
	f.Add([]byte("61-7[{\"_placeholder\":true,\"num\":0}]\nb"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		beat := startHeartbeat(time.Hour, time.Hour, time.Now, func(error) {})
		defer beat.stop()
		s := &socket{engine: &engine{beat: beat}, queue: newQueue(), beside: len(stream)%2 == 1, names: map[string]string{}}
		for _, line := range bytes.Split(stream, []byte("\n")) {
			p := wire.Packet{Type: wire.MessagePacket, Data: line}
			if len(line) > 0 && line[0] == 'b' {
				p.Data, p.Binary = line[1:], true
			}
			if err := s.packet(p, time.Now()); err != nil {
				break
			}
			items, _ := s.queue.take(nil)
			for _, in := range items {
				if in.accepted == nil && in.event.Payload != nil && !json.Valid(in.event.Payload) {
					t.Fatalf("%q gave %q", line, in.event.Payload)
				}
			}
		}
	})
}

// tunnel is an HTTP proxy that does CONNECT only.
func tunnel(t *testing.T, used *int) *httptest.Server {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*used++
		server, err := net.Dial("tcp", r.Host)
		if r.Method != http.MethodConnect || err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(server, client)
			_ = server.Close()
		}()
		_, _ = io.Copy(client, server)
		_ = client.Close()
		<-done
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

// TestTLSAndProxy: the stream goes where Options say, and does not fall back
// to polling when the server's certificate is not trusted.
func TestTLSAndProxy(t *testing.T) {
	requests := make(chan string, 16)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r.URL.Query().Get("transport")
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		for _, frame := range []string{openFrame, acceptFrame, statusFrame} {
			if conn.Write(r.Context(), websocket.MessageText, []byte(frame)) != nil {
				return
			}
		}
		_, _, _ = conn.Read(r.Context()) // CONNECT
		_, _, _ = conn.Read(r.Context()) // the client's going
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of the refused handshake
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	used := 0
	proxy, err := url.Parse(tunnel(t, &used).URL)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: server.URL, Auth: StaticToken("jwt"), TLS: &tls.Config{RootCAs: roots}, Proxy: http.ProxyURL(proxy)}
	rec, err := run(t, o, until(Live, 1))
	if !errors.Is(err, errEnough) || rec.last(Live).Transport != TransportWebSocket || used != 1 {
		t.Errorf("%v, %s, %d times by the proxy", err, rec.phases(), used)
	}
	<-requests
	o.TLS = nil
	rec, _ = run(t, o, until(Lost, 1))
	if rec.last(Lost).Reason != ReasonRefused || used != 2 || len(requests) != 0 {
		t.Errorf("%s (%v), %d times by the proxy", rec.phases(), rec.last(Lost).Err, used)
	}
}
