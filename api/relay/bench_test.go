package relay

// This file is about one thing: how much a relay's stream carries: one producer
// at a given rate, fifty readers, a Redis server beside them on the same machine.
// Each record's time is from when it is handed to the publisher to when a reader
// has it.

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

const (
	benchReaders = 50
	benchTime    = 3 * time.Second // of producing, at each rate
)

// BenchmarkRelayGroup: each record goes to one of fifty.
func BenchmarkRelayGroup(b *testing.B) { benchmarkRelay(b, true, 20_000) }

// BenchmarkRelayFanOut: each record goes to all fifty.
func BenchmarkRelayFanOut(b *testing.B) {
	for _, rate := range []int{500, 2_000, 5_000, 20_000} {
		b.Run(strconv.Itoa(rate), func(b *testing.B) { benchmarkRelay(b, false, rate) })
	}
}

// measured is what one reader saw.
type measured struct {
	took []time.Duration
}

func benchmarkRelay(b *testing.B, group bool, rate int) {
	s := redistest.Start(b)
	begun := time.Now()
	for b.Loop() {
		p := place(b, s)
		p.Stream += strconv.FormatInt(time.Since(begun).Nanoseconds(), 10)
		out := leader(b, p, "a", DefaultKeep, time.Minute)
		ctx, cancel := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = out.run(ctx) })
		var got atomic.Int64
		all := make([]measured, benchReaders)
		ready := make(chan struct{}, benchReaders)
		for i := range all {
			r := benchReader(&all[i], begun, &got, ready)
			r.Place = place(b, s)
			r.Stream = p.Stream
			if group {
				r.Group, r.Member = "g", strconv.Itoa(i)
			}
			running.Go(func() { _ = r.Run(ctx) })
		}
		for range all {
			<-ready
		}
		sent, took := produce(b, out, begun, rate)
		want := int64(sent)
		if !group {
			want *= benchReaders
		}
		for wait := time.Now(); got.Load() < want && time.Since(wait) < 2*time.Minute; {
			time.Sleep(time.Millisecond)
		}
		drained := time.Since(begun) - took
		cancel()
		running.Wait()
		report(b, all, want, drained)
	}
}

func benchReader(m *measured, begun time.Time, got *atomic.Int64, ready chan<- struct{}) *Reader {
	told := false
	return &Reader{
		State: func(st realtime.State) error {
			if st.State == realtime.Live && !told {
				told = true
				ready <- struct{}{}
			}
			return nil
		},
		Entry: func(e Entry) (bool, error) {
			_, rest, _ := bytes.Cut(e.Record, []byte(`"t":`))
			n := 0
			for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
				n++
			}
			at, _ := strconv.ParseInt(string(rest[:n]), 10, 64) // it was written so
			m.took = append(m.took, time.Since(begun)-time.Duration(at))
			got.Add(1)
			return true, nil
		},
		Missed: func(Missed) error { return nil },
		Pause:  func() error { return nil },
		Say:    func(string, ...any) {},
	}
}

// produce hands out records at a rate, as they come over a socket: some each
// millisecond. It returns how many, and when it began.
func produce(b *testing.B, out *publisher, begun time.Time, rate int) (sent int, first time.Duration) {
	first = time.Since(begun)
	for time.Since(begun)-first < benchTime {
		due := int(float64(rate) * (time.Since(begun) - first).Seconds())
		for ; sent < due; sent++ {
			raw := fmt.Appendf(nil, `{"apiVersion":"vizora/v1","kind":"Event","seq":%d,"time":"2026-11-26T01:00:00.000Z","event":"device:status-update","source":"push","name":"device:status","data":{"deviceId":"ef69bb13-79cf-46bb-9a02-000000000000","status":"online","timestamp":"2026-11-26T01:00:00.000Z","t":%d}}`, sent+1, time.Since(begun).Nanoseconds())
			if err := out.add(raw, uint64(sent+1)); err != nil {
				b.Fatal(err)
			}
		}
		if err := out.pause(true); err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	return sent, first
}

func report(b *testing.B, all []measured, want int64, took time.Duration) {
	var each []time.Duration
	for i := range all {
		each = append(each, all[i].took...)
	}
	slices.Sort(each)
	if int64(len(each)) != want {
		b.Errorf("%d records were read, want %d", len(each), want)
	}
	at := func(share float64) float64 { return each[int(float64(len(each)-1)*share)].Seconds() * 1000 }
	b.ReportMetric(float64(len(each))/took.Seconds(), "read/s")
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}
