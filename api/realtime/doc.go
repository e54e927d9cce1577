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
// Delivery is at most once: the platform keeps nothing for a client that is
// away (contract realtime 7). Every interruption is therefore reported, and
// events read before it are all delivered before it is.
//
// The package imports nothing of the project but its own codec, package wire.
// REST reaches it through the interfaces Auth and Lister.
package realtime
