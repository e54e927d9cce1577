// This file says what the package is for.

// Package output is everything that people and programs read: formats, tables,
// streams, progress, prompts, color and errors.
//
// It knows no resource. A command describes what it shows with a [View] and
// hands over [Record] values; the package decides how they look. stdout is
// data and stderr is talk: nothing but records ever reaches stdout, and all
// writes to either stream go through one [IO], so that a spinner never cuts a
// line.
//
// What a server sent is never trusted: before a string reaches a terminal it
// loses every character that could move the cursor, change colors or reorder
// text (see [Clean]). Data that is piped in a machine format stays exact.
package output
