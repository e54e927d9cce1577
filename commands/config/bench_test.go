package config

// This file measures what settings cost each command.

import "testing"

// BenchmarkLoad is what every command pays before it does anything.
func BenchmarkLoad(b *testing.B) {
	file := b.TempDir() + "/config.yaml"
	c, err := Load(Options{File: file})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"production", "staging", "lab"} {
		if err := c.Add(Profile{Name: name, URL: "https://vizora.example.com", Email: "a@example.com", Retries: -1}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		c, err := Load(Options{File: file})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Current(); err != nil {
			b.Fatal(err)
		}
	}
}
