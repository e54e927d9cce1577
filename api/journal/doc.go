// Package journal is the one way in which anything is written to Vizora: an
// Operation is recorded, delivered, and settled. What is accepted is applied
// once, or it is reported as a conflict, rejected or unknown.
//
//	Operation -> Journal.Submit -> append (durable) -> deliver (pace, retry) -> settle
//
// An operation that cannot be delivered now stays recorded and goes out with
// the next sync. Concurrent edits are settled field by field, and the remote
// value wins.
//
//	queued -> sending -> applied    leaves the journal
//	                  -> conflict   the remote won; both sides stay until dropped or reapplied
//	                  -> rejected   stays only when nobody was told: after a sync, or when asked for
//	                  -> unknown    stays until a person resolves it, and holds up its resource
//	queued <- waiting               the network, a rate limit, a server that cannot
//
// Sending is durable before the first byte leaves and names its sender by a
// lock that dies with the sender's process. Found without a living sender, the
// operation is read back: an update, a delete and an absolute action by looking
// at the remote before they are sent again, items by comparing with what was
// sent, a create by searching for what it would have made. Only an action that
// may not be repeated is left to a person.
//
// Operations on one resource keep their order; different resources go in
// parallel; what names a resource that is not made yet waits for it. Any number
// of processes may share a directory.
package journal
