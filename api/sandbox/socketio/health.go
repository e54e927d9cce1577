package socketio

// This file is about the HTTP endpoints beside Socket.IO that need no key
// (contract realtime 4.4).

import (
	"net/http"
	"time"
)

// serviceName is how the realtime service names itself.
const serviceName = "realtime"

func (p *Platform) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", p.Server)
	mux.HandleFunc("GET /api/health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{
			"status": "healthy", "service": serviceName, "timestamp": timestamp(time.Now()),
			"uptime":       time.Since(p.started).Seconds(),
			"dependencies": map[string]string{"redis": "healthy", "database": "healthy", "websocket": "healthy"},
		})
	})
	mux.HandleFunc("GET /api/health/live", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"status": "ok"})
	})
	mux.HandleFunc("GET /api/health/ready", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"status": "ready", "ready": true})
	})
	mux.HandleFunc("GET /api/status", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"status": "ok", "service": serviceName, "version": "1.0.0", "websocket": "active"})
	})
	return mux
}

func writeJSON(w http.ResponseWriter, body any) {
	text, _ := marshal(body) // strings and numbers only
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(text)
}
