// The official client as a dashboard of the sandbox's platform. Usage: node
// platform.mjs URL. A line "do WORD" asks the test to do something; every other
// line is a check. Ends with status 1 if one fails.

import { io } from "socket.io-client";

const url = process.argv[2];
let failed = 0;

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout: ${what}`)), 8000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
const next = (emitter, event) => within(new Promise((resolve) => emitter.once(event, resolve)), event);
const same = (got, want, what) => {
  const [a, b] = [got, want].map((v) => JSON.stringify(v));
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
};

const modes = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};

for (const [mode, options] of Object.entries(modes)) {
  const open = (token) => io(url, { ...options, auth: { token }, reconnection: false, forceNew: true });
  const check = async (name, f) => {
    try {
      await f();
      console.log(`ok ${mode}: ${name}`);
    } catch (err) {
      failed++;
      console.log(`FAIL ${mode}: ${name}: ${err.message}`);
    }
  };

  const socket = open("ann");
  await check("snapshot", async () => {
    const rows = await next(socket, "device:status:batch");
    same(rows.map((r) => [r.deviceId, r.status]), [["d2", "pairing"], ["d1", "offline"]], "rows");
  });
  await check("join is acknowledged", async () => {
    const ack = await socket.timeout(8000).emitWithAck("join:organization", { organizationId: "o1" });
    same([ack.success, ack.data], [true, { joined: true, organizationId: "o1" }], "ack");
  });
  await check("a foreign organization is refused", async () => {
    const error = next(socket, "error");
    const ack = await socket.timeout(8000).emitWithAck("join:organization", { organizationId: "o2" });
    same([ack.success, ack.error], [false, "Unauthorized: organization mismatch"], "ack");
    await error;
  });
  await check("an unknown event is ignored", async () => {
    const ack = await socket.timeout(200).emitWithAck("device:update", {}).catch((err) => err.message);
    same(ack, "operation has timed out", "ack");
  });
  await check("a revoked session", async () => {
    const expired = next(socket, "session:expired");
    const gone = next(socket, "disconnect");
    console.log("do revoke");
    same(await expired, { reason: "revoked" }, "payload");
    same(await gone, "io server disconnect", "reason");
  });
  socket.close();

  const bad = open("nonsense");
  await check("a bad token", async () => {
    const err = await next(bad, "connect_error");
    same([err.message, err.data], ["auth_invalid", { code: "AUTH_INVALID" }], "refusal");
  });
  bad.close();

  const late = open("logged-out");
  await check("a token that is logged out", async () => same(await next(late, "disconnect"), "io server disconnect", "reason"));
  late.close();

  const last = open("ann");
  await check("a restart", async () => {
    await next(last, "device:status:batch");
    const notice = next(last, "server:shutdown");
    const gone = next(last, "disconnect");
    console.log("do restart");
    same(await notice, { reconnect: true }, "payload");
    same(await gone, "io server disconnect", "reason");
  });
  last.close();

  await check("the service is back", async () => {
    for (let i = 0; ; i++) {
      const again = open("ann");
      const ok = await Promise.race([
        new Promise((resolve) => again.once("device:status:batch", () => resolve(true))),
        new Promise((resolve) => again.once("connect_error", () => resolve(false))),
      ]);
      again.close();
      if (ok) return;
      if (i > 80) throw new Error("still away");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}

process.exit(failed ? 1 : 0);
