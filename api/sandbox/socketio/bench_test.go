package socketio

// Benchmark of the server as a feeder of events.

import (
	"context"
	"encoding/json"
	"testing"
)

// BenchmarkEmit sends events of about 300 bytes to one WebSocket client that
// does nothing but read them.
func BenchmarkEmit(b *testing.B) {
	entered := make(chan *Socket, 1)
	srv := NewServer(Options{MaxQueued: 1 << 30})
	srv.Of("/").OnConnection(func(s *Socket) { entered <- s })
	base := serve(b, srv, srv.Close)
	c := enter(b, base, "40")
	s := <-entered
	payload := json.RawMessage(`{"id":"cmwsxuf36002n132f79rza41t","type":"system","title":"Doors open","message":"All screens on",` +
		`"severity":"info","read":false,"dismissedAt":null,"metadata":null,"organizationId":"dd135d74-e6f8-4435-b274-e2b943516108",` +
		`"userId":null,"createdAt":"2026-11-23T07:22:24.354Z"}`)
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for range b.N {
			_ = s.Emit("notification:new", payload)
		}
	}()
	for range b.N {
		if _, _, err := c.ws.Read(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
