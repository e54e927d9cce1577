package wire

// Tests on frames recorded from the platform (testdata/frames) and benchmarks
// on one of them.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// recorded is one line of a recording: a WebSocket frame, or one exchange of
// long polling.
type recorded struct {
	Dir, Frame string
	Req, Body  string
	Resp       string
	Status     int
}

func recordings(t testing.TB) map[string][]recorded {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "frames", "*.jsonl"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	all := map[string][]recorded{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			var r recorded
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all[filepath.Base(name)] = append(all[filepath.Base(name)], r)
		}
	}
	return all
}

// TestRecordedFrames decodes every recorded frame and encodes it again to the
// same bytes.
func TestRecordedFrames(t *testing.T) {
	seen := map[MessageType]int{}
	check := func(name, text string, packets ...Packet) {
		for _, p := range packets {
			switch p.Type {
			case Open:
				h, err := ParseHandshake(p.Data)
				if err != nil || h.PingInterval != 25000 || h.PingTimeout != 20000 || h.MaxPayload != 2097152 {
					t.Errorf("%s: %+v, %v", name, h, err)
				}
			case MessagePacket:
				m, err := ParseMessage(p.Data)
				if err != nil {
					t.Errorf("%s: %s: %v", name, text, err)
				}
				if got := AppendMessage(nil, m); !bytes.Equal(got, p.Data) {
					t.Errorf("%s: %s became %s", name, p.Data, got)
				}
				seen[m.Type]++
			}
		}
	}
	for name, lines := range recordings(t) {
		for _, r := range lines {
			if r.Dir == "recv" || r.Dir == "send" {
				p, err := ParseFrame([]byte(r.Frame), false)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				check(name, r.Frame, p)
			}
			for _, body := range []string{r.Body, r.Resp} {
				if body == "" || body == "ok" || r.Status != 200 {
					continue
				}
				packets, err := ParsePayload([]byte(body))
				if err != nil {
					t.Errorf("%s: %s: %v", name, body, err)
				}
				check(name, body, packets...)
			}
		}
	}
	for _, want := range []MessageType{Connect, Disconnect, Event, Ack, ConnectError} {
		if seen[want] == 0 {
			t.Errorf("no %v among the recordings", want)
		}
	}
}

// recordedEvent is a recorded notification:new, 372 bytes.
func recordedEvent(b *testing.B) []byte {
	for _, r := range recordings(b)["dashboard.jsonl"] {
		if bytes.HasPrefix([]byte(r.Frame), []byte(`42["notification:new"`)) {
			return []byte(r.Frame)
		}
	}
	b.Fatal("no recorded event")
	return nil
}

func BenchmarkParseEvent(b *testing.B) {
	frame := recordedEvent(b)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := ParseFrame(frame, false)
		if err != nil {
			b.Fatal(err)
		}
		m, err := ParseMessage(p.Data)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err = EventNameBytes(m.Data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSONValidForComparison(b *testing.B) {
	data := recordedEvent(b)[2:]
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if !json.Valid(data) {
			b.Fatal("invalid")
		}
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	m, err := ParseMessage(recordedEvent(b)[1:])
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendMessage(append(buf[:0], byte(MessagePacket)), m)
	}
}

func BenchmarkParsePayload(b *testing.B) {
	frame := recordedEvent(b)
	body := bytes.Join([][]byte{frame, frame, frame, frame}, []byte{Separator})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParsePayload(body); err != nil {
			b.Fatal(err)
		}
	}
}
