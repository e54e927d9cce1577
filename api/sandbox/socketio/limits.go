package socketio

// This file is about the fixed windows by which connections and messages are
// limited (contract realtime 2.4).

import (
	"sync"
	"time"
)

// window counts what happens in one fixed window after another.
type window struct {
	length time.Duration
	start  time.Time
	count  int
}

// allow counts one and says whether it is within limit; a negative limit is
// none.
func (w *window) allow(now time.Time, limit int) bool {
	if now.Sub(w.start) >= w.length {
		w.start, w.count = now, 0
	}
	w.count++
	return limit < 0 || w.count <= limit
}

// maxWindows bounds the memory that many different keys take.
const maxWindows = 10000

// windows are windows by key.
type windows struct {
	length time.Duration
	mu     sync.Mutex
	byKey  map[string]*window
}

func newWindows(length time.Duration) *windows {
	return &windows{length: length, byKey: map[string]*window{}}
}

func (ws *windows) allow(key string, limit int) bool {
	now := time.Now()
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if len(ws.byKey) >= maxWindows {
		for k, w := range ws.byKey {
			if now.Sub(w.start) >= ws.length {
				delete(ws.byKey, k)
			}
		}
	}
	w := ws.byKey[key]
	if w == nil {
		w = &window{length: ws.length}
		ws.byKey[key] = w
	}
	return w.allow(now, limit)
}
