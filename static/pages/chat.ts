/* chat.ts - the chat page: conversations of a client, shown */

import { type AtriumError, connect, type Message, type RoomInfo } from "atrium-client";
import { Lists, type PersonRow, type RoomRow } from "./chat/lists.js";
import { keepDirect, takeDirect } from "./chat/keep.js";
import { LogView } from "./chat/log.js";
import { Conversation, type Entry, typingLine } from "./chat/model.js";
import { Panels } from "./chat/panels.js";
import { Past } from "./chat/past.js";
import { Typing } from "./chat/typing.js";
import { byId, setText } from "./lib/dom.js";
import { Header } from "./lib/header.js";
import { keepIdentity, takeIdentity } from "./lib/identity.js";
import { askedRoom, keptNickname, roomNameProblem } from "./lib/names.js";
import { openYou } from "./lib/you.js";

const ROOMS = "atrium.chat.rooms";
/** The server tells which rooms come and go by itself, but not how many are in them. */
const LOOK_MS = 5000;
const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;

const composer = byId<HTMLFormElement>("composer");
const text = byId<HTMLTextAreaElement>("text");
const roomInput = byId<HTMLInputElement>("new-room-name");
const notice = byId("notice");

const nickname = keptNickname();
const asked = askedRoom();
const client = connect({
  ...(nickname ? { nickname } : {}),
  ...takeIdentity("chat"),
  rooms: firstRooms(),
});
const conversations = new Map<string, Conversation>();
const header = new Header(client, { person: ({ id, nickname: name }) => openPerson(id, name) });
const typing = new Typing((room) => room === active.name && showTyping());
const panels = new Panels();
const lists = new Lists(openRoom, openPerson);
const past = new Past((message) => entryOf(message, timeOf(message)), recalled);
const log = new LogView(
  ...([byId("scroller"), byId("log"), byId("jump"), byId("older")] as const),
  retry,
  () => past.older(active, client.rooms.get(active.name)),
);
let directory: RoomInfo[] = [];
let active = roomConversation(asked ?? firstRooms()[0] ?? "general");

/** The rooms of before a reload, with the one of the address first. */
function firstRooms(): string[] {
  const stored = (sessionStorage.getItem(ROOMS) ?? "").split("\n").filter(Boolean);
  const rooms = asked ? [asked, ...stored] : stored;
  return rooms.length ? [...new Set(rooms)] : ["general"];
}

function roomConversation(name: string): Conversation {
  return conversation("room", name, name);
}

function conversation(kind: Conversation["kind"], name: string, title: string): Conversation {
  const key = `${kind} ${name}`;
  const known = conversations.get(key) ?? new Conversation(kind, name, title);
  conversations.set(key, known);
  known.title = title;
  return known;
}

/* ---- what arrives -------------------------------------------------------------------- */

client.on("message", (message) => {
  const { type, room } = message;
  if (type === "message" && room) heard(roomConversation(room), message);
  else if (type === "system" && room) said(roomConversation(room), systemEntry(message));
  else if (type === "typing" && room && message.id !== client.id) {
    typing.heard(room, message.id ?? "", message.nickname ?? "");
  } else if (type === "joined" && room) {
    recall(roomConversation(room));
    showLists();
  } else if (type === "left" || type === "users_update") showLists();
});

client.on("reset", ({ name }) => roomConversation(name).outdate());

client.on("private", (message) => {
  heard(conversation("direct", message.id, message.nickname), message);
});

client.on("rooms", (rooms) => {
  directory = rooms;
  showLists();
});

client.on("welcome", () => {
  lookAround();
  showLists();
});

function lookAround(): void {
  client.listRooms().catch(() => {}); // the list comes with the event
}

setInterval(() => {
  if (document.visibilityState === "visible" && client.status.state === "open") lookAround();
}, LOOK_MS);

client.on("error", (error) => {
  if (error.code === "forbidden") refused();
  else tell(error.message);
});

