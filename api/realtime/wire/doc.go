// Package wire is the codec of Engine.IO v4 and Socket.IO v5: bytes in,
// packets out, and back. It does no I/O, starts nothing and keeps no state,
// so the client (package realtime) and the server of the sandbox share it.
//
// Sources: the Engine.IO protocol README (revision 4), the Socket.IO protocol
// README (revision 5) and the behavior of engine.io-parser 5.2 and
// socket.io-parser 4.2.6. Where the last is stricter than the text, the codec
// follows it; where it is laxer by accident of JavaScript (an EVENT without a
// payload, an empty attachment count), the codec follows the text.
//
// Parsed values alias the input: copy what must outlive the read buffer.
package wire
