// The official client against the sandbox server. Usage: node peer.mjs URL.
// Prints one line for each check and ends with status 1 if one fails.

import { io } from "socket.io-client";

const url = process.argv[2];
let failed = 0;

const modes = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};

function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const once = (emitter, event) =>
  within(8000, new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), event);

function same(got, want, what) {
  const [a, b] = [got, want].map((v) => JSON.stringify(v));
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

const bytes = (b) => [...new Uint8Array(b.buffer ?? b, b.byteOffset ?? 0, b.byteLength)];

const checks = {
  async connects(socket, mode) {
    await once(socket, "connect");
    const { engine } = socket.io; // may have been upgraded before the namespace was entered
    if (mode === "upgrade" && engine.transport.name === "polling") await once(engine, "upgrade");
    const transport = mode === "polling" ? "polling" : "websocket";
    same(socket.io.engine.transport.name, transport, "transport");
  },
  async events(socket) {
    socket.emit("message", 1, "zwei €", { three: [true, null] });
    same(await once(socket, "message-back"), [1, "zwei €", { three: [true, null] }], "echo");
  },
  async clientAck(socket) {
    same(await socket.timeout(8000).emitWithAck("message-with-ack", { a: 1 }), { a: 1 }, "ack");
  },
  async serverAck(socket) {
    socket.once("question", (n, answer) => answer(n + 1));
    socket.emit("ask-me", 41);
    same(await once(socket, "answered"), [42], "the server's ack");
  },
  async binary(socket) {
    socket.emit("message", Buffer.from([1, 2, 3]), { deep: Buffer.from([4]) });
    const [first, second] = await once(socket, "message-back");
    same([bytes(first), bytes(second.deep)], [[1, 2, 3], [4]], "binary echo");
    const ack = await socket.timeout(8000).emitWithAck("message-with-ack", Buffer.from([9, 0]));
    same(bytes(ack), [9, 0], "binary ack");
  },
  async binaryServerAck(socket) {
    socket.once("question", (_, answer) => answer(Buffer.from([7])));
    socket.emit("ask-me", 1);
    const [got] = await once(socket, "answered");
    same(bytes(got), [7], "the server's binary ack");
  },
  async large(socket) {
    const text = "x".repeat(900000);
    socket.emit("message", text);
    const [got] = await once(socket, "message-back");
    same(got.length, text.length, "length");
  },
  async order(socket) {
    const got = [];
    const all = new Promise((resolve) => {
      socket.on("message-back", (n) => got.push(n) === 300 && resolve());
    });
    for (let i = 0; i < 300; i++) socket.emit("message", i);
    await within(8000, all, "300 events");
    socket.off("message-back");
    same(got, [...Array(300).keys()], "order");
  },
  async serverDisconnect(socket) {
    socket.emit("leave-me");
    const [reason] = await once(socket, "disconnect");
    same(reason, "io server disconnect", "reason");
  },
};

async function run(name, check) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (err) {
    failed++;
    console.log(`FAIL ${name}: ${err.message}`);
  }
}

for (const [mode, options] of Object.entries(modes)) {
  const common = { ...options, path: "/socket.io/", reconnection: false, forceNew: true };
  const socket = io(url, { ...common, auth: { token: "good" } });
  for (const [name, check] of Object.entries(checks)) {
    await run(`${mode}: ${name}`, () => check(socket, mode));
  }
  socket.close();

  const eager = io(url, { ...common, auth: { token: "good" } });
  await run(`${mode}: order while upgrading`, async () => {
    const got = [];
    const all = new Promise((resolve) => {
      eager.on("message-back", (n) => got.push(n) === 300 && resolve());
    });
    await once(eager, "connect");
    for (let i = 0; i < 300; i++) {
      eager.emit("message", i);
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await within(8000, all, "300 events");
    same(got, [...Array(300).keys()], "order");
  });
  eager.close();

  const custom = io(`${url}/custom`, { ...common, auth: { token: "good" } });
  await run(`${mode}: namespace`, async () => same(await once(custom, "auth"), [{ token: "good" }], "auth"));
  custom.close();

  const refused = io(url, { ...common, auth: { token: "bad" } });
  await run(`${mode}: refused`, async () => {
    const [err] = await once(refused, "connect_error");
    same([err.message, err.data], ["auth_invalid", { code: "AUTH_INVALID" }], "refusal");
  });
  refused.close();
}

process.exit(failed ? 1 : 0);
