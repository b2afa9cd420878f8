/* chaos.test.ts - clients on connections that break at any moment, by chance and repeatably */

import assert from "node:assert/strict";
import test from "node:test";
import type { Room } from "../client/room.js";
import { chances } from "./chances.js";
import { type FakeSocket, type Rig, rig, settle } from "./fakes.js";
import { FakeServer } from "./server.js";

/** A client that does as the documentation says, and what it holds for the room's log. */
class Reader {
  readonly log: { offset: number; text: string }[] = [];
  resets = 0;
  readonly acks: Promise<number | undefined>[] = [];
  readonly #rig: Rig;
  readonly #room: Room;
  #said = 0;

  constructor(
    readonly name: string,
    private readonly server: FakeServer,
  ) {
    this.#rig = rig({ rooms: [server.room], nickname: name });
    this.#room = this.#rig.client.join(server.room);
    this.#room.on("say", ({ offset, text }) => {
      this.log.push({ offset: offset ?? 0, text: String(text) });
    });
    this.#room.on("reset", () => {
      this.resets++;
      this.log.length = 0;
    });
  }

  get socket(): FakeSocket {
    return this.#rig.env.socket;
  }

  get place(): number {
    return this.#room.offset;
  }

  say(): void {
    const text = `${this.name} ${++this.#said}`;
    this.acks.push(this.#room.publish("say", { text }).then(({ offset }) => offset));
  }

  /** Connects if it is time; the server takes it in. */
  turn(): void {
    const { env, client } = this.#rig;
    if (client.status.state === "waiting") env.pass(client.status.delay);
    const asking = client.status.state === "connecting" && !this.server.has(env.socket);
    if (asking) this.server.accept(env.socket, this.name);
  }

  /** The texts that it has, after `log` was checked to have no gap and no double. */
  texts(): string[] {
    this.log.forEach(({ offset }, at) => assert.equal(offset, (this.log[0]?.offset ?? 0) + at));
    return this.log.map(({ text }) => text);
  }
}

async function run(seed: number, kept: number, forgets: boolean): Promise<number> {
  const chance = chances(seed);
  const server = new FakeServer("r", { kept });
  const readers = ["Ann", "Bob", "Eve"].map((name) => new Reader(name, server));
  await settle();
  const step = (reader: Reader, what: number): void => {
    reader.turn();
    if (what < 5) reader.say();
    else if (what < 11) server.read(reader.socket, 1 + chance(4));
    else if (what < 18) server.write(reader.socket, 1 + chance(6));
    else if (what < 19) server.cut(reader.socket);
    else if (forgets && chance(60) === 0) server.forget();
  };
  for (let n = 0; n < 600; n++) {
    step(readers[chance(3)] as Reader, chance(20));
    if (n % 7 === 0) await settle();
  }
  for (let n = 0; n < 3; n++) {
    for (const reader of readers) reader.turn();
    for (const { socket } of readers) server.read(socket, Infinity);
    for (const { socket } of readers) server.write(socket, Infinity);
    await settle();
  }
  const log = server.log.map((message) => String(message["text"]));
  for (const reader of readers) {
    const texts = reader.texts();
    assert.deepEqual(texts, log.slice(log.length - texts.length), `${reader.name}, seed ${seed}`);
    assert.equal(reader.place, log.length);
    if (!forgets) assert.deepEqual(placesOf(log, reader.name), await Promise.all(reader.acks));
  }
  return readers.reduce((sum, { resets }) => sum + resets, 0);
}

/** Where in the log a sender's messages are: each once, in the order of saying. */
function placesOf(log: string[], name: string): number[] {
  const mine = log.filter((text) => text.startsWith(name));
  assert.deepEqual(
    mine,
    mine.map((_, at) => `${name} ${at + 1}`),
  );
  return mine.map((text) => log.indexOf(text) + 1);
}

test("connections that break lose nothing, double nothing and keep the order", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    assert.equal(await run(seed, Infinity, false), 0);
  }
});

test("with a short history there are resets, and no gap without one", async () => {
  let resets = 0;
  for (let seed = 1; seed <= 60; seed++) resets += await run(seed, 5, false);
  assert.ok(resets > 100, String(resets));
});

test("a server that forgets everything is followed into its new history", async () => {
  let resets = 0;
  for (let seed = 1; seed <= 60; seed++) resets += await run(seed, 20, true);
  assert.ok(resets > 50, String(resets));
});
