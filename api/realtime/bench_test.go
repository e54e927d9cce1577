package realtime

// Benchmarks of receiving: a feeder that only copies pre-built frames, and
// behind it a whole Session that writes JSON Lines, or the official client in
// Node that does the same. Compare the two within one run only:
//
//	go test -run '^$' -bench Receive ./api/realtime

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// feedFrame appends an unmasked text frame, as a server sends it.
func feedFrame(dst []byte, text string) []byte {
	dst = append(dst, 0x81)
	if len(text) < 126 {
		dst = append(dst, byte(len(text)))
	} else {
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(len(text)))
	}
	return append(dst, text...)
}

// feeder accepts any WebSocket and sends events without end and without
// looking at what the client says.
func feeder(b *testing.B) *httptest.Server {
	const event = `42["device:status",{"deviceId":"7556f016-e358-486f-993d-14e313ef77ac","status":"online",` +
		`"lastSeen":"2026-11-23T07:22:22.373Z","note":"a display in the lobby, next to the stairs, that goes on and off all day long ` +
		`because somebody likes to see benchmarks run","timestamp":"2026-11-23T07:22:22.373Z"}]`
	var block []byte
	for range 256 {
		block = feedFrame(block, event)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, DefaultPath) {
			http.NotFound(w, r)
			return
		}
		// The key's digest that RFC 6455 1.3 asks for.
		digest := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			base64.StdEncoding.EncodeToString(digest[:]) + "\r\n\r\n"
		_, err = conn.Write(feedFrame([]byte(head), openFrame))
		if err == nil {
			// CONNECT is on its way; the answer must not come before it.
			_, err = conn.Read(make([]byte, 1024))
		}
		if err == nil {
			_, err = conn.Write(feedFrame(nil, acceptFrame))
		}
		for err == nil {
			_, err = conn.Write(block)
		}
	}))
	b.Cleanup(server.Close)
	return server
}

// appendLine writes a record as one line of JSON.
func appendLine(dst []byte, seq uint64, r Record) []byte {
	dst = strconv.AppendUint(append(dst, `{"seq":`...), seq, 10)
	dst = r.Time.AppendFormat(append(dst, `,"time":"`...), time.RFC3339Nano)
	dst = append(append(dst, `","event":"`...), r.Event...)
	dst = append(append(dst, `","source":"`...), r.Source...)
	dst = append(append(dst, `","name":"`...), r.Name...)
	dst = append(append(dst, `","data":`...), r.Data...)
	return append(dst, "}\n"...)
}

func BenchmarkReceive(b *testing.B) {
	server := feeder(b)
	out := bufio.NewWriterSize(io.Discard, 64<<10)
	var line []byte
	b.ReportAllocs()
	b.ResetTimer()
	err := Open(Options{URL: server.URL, Auth: StaticToken("jwt"), Proxy: noProxy}).Run(b.Context(), func(i Item) error {
		ev, ok := i.(Event)
		if !ok {
			return nil
		}
		line = line[:0]
		for _, r := range Normalise(ev) {
			line = appendLine(line, ev.Seq, r)
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		if ev.Seq >= uint64(b.N) {
			return errEnough
		}
		return nil
	})
	b.StopTimer()
	if !errors.Is(err, errEnough) {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.HeapAlloc), "heap-B")
}

// BenchmarkReceiveNode leaves the start of Node out: the client measures itself.
func BenchmarkReceiveNode(b *testing.B) {
	needNode(b)
	server := feeder(b)
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "client.js", server.URL, strconv.Itoa(b.N))
	node.Dir, node.Stdout = nodeDir, io.Discard
	var said bytes.Buffer
	node.Stderr = &said
	if err := node.Run(); err != nil {
		b.Fatalf("%v: %s", err, &said)
	}
	var took struct{ Events, MS float64 }
	if err := json.Unmarshal(said.Bytes(), &took); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(took.MS*1e6/took.Events, "ns/op")
	b.ReportMetric(took.Events/took.MS*1e3, "events/s")
}
