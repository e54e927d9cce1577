package main

// This file is about one thing: what is promised (DESIGN.md section 8 in its
// order, then the issues' numbers), by which benchmark it is measured, and when
// it is met.

import (
	"fmt"
	"os"
)

func measurements() []measurement {
	return []measurement{startUp(), size(), enqueue(), proofs(), receive(), latency(), bulk(), runners(), relay(), list(), scripts(), sourcing(), redraw(), journal(), grid()}
}

func startUp() measurement {
	// beside judges a process by its ratio to the Go hello world of the same rounds.
	beside := func(unit string, bar float64) func(*readings) (string, bool) {
		return func(r *readings) (string, bool) {
			ratio := r.get("StartUp/" + unit + "-x")
			return fmt.Sprintf("%.2f times (%.1f ms beside %.1f ms)", ratio, r.get("StartUp/"+unit+"-ms"), r.get("StartUp/hello-ms")), ratio <= bar
		}
	}
	return measurement{pkg: "./cmd/vizora", pattern: "BenchmarkStartUp", brief: form{times: rounds("40x")}, long: form{times: "400x"}, rows: []row{
		{"vizora --version, beside a Go hello world", "2.5 times", beside("version", 2.5)},
		{"vizora --help", "2.5 times", beside("help", 2.5)},
		{"vizora playlist update --help", "", beside("verb-help", 2.5)},
		{"TAB after display get, from the cache", "4 times", beside("complete", 4)},
	}}
}

func size() measurement {
	return measurement{pattern: "Size", rows: []row{{"stripped release binary, this platform", "15,000,000 bytes", func(r *readings) (string, bool) {
		n := r.bytes(os.Getenv("VIZORA_BENCH_BINARY"))
		return fmt.Sprintf("%.0f bytes", n), n <= 15_000_000
	}}}}
}

func enqueue() measurement {
	return measurement{pkg: "./cmd/vizora", pattern: "BenchmarkEnqueueProcess", brief: form{times: rounds("40x")}, long: form{times: "400x"}, rows: []row{
		{"durable enqueue, whole process, 8 at once, 99th percentile", "2 x --version + 20 ms", func(r *readings) (string, bool) {
			ours, peer := r.get("EnqueueProcess/enqueue-p99-ms"), r.get("EnqueueProcess/version-p99-ms")
			return fmt.Sprintf("%.1f ms beside %.1f ms", ours, peer), ours <= 2*peer+20
		}},
	}}
}

func proofs() measurement {
	none := func(test, how string) row {
		return row{"journal, " + how + ": acknowledged and lost, applied twice", "0, 0", func(r *readings) (string, bool) {
			lost, twice := r.get(test+"/lost"), r.get(test+"/twice")
			return fmt.Sprintf("%.0f, %.0f of %.0f in %.0f rounds", lost, twice, r.get(test+"/acknowledged"), r.get(test+"/rounds")), lost+twice == 0
		}}
	}
	control := func(kind string) row {
		return row{"the same on " + kind + " without syncs (control)", "must lose", func(r *readings) (string, bool) {
			lost := r.get("PowerCut/" + kind + "/control-lost")
			return fmt.Sprintf("loses in %.0f of %.0f rounds", lost, r.get("PowerCut/"+kind+"/control-rounds")), lost > 0
		}}
	}
	return measurement{
		pkg: "./cmd/vizora", pattern: "TestKillAtRandom|TestKillAtEverySystemCall|TestKillAtRandomOnRedis|TestKillAtEverySystemCallOnRedis|TestKillRedis|TestPowerCut",
		brief: form{env: []string{"VIZORA_KILL_ROUNDS=4"}}, long: form{env: []string{"VIZORA_KILL_ROUNDS=1000"}},
		rows: []row{
			none("KillAtRandom", "killed at random"), none("KillAtEverySystemCall", "killed at every system call"),
			none("KillAtRandomOnRedis", "on Redis, killed at random"), none("KillAtEverySystemCallOnRedis", "on Redis, killed at every system call"),
			none("KillRedis", "on Redis, which is killed itself"),
			none("PowerCut/ext4", "power cut on ext4"), control("ext4"), none("PowerCut/xfs", "power cut on xfs"), control("xfs"),
		},
	}
}

