package journal

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// filled is a journal with n pending updates.
func filled(b *testing.B, n int) *Journal {
	b.Helper()
	j, err := Open(Options{Dir: b.TempDir(), Owner: testOwner, Capacity: 2 * n})
	if err != nil {
		b.Fatal(err)
	}
	ops := make([]Operation, n)
	for i := range ops {
		ops[i] = pendingUpdate(i)
	}
	if _, err := j.SubmitAll(b.Context(), ops, SubmitOptions{Async: true}); err != nil {
		b.Fatal(err)
	}
	return j
}

func pendingUpdate(i int) Operation {
	return Operation{
		Effect: Update, Kind: "Playlist", Verb: "update", Target: fmt.Sprintf("c%024d", i), Label: fmt.Sprint("list ", i), Summary: fmt.Sprintf("update playlist %d", i),
		Changes: api.Changes{"name": []byte(`"new name"`)}, Base: api.Changes{"name": []byte(`"old name"`)}, BaseFrom: "server", BaseAt: time.Now(),
	}
}

// BenchmarkListTenThousand: DESIGN's bar is 100 ms for `journal list`.
func BenchmarkListTenThousand(b *testing.B) {
	j := filled(b, 10_000)
	for b.Loop() {
		ops, err := j.List(b.Context(), Filter{})
		if err != nil || len(ops) != 10_000 {
			b.Fatal(len(ops), err)
		}
	}
}

// BenchmarkEnqueue compares one durable enqueue into an empty journal and into
// one of ten thousand: the bar is that it does not notice.
func BenchmarkEnqueue(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprint("pending=", n), func(b *testing.B) {
			j := filled(b, n)
			j.opts.Capacity = 1 << 30
			i := n
			for b.Loop() {
				i++
				if _, err := j.Submit(b.Context(), pendingUpdate(i), SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDeliver delivers jobs of growing size: time for each operation and
// memory must not grow with it. Go over a memory file system (TMPDIR=/dev/shm) to
// see our own work and not the disk's; VIZORA_LONG=1 adds a hundred thousand.
func BenchmarkDeliver(b *testing.B) {
	sizes := []int{1_000, 10_000}
	if long() {
		sizes = append(sizes, 100_000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint("operations=", n), func(b *testing.B) {
			s := newServer(b)
			ids := make([]string, 100)
			for i := range ids {
				ids[i] = s.put("playlists", row{"name": "before"})
			}
			for b.Loop() {
				j := openTest(b, s.client(), b.TempDir())
				ops := func(yield func(Operation, error) bool) {
					for i := range n {
						op := update(ids[i%len(ids)], nil, changes("name", fmt.Sprint("after ", i)))
						if !yield(op, nil) {
							return
						}
					}
				}
				if _, err := j.RecordJob(b.Context(), Job{Name: "all", Total: n}, ops); err != nil {
					b.Fatal(err)
				}
				began, most, done := time.Now(), uint64(0), 0
				report, err := j.Sync(b.Context(), SyncOptions{Job: "all", Each: func(*Result) error {
					if done++; done%500 == 0 {
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						most = max(most, m.HeapInuse)
					}
					s.forget()
					return nil
				}})
				if err != nil || report.Applied != n {
					b.Fatalf("%d applied, %v", report.Applied, err)
				}
				b.ReportMetric(float64(time.Since(began).Microseconds())/float64(n), "µs/operation")
				b.ReportMetric(float64(most)/(1<<20), "MB-heap")
			}
		})
	}
}
