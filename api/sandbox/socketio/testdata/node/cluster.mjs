// The official server as another node of a cluster, and official clients. Usage:
// node cluster.mjs REDIS-URL PREFIX. Prints {"port"} when it is ready; then takes
// lines {"id","js"} and prints {"id","value"} or {"id","error"}. The code has io,
// pub (the Redis client), connect, got, clients and until.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { io as connectTo } from "socket.io-client";

const [url, key] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const pub = createClient({ url });
const sub = pub.duplicate();
for (const client of [pub, sub]) client.on("error", () => {});
await Promise.all([pub.connect(), sub.connect()]);

const web = createServer();
const io = new Server(web, { adapter: createAdapter(pub, sub, { key, requestsTimeout: 30000 }) });
io.on("connection", (socket) => {
  socket.join(socket.handshake.auth.rooms);
  socket.data = { of: "node" };
});

const clients = {}; // by name
const got = {}; // what each of them was sent: [event, ...arguments], an acknowledgement left out

// connect makes a client that is in rooms and acknowledges everything with its name.
async function connect(name, to, rooms, transports = ["websocket"]) {
  const socket = connectTo(to, { auth: { rooms }, transports, forceNew: true, reconnection: false });
  clients[name] = socket;
  got[name] = [];
  socket.onAny((...args) => {
    const answer = typeof args.at(-1) === "function" && args.pop();
    got[name].push(args);
    if (answer) answer(args[0] === "binary please" ? Buffer.from(name) : name);
  });
  socket.on("disconnect", (reason) => got[name].push(["disconnected", reason]));
  await new Promise((resolve, reject) => socket.on("ready", resolve).on("connect_error", reject));
  got[name] = [];
}

async function until(condition) {
  for (const deadline = Date.now() + 30000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error(`never: ${condition}; got ${JSON.stringify(got)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

io.on("connection", (socket) => socket.emit("ready"));
const Code = Object.getPrototypeOf(until).constructor;
createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { id, js } = JSON.parse(line);
    try {
      say({ id, value: await new Code("io", "pub", "connect", "got", "clients", "until", js)(io, pub, connect, got, clients, until) });
    } catch (err) {
      say({ id, error: String(err?.stack ?? err) });
    }
  })
  .on("close", () => process.exit(0));

await new Promise((resolve) => web.listen(0, "127.0.0.1", resolve));
await until(async () => (await io.of("/").adapter.serverCount()) > 0);
say({ port: web.address().port });