client.on("status", ({ state, code }) => {
  if (state === "closed" && code === FORBIDDEN) refused();
  else if (state === "closed" && code === UNAUTHORIZED) {
    tell("Sign in to come in.");
    void openYou(client, "Sign in to come in.");
  }
});

/** A room, or what one wants to do there, is not for everyone. */
function refused(): void {
  tell(
    client.user
      ? "You may not do this here: the room is private, or only for reading."
      : "This is not open to strangers. Sign in if you may come in.",
  );
}

function heard(where: Conversation, message: Message): void {
  if (where.kind === "room") typing.stopped(where.name, message.id ?? "");
  said(where, entryOf(message, Date.now()));
}

function entryOf(message: Message, at: number): Entry {
  const { id = "", nickname: name = "", room = "", offset } = message;
  const content = message["content"];
  const place = offset ? `${client.rooms.get(room)?.epoch} ${offset}` : undefined;
  return {
    kind: "message",
    key: String(message["key"] ?? place ?? randomKey()),
    id,
    nickname: name,
    text: typeof content === "string" ? content : JSON.stringify(content ?? ""),
    at,
    own: id === client.id,
    state: "sent",
  };
}

/** When a message of before was said: by its sender's clock, where the sender says so. */
function timeOf({ at }: Message): number {
  return typeof at === "number" && at > 0 ? Math.min(at, Date.now()) : 0;
}

function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}

function recall(where: Conversation): void {
  if (where.kind === "room") past.recall(where, client.rooms.get(where.name));
}

function recalled(where: Conversation): void {
  if (where === active) showLog(true);
}

function systemEntry(message: Message): Entry {
  const base = { key: "", id: "", nickname: "", own: false, state: "sent" } as const;
  return { ...base, kind: "system", text: String(message["content"] ?? ""), at: Date.now() };
}

function said(where: Conversation, entry: Entry): void {
  if (!where.add(entry)) return;
  const seen = where === active && document.visibilityState === "visible";
  if (!seen && !entry.own && entry.kind === "message" && !where.unread++) where.fresh = entry;
  if (where === active) showLog();
  showLists();
}

/* ---- what is sent -------------------------------------------------------------------- */

function send(where: Conversation, content: string): void {
  const key = randomKey();
  const { id, nickname: name } = client;
  const at = Date.now();
  where.fresh = undefined;
  where.add({
    ...{ kind: "message", key, id, nickname: name, text: content, at, own: true },
    state: "waiting",
  });
  const body = { content, key, at };
  const sent =
    where.kind === "room"
      ? client.publish(where.name, "message", body)
      : client.private(where.name, body);
  sent.then(
    () => settled(where, key),
    (error: AtriumError) => settled(where, key, reasonOf(error)),
  );
  showLog();
}

function settled(where: Conversation, key: string, problem?: string): void {
  where.settle(key, problem);
  if (where === active) showLog();
}

function reasonOf({ code, message }: AtriumError): string {
  if (code === "no_such_target") return "they are not here any more.";
  if (code === "closed") return "there is no connection.";
  if (code === "queue_full") return "too much is waiting already.";
  return `${message || code}.`;
}