func receive() measurement {
	return measurement{pkg: "./api/realtime", pattern: "BenchmarkWatch|BenchmarkReceiveNode", brief: form{times: events("1000000x")}, long: form{times: "10000000x"}, rows: []row{
		{"watch -o jsonl, beside the official Node client, same feeder", "2 times", func(r *readings) (string, bool) {
			ours, node := r.get("Watch/events/s"), r.get("ReceiveNode/events/s")
			return fmt.Sprintf("%.1f times (%.0f and %.0f events a second)", ours/max(node, 1), ours, node), ours >= 2*node
		}},
		{"its resident memory: after a tenth of the events, at most", "flat, 25 MB", func(r *readings) (string, bool) {
			early, peak := r.get("Watch/early-MiB"), r.get("Watch/peak-MiB")
			return fmt.Sprintf("%.1f, %.1f MiB", early, peak), peak*1.048576 <= 25 && peak <= 1.2*early
		}},
	}}
}

func latency() measurement {
	return measurement{pkg: "./api/realtime", pattern: "BenchmarkWatchLatency", brief: form{times: "1x"}, long: form{times: "1x"}, rows: []row{
		{"event on the wire to line on stdout, 99th percentile", "5 ms", func(r *readings) (string, bool) {
			p99 := r.get("WatchLatency/p99-µs") / 1000
			return fmt.Sprintf("%.2f ms (half of them below %.2f ms)", p99, r.get("WatchLatency/p50-µs")/1000), p99 <= 5
		}},
	}}
}

func bulk() measurement {
	return measurement{pkg: "./cmd/vizora", pattern: "TestBulkUnderProductionLimits", long: form{args: []string{"-bulk-long"}}, rows: []row{
		{"bulk under production limits, 5 % of answers lost, killed and resumed", "97 % of the rate, 0 refused", func(r *readings) (string, bool) {
			rate, refused := r.get("BulkUnderProductionLimits/rate-percent"), r.get("BulkUnderProductionLimits/refused")
			return fmt.Sprintf("%.1f %%, %.0f refused (%.0f changes, an hour in %.0f s)", rate, refused,
				r.get("BulkUnderProductionLimits/changes"), r.get("BulkUnderProductionLimits/hour-seconds")), rate >= 97 && refused == 0
		}},
	}}
}

func runners() measurement {
	return measurement{pkg: "./cmd/vizora", pattern: "TestTenRunnersOnOneAddress", long: form{args: []string{"-runners", "10000"}}, rows: []row{
		{"ten runners on one address, three of them killed: lost, twice, refused", "0, 0, 0", func(r *readings) (string, bool) {
			lost, twice, refused := r.get("TenRunnersOnOneAddress/lost"), r.get("TenRunnersOnOneAddress/twice"), r.get("TenRunnersOnOneAddress/refused")
			return fmt.Sprintf("%.0f, %.0f, %.0f of %.0f operations", lost, twice, refused, r.get("TenRunnersOnOneAddress/operations")), lost+twice+refused == 0
		}},
		{"their part of the allowed rate, an hour in a minute (-long)", "97 %", func(r *readings) (string, bool) {
			rate := r.get("TenRunnersOnOneAddress/rate-percent")
			return fmt.Sprintf("%.1f %%", rate), rate >= 97
		}},
	}}
}

func relay() measurement {
	reads := func(name string) func(*readings) (string, bool) {
		return func(r *readings) (string, bool) {
			p99 := r.get(name + "/p99-ms")
			return fmt.Sprintf("%.1f ms (%.0f read a second)", p99, r.get(name+"/read/s")), p99 < 20
		}
	}
	return measurement{pkg: "./api/relay", pattern: "BenchmarkRelay.*", brief: form{times: "1x"}, long: form{times: "5x"}, rows: []row{
		{"relay: 20,000 events a second, 50 readers share them, 99th percentile", "20 ms", reads("RelayGroup")},
		{"relay: 2,000 a second, each of 50 reads all", "20 ms", reads("RelayFanOut/2000")},
		{"relay: 5,000 a second, each of 50 reads all", "20 ms", reads("RelayFanOut/5000")},
		{"relay: 20,000 a second, each of 50 reads all", "20 ms", reads("RelayFanOut/20000")},
	}}
}

