package realtime

// This file is about the way from the goroutine that reads a connection to
// the one that calls the sink. The queue is short: it lets pings be answered
// over a hiccup of the sink, and then holds the reader up, which is back
// pressure to the server.

import (
	"sync"
	"time"
)

// queueBytes is how much the reader may be ahead of the sink. What the sink's
// side holds at the time comes on top, once.
const queueBytes = 512 << 10

// itemOverhead stands for what an item takes beside its payload.
const itemOverhead = 128

// inbound is one thing a connection had to say.
type inbound struct {
	accepted *accepted // the answer to CONNECT
	event    Event
	ack      uint64 // the server wants this acknowledged, if wantsAck
	wantsAck bool
	offset   string // the event's place for state recovery
}

// accepted is the server's answer to CONNECT.
type accepted struct {
	sid, pid string
}

type queue struct {
	ready chan struct{} // has a token when there is something to take

	mu    sync.Mutex
	room  sync.Cond
	items []inbound
	bytes int
	err   error // why no more will come
	stop  bool  // nobody takes any more
}

func newQueue() *queue {
	q := &queue{ready: make(chan struct{}, 1)}
	q.room.L = &q.mu
	return q
}

// put adds an item. While there is no room it waits, between hold and release.
// It returns false when nobody takes any more.
func (q *queue) put(in inbound, h *heartbeat) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bytes >= queueBytes && !q.stop {
		h.hold()
		for q.bytes >= queueBytes && !q.stop {
			q.room.Wait()
		}
		h.release()
	}
	if q.stop {
		return false
	}
	q.items = append(q.items, in)
	q.bytes += in.event.size()
	q.signal()
	return true
}

// end says that no more will come, and why.
func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
	q.signal()
}

// signal is called with the lock held.
func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns what there is, giving back spent for the next. The error is why
// no more will come, and is returned only when all was taken.
func (q *queue) take(spent []inbound) ([]inbound, error) {
	clear(spent)
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return spent[:0], q.err
	}
	items := q.items
	q.items, q.bytes = spent[:0], 0
	q.room.Signal()
	return items, nil
}

// empty says whether there is nothing to take for now.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) == 0
}

// close lets the reader go.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stop = true
	q.room.Signal()
}

// Event is one event of the server's.
type Event struct {
	Name     string    // as sent
	Payload  []byte    // the raw JSON of the first argument, nil when there is none; the receiver's to keep
	More     []byte    // the raw JSON of further arguments, separated by commas; nil when there are none, as in all that the platform sends
	Received time.Time // when it was read from the network
	// Attachments are the binary ones, in the order of their placeholders in
	// Payload and More; only with Options.Attachments, else they are in it as base64.
	Attachments [][]byte
	Seq         uint64 // 1 for the Session's first, and so on without a hole
}

// size stands for what the event takes.
func (e *Event) size() int {
	n := itemOverhead + len(e.Payload) + len(e.More)
	for _, part := range e.Attachments {
		n += len(part)
	}
	return n
}
