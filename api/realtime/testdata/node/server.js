// The official Socket.IO server as a peer for the tests of api/realtime.
// argv[2] is JSON: {port, token, recovery, server: {options of Server}}. It
// prints {"port": n} when it listens, then a line for everything worth telling.
// Commands come as JSON lines on stdin; when stdin ends, so does the server.
"use strict";
const http = require("node:http");
const readline = require("node:readline");
const { Server } = require("socket.io");

const config = JSON.parse(process.argv[2]);
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const web = http.createServer((request, response) => {
  response.writeHead(404).end();
});
const io = new Server(web, {
  ...config.server,
  ...(config.recovery && { connectionStateRecovery: { maxDisconnectionDuration: 60000 } }),
});

if (config.token) {
  io.use((socket, next) => {
    if (socket.handshake.auth.token === config.token) return next();
    const refusal = new Error("auth_invalid");
    refusal.data = { code: "AUTH_INVALID" };
    next(refusal);
  });
}

io.on("connection", (socket) => {
  say({ connected: socket.conn.transport.name, recovered: socket.recovered });
  socket.conn.on("upgrade", (transport) => say({ upgraded: transport.name }));
  socket.on("disconnect", (reason) => say({ disconnected: reason }));
  socket.emit("hello", { transport: socket.conn.transport.name });
  socket.on("echo", (payload, answer) => answer(payload, "second"));
  socket.on("echo binary", (payload, answer) => answer({ bytes: Buffer.from(payload.text) }));
  socket.on("mute", () => {});
});

// The commands.
const commands = {
  emit: ({ args }) => io.emit(...args),
  count: ({ from, to, every }) => {
    let n = from;
    const timer = setInterval(() => {
      io.emit("n", n);
      if (++n >= to) clearInterval(timer);
    }, every);
  },
  binary: () => io.emit("binary", { a: Buffer.from([1, 2, 3]), b: [Buffer.from([255])] }),
  ask: () => io.timeout(2000).emit("asked", 1, (error, answers) => say({ answered: error ? String(error) : answers.length })),
  big: ({ bytes }) => io.emit("big", "x".repeat(bytes)),
  kick: () => io.disconnectSockets(false),
  cut: () => io.of("/").sockets.forEach((socket) => socket.conn.close()),
};
readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    commands[command.do](command);
  })
  .on("close", () => process.exit(0));

web.listen(config.port || 0, "127.0.0.1", () => say({ port: web.address().port }));
