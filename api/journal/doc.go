// Package journal is the one way in which anything is written to Vizora: an
// Operation is recorded, delivered, and settled. What is accepted is applied
// once, or it is reported as a conflict, rejected or unknown.
//
//	Operation -> Journal.Submit -> append (durable) -> deliver (pace, retry) -> settle
//
// An operation that cannot be delivered now stays recorded and goes out with
// the next sync. Concurrent edits are settled field by field, and the remote
// value wins.
package journal
