/* refresh.test.ts - a new token before the old one runs out */

import assert from "node:assert/strict";
import test from "node:test";
import { rig, settle } from "./fakes.js";

interface Signed {
  calls: number;
  fail: boolean;
}

/** An open client whose tokens are numbered. */
async function signed(): Promise<ReturnType<typeof rig> & { got: Signed }> {
  const got: Signed = { calls: 0, fail: false };
  const getToken = async (): Promise<string> => {
    got.calls++;
    if (got.fail) throw new Error("no network");
    return `token-${got.calls}`;
  };
  const made = rig({ getToken });
  await settle();
  made.welcome();
  return { ...made, got };
}

async function pass(made: ReturnType<typeof rig>, ms: number): Promise<void> {
  made.env.pass(ms);
  await settle();
}

const expiring = { type: "expiring", expires: 1700000000 };

test("the token that is about to run out is followed by one new one", async () => {
  const made = await signed();
  const { env, client, got } = made;
  assert.equal(env.socket.url.searchParams.get("token"), "token-1");
  env.socket.says(expiring);
  env.socket.says(expiring);
  await pass(made, 0);
  assert.deepEqual(
    env.socket.of("auth").map((m) => m["token"]),
    ["token-2"],
  );
  const [{ ref }] = env.socket.of("auth") as [{ ref: unknown }];
  env.socket.says({ type: "authorized", user: "ann", expires: 1700003600, ref });
  await settle();
  assert.equal(client.user, "ann");
  assert.equal(client.status.state, "open");
  await pass(made, 9000);
  assert.equal(got.calls, 2);
  assert.equal(env.sockets.length, 1);
});

test("a new token that runs out at once is not followed by others without end", async () => {
  const made = await signed();
  const { env, got } = made;
  for (let i = 0; i < 20; i++) {
    env.socket.says(expiring);
    await pass(made, 100);
    for (const { ref } of env.socket.of("auth").splice(-1)) {
      env.socket.says({ type: "authorized", user: "ann", expires: 1, ref });
    }
    await settle();
  }
  assert.equal(got.calls, 2, "within two seconds");
});

test("a token that cannot be got is asked for again, later and later", async () => {
  const made = await signed();
  const { env, got } = made;
  got.fail = true;
  env.socket.says(expiring);
  await pass(made, 0);
  assert.equal(got.calls, 2);
  await pass(made, 249);
  assert.equal(got.calls, 2);
  await pass(made, 1);
  assert.equal(got.calls, 3);
  await pass(made, 499);
  assert.equal(got.calls, 3);
  got.fail = false;
  await pass(made, 1);
  assert.equal(got.calls, 4);
  assert.equal(env.socket.of("auth").length, 1);
});

test("three new tokens that are refused close the client", async () => {
  const made = await signed();
  const { env, client, got } = made;
  env.socket.says(expiring);
  for (let i = 0; i < 3; i++) {
    assert.equal(client.status.state, "open");
    await pass(made, 5000);
    const { ref } = env.socket.of("auth").at(-1) as { ref: unknown };
    env.socket.says({ type: "error", code: "unauthorized", content: "no", ref });
    await settle();
  }
  assert.equal(client.status.state, "closed");
  assert.equal(client.status.code, 4401);
  assert.equal(client.status.reason, "unauthorized");
  await pass(made, 60_000);
  assert.equal(got.calls, 4);
  assert.equal(env.sockets.length, 1);
});

test("who is closed for it comes back with a new token", async () => {
  const made = await signed();
  const { env, client, got } = made;
  got.fail = true;
  env.socket.says(expiring);
  await pass(made, 0);
  env.socket.ends(4501, '{"retry_ms":100}');
  got.fail = false;
  await pass(made, 100);
  assert.equal(env.sockets.length, 2);
  assert.equal(env.socket.url.searchParams.get("token"), "token-3");
  made.welcome();
  await pass(made, 20_000);
  assert.equal(got.calls, 3, "what waited for the old connection is not done any more");
  assert.equal(client.status.state, "open");
});

test("a token that comes after the connection is not sent on the next one", async () => {
  let give: (token: string) => void = () => {};
  let calls = 0;
  const made = rig({
    getToken: () => (++calls === 2 ? new Promise<string>((done) => (give = done)) : `t${calls}`),
  });
  const { env } = made;
  await settle();
  made.welcome();
  env.socket.says(expiring);
  await pass(made, 0);
  assert.equal(calls, 2);
  env.socket.ends();
  await pass(made, 20_000);
  made.welcome();
  give("late");
  await settle();
  assert.deepEqual(env.socket.of("auth"), []);
  assert.equal(env.socket.url.searchParams.get("token"), "t3");
});

test("without getToken there is nothing to do", async () => {
  const { env, welcome } = rig();
  await settle();
  welcome();
  env.socket.says(expiring);
  env.pass(0);
  await settle();
  assert.deepEqual(env.socket.of("auth"), []);
});