function retry({ key, text: content }: Entry): void {
  active.remove(key);
  send(active, content);
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = text.value.trim();
  if (!content) return;
  text.value = active.draft = "";
  typing.sent();
  fit();
  send(active, content);
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

text.addEventListener("input", () => {
  active.draft = text.value;
  fit();
  if (active.kind === "room" && text.value && typing.due()) {
    client.signal(active.name, "typing");
  }
});

/** The field grows with its text; style.css says how far. */
function fit(): void {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

/* ---- rooms, people, name -------------------------------------------------------------- */

function openRoom(name: string): void {
  client.join(name);
  open(roomConversation(name));
}

function openPerson(id: string, name: string): void {
  open(conversation("direct", id, name));
}

function open(where: Conversation): void {
  if (active !== where) active.fresh = undefined;
  active = where;
  where.unread = 0;
  text.value = where.draft;
  const url = new URL(location.href);
  if (where.kind === "room") url.searchParams.set("room", where.name);
  history.replaceState(null, "", url);
  notice.hidden = true;
  panels.close();
  recall(where);
  showLog();
  showLists();
  showTyping();
  fit();
  if (matchMedia("(hover: hover)").matches) text.focus();
}

byId("leave").addEventListener("click", () => {
  const { kind, name } = active;
  conversations.delete(`${kind} ${name}`);
  if (kind === "room") client.leave(name).catch(() => {}); // not in it either way
  const [next] = client.rooms.keys();
  open(roomConversation(next ?? "general"));
});

byId("new-room").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = roomInput.value.trim();
  const problem = roomNameProblem(name);
  setText(byId("new-room-problem"), problem ?? "");
  if (problem) return;
  roomInput.value = "";
  openRoom(name);
});

/* ---- showing -------------------------------------------------------------------------- */

function showLog(much = false): void {
  if (much) log.refill(active);
  else log.show(active);
  const empty = active.entries.every(({ kind }) => kind === "system");
  const nobody =
    active.kind === "room" ? "Nothing was said here yet." : "Only the two of you read this.";
  setText(byId("empty"), empty ? nobody : "");
}

function showLists(): void {
  const users = new Map(directory.map((room) => [room.name, room.users]));
  for (const room of client.rooms.values()) users.set(room.name, room.count);
  const rows: RoomRow[] = [...users].map(([name, count]) => ({
    name,
    users: count,
    conversation: client.rooms.has(name) ? roomConversation(name) : undefined,
  }));
  rows.sort((a, b) => a.name.localeCompare(b.name));
  const direct = [...conversations.values()].filter(({ kind }) => kind === "direct");
  lists.showRooms(rows, direct, active);
  sessionStorage.setItem(ROOMS, [...client.rooms.keys()].join("\n"));
  showHeading();
}

function showHeading(): void {
  const room = active.kind === "room" ? client.rooms.get(active.name) : undefined;
  const count = room?.count ?? 0;
  const people = count === 1 ? "You are the only one here" : `${count} people here`;
  const members: PersonRow[] = room
    ? room.members.map((member) => ({ ...member, me: member.id === client.id }))
    : [
        { id: active.name, nickname: active.title, me: false },
        { ...ourselves(), me: true },
      ];
  header.showRoom(room);
  lists.showPeople(members, Math.max(count, members.length));
  setText(byId("title"), active.kind === "room" ? `# ${active.title}` : active.title);
  setText(byId("subtitle"), active.kind === "direct" ? "Private" : count ? people : "");
  text.placeholder = `Write to ${active.title}`;
  byId("leave").hidden = active.kind === "room" && client.rooms.size < 2;
  setText(byId("leave"), active.kind === "room" ? "Leave" : "Close");
  const unread = [...conversations.values()].reduce((sum, { unread: n }) => sum + n, 0);
  byId("elsewhere").hidden = unread === 0;
  document.title = `${unread ? `(${unread}) ` : ""}${active.title} · Atrium`;
}

function ourselves(): { id: string; nickname: string; user?: string } {
  const { id, nickname: name, user } = client;
  return { id, nickname: name, ...(user ? { user } : {}) };
}

function showTyping(): void {
  const names = active.kind === "room" ? typing.names(active.name) : [];
  setText(byId("typing"), typingLine(names));
}

function tell(problem: string): void {
  setText(notice, problem);
  notice.hidden = false;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  active.unread = 0;
  showLists();
});

keepIdentity("chat", client);
keepDirect(() => conversations.values());
for (const kept of takeDirect()) conversations.set(`direct ${kept.name}`, kept);
open(active);
