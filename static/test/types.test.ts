/* types.test.ts - what the compiler lets an application say: checked by `npm run check` */

import test from "node:test";
import { connect } from "../client/index.js";
import { Client } from "../client/client.js";
import type { AtriumError } from "../client/error.js";
import type { Room } from "../client/room.js";
import type { Message, Options } from "../client/types.js";

interface Drawing {
  stroke: { x: number; y: number; colour?: string };
  clear: {};
}

interface Card {
  title: string;
}

const never = (): never => {
  throw new Error("there is no socket here");
};
const offline = (): Client<Drawing> => new Client<Drawing>({ rooms: [] });

test("declared messages have their members, others are mistakes", () => {
  const room = offline().join("drawing");
  room.on("stroke", ({ x, colour, nickname }) => {
    const sum: number = x;
    const name: string | undefined = colour ?? nickname;
    // @ts-expect-error a number is no text
    const wrong: string = x;
    return [sum, name, wrong];
  });
  room.on("users_update", ({ count }) => count.toFixed());
  room.on("*", ({ type }) => type.length);
  // @ts-expect-error not declared
  room.on("strok", () => {});
  const said = [
    room.publish("stroke", { x: 1, y: 2 }),
    room.publish("clear"),
    // @ts-expect-error y is missing
    room.publish("stroke", { x: 1 }),
    // @ts-expect-error all of it is missing
    room.publish("stroke"),
    // @ts-expect-error not declared
    room.publish("erase"),
  ];
  room.signal("clear");
  // @ts-expect-error not declared
  room.signal("erase");
  for (const promise of said) promise.catch(() => {});
});

test("connect takes the declaration too", () => {
  const typed: (options: Options) => Client<Drawing> = connect<Drawing>;
  typed({ rooms: [], url: "ws://127.0.0.1:1", socket: never }).close();
});

test("without a declaration all names may be said and heard", () => {
  const room: Room = new Client({ rooms: [] }).join("any");
  room.on<{ text: string }>("chat", ({ text, id }) => [text.length, id]);
  room.on("chat", (message: Message) => message["text"]);
  room.publish("chat", { text: "hello" }).catch(() => {});
  room.publish("chat").catch(() => {});
});

test("the values of a state have a type", () => {
  const room = offline().join<Drawing, Card>("board", { state: true });
  const { state } = room;
  ((_title: string | undefined) => {})(state.get("a")?.title);
  ((_cards: [string, Card][]) => {})(state.entries("card/"));
  state.on("change", ({ value, previous, by }) => [value?.title, previous?.title, by?.nickname]);
  state.on("conflict", (error: AtriumError) => error.current.map(({ rev }) => rev));
  // @ts-expect-error no such event
  state.on("changed", () => {});
  const made = [
    state.set("a", { title: "one" }, { if: true }),
    state.apply([{ key: "a", delete: true }, { key: "b", value: { title: "two" } }], {
      if: { a: 3, b: true },
    }),
    // @ts-expect-error not a card
    state.set("a", "one"),
  ];
  for (const promise of made) promise.catch(() => {});
});

test("sockets of a browser and of others are taken", () => {
  class Other {
    bufferedAmount = 0;
    onmessage: ((event: { data: string | Uint8Array; type: string }) => void) | null = null;
    onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
    send(_data: string | Uint8Array): void {}
    close(_code?: number, _reason?: string | Uint8Array): void {}
  }
  const takes = (..._options: Options[]): void => {};
  takes(
    { socket: () => new Other() },
    { socket: (url) => new WebSocket(url) },
    // @ts-expect-error not a socket
    { socket: () => ({}) },
  );
});