func list() measurement {
	return measurement{pkg: "./api", pattern: "BenchmarkList", brief: form{times: "10x"}, long: form{times: "100x"}, rows: []row{
		{"list of 10,000 displays: time without a request on its way", "5 %", func(r *readings) (string, bool) {
			share := r.get("List/%ours")
			return fmt.Sprintf("%.1f %% of %.0f ms", share, r.get("List/ns/op")/1e6), share <= 5
		}},
	}}
}

func scripts() measurement {
	return measurement{pattern: "Scripts", rows: []row{{"completion scripts: bash, zsh, fish, PowerShell", "15 kB each", func(r *readings) (string, bool) {
		var sizes []any
		most := 0.0
		for _, shell := range []string{"bash", "zsh", "fish", "ps1"} {
			n := r.bytes("completions/vizora." + shell)
			sizes, most = append(sizes, n/1000), max(most, n)
		}
		return fmt.Sprintf("%.1f, %.1f, %.1f, %.1f kB", sizes...), most <= 15_000
	}}}}
}

func sourcing() measurement {
	m := measurement{pkg: "./cmd/vizora", pattern: "BenchmarkSource", brief: form{times: "5x"}, long: form{times: "40x"}}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		m.rows = append(m.rows, row{"reading the completion script in " + shell, "2 ms", func(r *readings) (string, bool) {
			took := r.get("Source/" + shell + "/source-ms")
			return fmt.Sprintf("%.2f ms", took), took <= 2
		}})
	}
	return m
}

func redraw() measurement {
	return measurement{pkg: "./commands/top", pattern: "BenchmarkRedraw", brief: form{times: "100x"}, long: form{times: "1000x"}, rows: []row{
		{"top: from an event to the screen's lines, 2,000 displays", "50 ms", func(r *readings) (string, bool) {
			took := r.get("Redraw/ns/op") / 1e6
			return fmt.Sprintf("%.1f ms", took), took <= 50
		}},
	}}
}

func journal() measurement {
	return measurement{pkg: "./api/journal", pattern: "BenchmarkListTenThousand|BenchmarkEnqueue", brief: form{times: "20x"}, long: form{times: "200x"}, rows: []row{
		{"journal list of 10,000 pending operations", "100 ms", func(r *readings) (string, bool) {
			took := r.get("ListTenThousand/ns/op") / 1e6
			return fmt.Sprintf("%.0f ms", took), took <= 100
		}},
		{"enqueue into an empty journal, into one of 10,000", "unaffected", func(r *readings) (string, bool) {
			empty, full := r.get("Enqueue/pending=1/ns/op")/1e6, r.get("Enqueue/pending=10000/ns/op")/1e6
			return fmt.Sprintf("%.1f, %.1f ms", empty, full), full <= 2*empty+1
		}},
	}}
}

func grid() measurement {
	return measurement{pkg: "./output", pattern: "BenchmarkTable", brief: form{times: "3x"}, long: form{times: "20x"}, rows: []row{
		{"table of 10,000 rows, beside tablewriter", "", func(r *readings) (string, bool) {
			return fmt.Sprintf("%.0f ms beside %.0f ms", r.get("Table/own/width=0/ns/op")/1e6, r.get("Table/tablewriter/ns/op")/1e6), true
		}},
	}}
}

// rounds and events are the bounds that ROUNDS and EVENTS set.
func rounds(usual string) string { return fromEnv("ROUNDS", usual) }
func events(usual string) string { return fromEnv("EVENTS", usual) }

func fromEnv(name, usual string) string {
	if n := os.Getenv(name); n != "" {
		return n + "x"
	}
	return usual
}
