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
// parallel; what names a resource that is not made yet waits for it. One that
// changes several (Touches) stands in the order of each. Any number of processes
// may share a directory.
//
// A change of the same fields of up to a hundred resources by one request is an
// operation of its own (Many), in which each resource meets its own base.
//
// # Many operations
//
// A bulk run is a Job: RecordJob takes an iterator and writes a thousand
// operations to a transaction, so that any number takes the same memory, and
// makes the job ready with the last; nothing of it is sent before, and what was
// cut off is taken back. Sync with SyncOptions.Job delivers it, in any process
// and as often as it takes: it reads ahead a little, claims one operation at a
// time, and tells each outcome to SyncOptions.Each, whose error ends the run
// (--fail-fast, --max-failures). What was applied stays with the job, so that
// Each and Count with Filter.Job tell of all of it in order of acceptance, with
// bases to undo and ResultIDs; RemoveJob forgets it.
//
//	job, err := j.RecordJob(ctx, journal.Job{Name: n, Total: rows, Note: note}, ops) // iter.Seq2[Operation, error]
//	report, err := j.Sync(ctx, journal.SyncOptions{Job: n, Workers: w, Each: show})
//	err = j.Each(ctx, journal.Filter{Job: n}, line)
//
// A job holds a lock of its own while it runs, so that two jobs run at once; the
// automatic delivery before other commands leaves jobs alone (SkipJobs), a plain
// sync does not. All of this is linear in the number of operations: claims,
// orders, adoptions and counts go by indexes. A journal without room for
// Job.Total refuses before the first (KindJournalFull).
package journal
