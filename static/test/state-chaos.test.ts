/* state-chaos.test.ts - clients change one state on connections that break: all equal at the end */

import assert from "node:assert/strict";
import test from "node:test";
import type { AtriumError } from "../client/error.js";
import type { RoomState } from "../client/state.js";
import type { StateOp } from "../client/types.js";
import { chances } from "./chances.js";
import { type FakeSocket, type Rig, rig, settle } from "./fakes.js";
import { FakeServer } from "./server.js";

const KEYS = ["a", "b", "c", "d", "e", "f", "g", "h"];

class Writer {
  readonly state: RoomState;
  /** What a page would show that only ever listens. */
  readonly shown = new Map<string, unknown>();
  readonly results: Promise<string>[] = [];
  readonly #rig: Rig;
  #made = 0;

  constructor(
    readonly name: string,
    private readonly server: FakeServer,
    private readonly chance: (below: number) => number,
  ) {
    this.#rig = rig({ rooms: [{ name: server.room, state: true }], nickname: name });
    this.state = this.#rig.client.join(server.room).state;
    this.state.on("change", ({ key, value, deleted }) => {
      if (deleted) this.shown.delete(key);
      else this.shown.set(key, value);
    });
  }

  get socket(): FakeSocket {
    return this.#rig.env.socket;
  }

  /** Connects if it is time; the server takes it in. */
  turn(): void {
    const { env, client } = this.#rig;
    if (client.status.state === "waiting") env.pass(client.status.delay);
    const asking = client.status.state === "connecting" && !this.server.has(env.socket);
    if (asking) this.server.accept(env.socket, this.name);
  }

  change(): void {
    const ops = new Map<string, StateOp>();
    for (let n = 1 + this.chance(3); n--; ) {
      const key = KEYS[this.chance(KEYS.length)]!;
      const gone = this.chance(4) === 0;
      ops.set(key, gone ? { key, delete: true } : { key, value: `${this.name} ${++this.#made}` });
    }
    const when = [...ops.keys()].filter(() => this.chance(3) === 0);
    const change = this.state.apply([...ops.values()], {
      if: Object.fromEntries(when.map((key) => [key, true as const])),
    });
    this.results.push(change.then(() => "done", (error: AtriumError) => error.code));
  }
}

interface Outcome {
  done: number;
  conflict: number;
  state_full: number;
  [code: string]: number;
}

async function run(seed: number, forgets: boolean): Promise<[Outcome, FakeServer]> {
  const chance = chances(seed);
  const server = new FakeServer("r", { keys: 6 });
  const writers = ["Ann", "Bob", "Eve"].map((name) => new Writer(name, server, chance));
  const step = (writer: Writer, what: number): void => {
    writer.turn();
    if (what < 5) writer.change();
    else if (what < 11) server.read(writer.socket, 1 + chance(4));
    else if (what < 18) server.write(writer.socket, 1 + chance(6));
    else if (what < 19) server.cut(writer.socket);
    else if (chance(10) === 0) server.state.bury();
    else if (forgets && chance(20) === 0) server.forget();
  };
  for (let n = 0; n < 500; n++) {
    step(writers[chance(3)]!, chance(20));
    if (n % 7 === 0) await settle();
    for (const { state, shown, name } of writers) {
      const seen = [...shown].sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual(seen, state.entries(), `what ${name} was told, seed ${seed}`);
    }
  }
  for (let quiet = 0, before = ""; quiet < 3; ) {
    for (const writer of writers) writer.turn();
    for (const { socket } of writers) server.read(socket, Infinity);
    for (const { socket } of writers) server.write(socket, Infinity);
    await settle();
    const now = [server.state.rev, ...writers.map(({ socket }) => socket.sent.length)].join();
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
  const outcome: Outcome = { done: 0, conflict: 0, state_full: 0 };
  for (const { state, results, name } of writers) {
    assert.deepEqual(state.entries(), server.state.contents, `${name}, seed ${seed}`);
    for (const [key, { rev }] of server.state.values) assert.equal(state.rev(key), rev, key);
    for (const code of await Promise.all(results)) outcome[code] = (outcome[code] ?? 0) + 1;
  }
  assert.deepEqual(Object.keys(outcome), ["done", "conflict", "state_full"]);
  if (!forgets) assert.equal(outcome.done, server.state.rev, `each change once, seed ${seed}`);
  return [outcome, server];
}

test("whatever breaks, all have the server's state at the end, each change once", async () => {
  const sum = { conflict: 0, state_full: 0, deltas: 0, fulls: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    const [outcome, server] = await run(seed, false);
    sum.conflict += outcome.conflict;
    sum.state_full += outcome.state_full;
    sum.deltas += server.state.deltas;
    sum.fulls += server.state.fulls;
  }
  for (const [what, count] of Object.entries(sum)) assert.ok(count > 300, `${what} ${count}`);
});

test("a server that forgets everything is followed into its new state", async () => {
  let conflicts = 0;
  for (let seed = 1; seed <= 60; seed++) conflicts += (await run(seed, true))[0].conflict;
  assert.ok(conflicts > 300, String(conflicts));
});
