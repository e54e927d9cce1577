// Package realtime is a client of the platform's event stream: Socket.IO v5
// over Engine.IO v4, by WebSocket or by long polling.
//
// From the bottom up: a transport moves Engine.IO packets (transport_ws.go,
// transport_poll.go); an engine is one Engine.IO session with its handshake,
// heartbeat and change of transport (engine.go, heartbeat.go, upgrade.go); a
// socket is one Socket.IO connection on it (socket.go); a Session keeps a
// stream of events alive over any number of connections (session.go) and says
// honestly when it is live and when it is not; Normalise turns what the
// platform sends into the product's events; Follow joins the stream with what
// REST lists, so that what was missed while away is found.
//
// # For a command that follows
//
// cmdutil.Factory.Follow gives a Follow of the current profile; its Run calls a
// sink with Items, in order and one at a time:
//
//   - State: connecting, live, lost (with Reason and NextIn), ended. A Live with
//     a DownFor is a return.
//   - Snapshot: all that is known, after every reading of the lists: displays,
//     playlists, content and schedules as Resources, each with its typed row in
//     Row (*api.Display, *api.Playlist, *api.Content, *api.Schedule).
//     Between two Snapshots only the status of displays moves.
//   - Record: one event in the product's form, with its Source and, of what was
//     found after a time without a stream, the Gap it lies in. The stream's own
//     (connect, disconnect, gap, polling) are Records too: Record.Own tells them
//     apart.
//   - Gap: a time without a stream is accounted for: down for how long, how many
//     records were refilled, whether more may have been missed. "Resumed" is
//     said with it.
//   - Polling: how often the lists are compared from now on, or that they cannot
//     be read.
//
// A live board keeps the last Snapshot by display, applies the Records of
// EventDeviceStatus to it, shows State in its badge, and draws.
//
// Delivery is at most once: the platform keeps nothing for a client that is
// away (contract realtime 7). Every interruption is therefore reported, and
// events read before it are all delivered before it is.
//
// The package imports nothing of the project but its own codec, package wire.
// REST reaches it through the interfaces Auth and Lister (lister.go).
package realtime
