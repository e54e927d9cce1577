// This file measures long lists, and shows why they are not set by the table
// library.

package output

import (
	"fmt"
	"io"
	"testing"
	"time"
)

// fixedRecord is what a typed resource looks like: no maps, no reflection.
type fixedRecord struct {
	id, name, status, location string
	tags                       []string
	items                      int
	enabled                    bool
	seen                       time.Time
}

func (r *fixedRecord) Field(name string) any {
	switch name {
	case "id":
		return r.id
	case "name":
		return r.name
	case "status":
		return r.status
	case "location":
		return r.location
	case "tags":
		return r.tags
	case "items":
		return r.items
	case "enabled":
		return r.enabled
	case "lastHeartbeat":
		return r.seen
	}
	return nil
}

func (r *fixedRecord) AppendJSON(dst []byte) ([]byte, error) {
	return fmt.Appendf(dst, `{"apiVersion":"vizora/v1","kind":"Display","id":%q,"name":%q,"status":%q}`, r.id, r.name, r.status), nil
}

func manyRecords(n int) []Record {
	records := make([]Record, n)
	for i := range records {
		records[i] = &fixedRecord{
			id: fmt.Sprintf("cm3k2f9x1%04dv8l4h2qj7a1b", i), name: fmt.Sprintf("Display %d", i), status: "online", location: "Berlin, Haus 1",
			tags: []string{"lobby", "4k"}, items: i, enabled: i%2 == 0, seen: clock.Add(-time.Duration(i) * time.Second),
		}
	}
	return records
}

func discard(width int) *IO {
	o, _, _, _ := Test()
	o.out = io.Discard
	o.SetTTY(false, width > 0, false)
	o.SetWidth(width)
	return o
}

// BenchmarkTable sets 10,000 records of 8 columns with both writers.
func BenchmarkTable(b *testing.B) {
	records := manyRecords(10_000)
	for _, width := range []int{0, 120} {
		b.Run(fmt.Sprintf("own/width=%d", width), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := printer(b, discard(width), "table").List(displayView(), records); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("tablewriter", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p := printer(b, discard(0), "table")
			cols, _ := p.columns(displayView())
			g := newGrid(cols, records, p.cellMode())
			g.appendBounded(nil, g.layout(g.natural(true), 0, "id"), true, false)
		}
	})
}

func BenchmarkFormats(b *testing.B) {
	records := manyRecords(10_000)
	for _, format := range []string{"json", "jsonl", "yaml", "csv", "name", "template={{.name}}", "jq=.[].name"} {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := printer(b, discard(0), format).List(displayView(), records); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStream adds one record, flushed.
func BenchmarkStream(b *testing.B) {
	record := manyRecords(1)[0]
	for _, format := range []string{"table", "jsonl", "lines"} {
		b.Run(format, func(b *testing.B) {
			s, err := printer(b, discard(0), format).Stream(displayView())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Add(record); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
