package journal

import (
	"fmt"
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
