// The official Socket.IO client as the yardstick of the benchmarks of
// api/realtime: reads argv[3] events from the server at argv[2] and writes
// each as one line of JSON to stdout. It says {"events", "ms"} on stderr.
"use strict";
const { io } = require("socket.io-client");

const [, , url, count] = process.argv;
const socket = io(url, { transports: ["websocket"], auth: { token: "jwt" } });
let seq = 0;
let start;
socket.on("device:status", (data) => {
  if (seq === 0) start = process.hrtime.bigint();
  const line = JSON.stringify({ seq: ++seq, time: data.timestamp, event: "device:status-update", source: "push", name: "device:status", data });
  process.stdout.write(line + "\n");
  if (seq >= Number(count)) {
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    process.stderr.write(JSON.stringify({ events: seq, ms }) + "\n");
    process.exit(0);
  }
});
