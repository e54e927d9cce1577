// Package sandbox is a Vizora REST server in one process: the same envelope, errors, limits, validation, roles
// and side effects as the platform (contract rest), with its rows in memory or in a file.
//
// How to read it: routes.go is the specification (one line per endpoint), pipeline.go is the order in which a
// request is judged, and each resource has a file of its own. Nothing here is friendlier than the platform:
// a client that works against the sandbox must survive the real thing.
package sandbox
