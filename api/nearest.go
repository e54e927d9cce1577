package api

// This file is about one thing: "did you mean": the known word that a mistyped
// one is closest to.

import (
	"fmt"
	"strings"
)

// NotOneOf is the error of a value that is none of the known ones. Its hint
// names the nearest, then all of them.
//
//go:noinline
func NotOneOf(field, value, problem string, known []string) *Error {
	return Invalid(field, value, problem, DidYouMean(value, known, "one of "+strings.Join(known, ", ")))
}

// DidYouMean puts the nearest of the known words, where one is near, before the
// rest of a hint.
//
//go:noinline
func DidYouMean(word string, known []string, rest string) string {
	if near := Nearest(word, known); near != "" {
		return strings.TrimSpace(fmt.Sprintf("did you mean %q? %s", near, rest))
	}
	return rest
}

// Nearest returns the candidate closest to s, or "" when none is close: the
// "did you mean" of flags, columns, names and values. Of names with several
// words a part of as many words as s has may be the close one: "Loby" means
// "Lobby North".
func Nearest(s string, candidates []string) string {
	s = strings.ToLower(s)
	best, limit := "", len(s)/3+2
	for _, c := range candidates {
		if d := distance(s, strings.ToLower(c), limit); d < limit {
			best, limit = c, d
		}
	}
	if best != "" || s == "" {
		return best
	}
	many := strings.Count(s, " ") + 1
	limit = len(s)/3 + 1 // a part has to be closer
	for _, c := range candidates {
		words := strings.Fields(strings.ToLower(c))
		for i := 0; len(words) > many && i+many <= len(words); i++ {
			d := distance(s, strings.Join(words[i:i+many], " "), limit)
			if d < limit || d == limit && best != "" && len(c) < len(best) { // the plainest of those that are as close
				best, limit = c, d
			}
		}
	}
	return best
}

// distance is how many letters have to be put in, left out, changed, or swapped
// with their neighbour, given up at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			switch {
			case a[i-1] == b[j-1]:
				next[j] = row[j-1]
			case i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1]:
				next[j] = 1 + min(before[j-2], row[j-1], row[j], next[j-1])
			default:
				next[j] = 1 + min(row[j-1], row[j], next[j-1])
			}
		}
		before, row, next = row, next, before
	}
	return min(row[len(b)], limit)
}
