/* page.ts - opens a page in one call: its room, its client, its header, what goes wrong */

import { Client } from "atrium-client";
import type { Member, Messages, Options, Room, RoomOptions } from "atrium-client";
import { Header, type HeaderOptions } from "./header.js";
import { keepIdentity, takeIdentity } from "./identity.js";
import { askedRoom, keptNickname } from "./names.js";
import { toast } from "./toast.js";
import { openYou } from "./you.js";

const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;

export interface PageOptions extends Omit<HeaderOptions, "fixed"> {
  /** The page's name: what is kept for it in the browser is kept under this. */
  name: string;
  /** The room, where the address names none with `?room=`. */
  room: string;
  /** There is no other room for this page. */
  fixed?: boolean;
  /** As in `client.join(room, …)`. */
  join?: RoomOptions;
  /** More for the client. */
  client?: Partial<Options>;
}

export interface Page<M extends object, V> {
  client: Client;
  room: Room<M, V>;
  header: Header;
  /** Oneself, as others see one; empty names before the first welcome. */
  readonly me: Member;
}

/**
 * A page's beginning. The room is `?room=` or the page's own, the nickname the one that was taken
 * on any page, and over a reload the server holds our place. `M` names the room's messages, `V` is
 * what its state keeps: see `Room`.
 */
export function openPage<M extends object = Messages, V = unknown>(
  options: PageOptions,
): Page<M, V> {
  const { name, room: usual, fixed = false, join, client: more, person } = options;
  const nickname = keptNickname();
  const client = new Client({
    ...(nickname ? { nickname } : {}),
    ...takeIdentity(name),
    ...more,
    rooms: [],
  });
  const room = client.join<M, V>((!fixed && askedRoom()) || usual, join);
  const header = new Header(client, { fixed, ...(person ? { person } : {}) });
  header.showRoom(room);
  tellProblems(client);
  keepIdentity(name, client);
  client.connect();
  return {
    ...{ client, room, header },
    get me(): Member {
      return { id: client.id, nickname: client.nickname, user: client.user };
    },
  };
}

/** What no promise stands for is said at the foot of the page; who is a stranger may sign in. */
export function tellProblems(client: Client): void {
  client.on("error", ({ code, message }) => {
    if (code === "forbidden") refused(client);
    else toast(message, { wrong: true });
  });
  const full = "Too much is waiting for the connection already.";
  client.on("drop", () => toast(full, { wrong: true }));
  client.on("status", ({ state, code }) => {
    if (state !== "closed") return;
    if (code === FORBIDDEN) refused(client);
    if (code === UNAUTHORIZED) void openYou(client, "Sign in to come in.");
  });
}

/** A room, or what one wants to do there, is not for everyone. */
function refused(client: Client): void {
  if (client.user) {
    toast("You may not do this here: the room is private, or only for reading.", { wrong: true });
  } else {
    const words = "This is not open to strangers. Sign in if you may come in.";
    const action = { label: "Sign in", run: () => void openYou(client, words) };
    toast(words, { wrong: true, action });
  }
}
