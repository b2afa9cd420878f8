/* lists.ts - the tables of connections, of rooms, and of connections that ended */

import { byId, el } from "../lib/dom.js";
import { bytes, duration, number } from "../lib/format.js";
import { setText } from "../lib/dom.js";
import type { Api } from "./api.js";
import { PagedTable, pressable } from "./table.js";

export interface Connection {
  id: string;
  nickname: string;
  user: string | null;
  address: string | null;
  dialect: string;
  rooms: string[];
  since: number;
  here: boolean;
  sent?: number;
  sent_bytes?: number;
  received?: number;
  received_bytes?: number;
  queued?: number;
}

export interface RoomRow {
  name: string;
  connections: number;
  users: number;
  offset: number;
  kept: number;
  rate: number;
}

interface Ended {
  id: string | null;
  nickname: string | null;
  user: string | null;
  address: string | null;
  dialect: string;
  gateway: string;
  at: number;
  lived: number;
  by: string;
  code: number;
  reason: string | null;
  queued: number;
}

interface Listed {
  total: number;
  next: string | null;
}

export interface Openers {
  connection(id: string): void;
  room(name: string): void;
}

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "short", timeStyle: "medium" });

export function when(ms: number): string {
  return moment.format(ms);
}

function ago(ms: number): string {
  return duration(Math.max(0, Date.now() - ms) / 1000);
}

function roomsOf(rooms: string[]): string {
  const more = rooms.length > 2 ? ` +${rooms.length - 2}` : "";
  return rooms.slice(0, 2).join(", ") + more;
}

/** The connections of one room, or all. */
export class ConnectionTable {
  readonly table: PagedTable<Connection>;
  #room = "";
  readonly #only = el("p", { class: "only", hidden: "" });

  constructor(api: Api, open: Openers) {
    const parent = byId("view-connections");
    parent.append(this.#only);
    this.table = new PagedTable<Connection>(parent, {
      name: "Connections",
      hint: "Search id, name, user, address",
      order: "-since",
      keyOf: ({ id }) => id,
      empty: "No connection.",
      columns: [
        {
          ...{ label: "Connection", order: "id" },
          fill: (cell, { id }) => pressable(cell, id, `All of connection ${id}`, () => open.connection(id)),
        },
        { label: "User", order: "user", text: ({ user }) => user ?? "–" },
        { label: "Nickname", order: "nickname", text: ({ nickname }) => nickname },
        { label: "Address", order: "address", minor: true, text: ({ address }) => address ?? "–" },
        { label: "Dialect", minor: true, text: ({ dialect }) => dialect },
        { label: "Rooms", order: "rooms", descending: true, text: ({ rooms }) => roomsOf(rooms) },
        { label: "Sent to it", order: "sent", descending: true, figure: true, text: ({ sent }) => figure(sent) },
        { label: "Received", order: "received", descending: true, figure: true, text: ({ received }) => figure(received) },
        {
          ...{ label: "Queue", order: "queued", descending: true, figure: true },
          text: ({ queued }) => (queued === undefined ? "–" : bytes(queued)),
        },
        {
          ...{ label: "Since", order: "since", descending: true, figure: true },
          text: ({ since, here }) => (here ? ago(since) : "gone"),
        },
      ],
      fetch: async ({ search, order, after, limit }) => {
        const body = {
          ...{ order, limit, figures: true },
          ...(search && { search }),
          ...(after !== undefined && { after }),
          ...(this.#room && { room: this.#room }),
        };
        const page = await api.call<Listed & { connections: Connection[] }>("connections", body);
        return { rows: page.connections, total: page.total, next: page.next };
      },
    });
    this.#only.append("");
  }

  /** Only those in this room; empty: all. */
  showRoom(room: string): void {
    this.#room = room;
    this.table.search.value = "";
    this.#only.hidden = room === "";
    const all = el("button", { type: "button", class: "quiet" }, "Show all");
    all.addEventListener("click", () => this.showRoom(""));
    this.#only.replaceChildren(`In room ${room} `, all);
    this.table.restart();
  }
}

function figure(value: number | undefined): string {
  return value === undefined ? "–" : number(value);
}

export function roomTable(api: Api, open: Openers): PagedTable<RoomRow> {
  return new PagedTable<RoomRow>(byId("view-rooms"), {
    name: "Rooms",
    hint: "Search names; * and ? are wild",
    order: "-connections",
    keyOf: ({ name }) => name,
    empty: "No room.",
    columns: [
      {
        ...{ label: "Room", order: "name" },
        fill: (cell, { name }) => pressable(cell, name, `All of room ${name}`, () => open.room(name)),
      },
      { label: "Connections", order: "connections", descending: true, figure: true, text: (r) => number(r.connections) },
      { label: "Users", order: "users", descending: true, figure: true, minor: true, text: (r) => number(r.users) },
      { label: "Messages/s", order: "rate", descending: true, figure: true, text: (r) => number(r.rate) },
      { label: "Offset", order: "offset", descending: true, figure: true, text: (r) => number(r.offset) },
      { label: "Kept", figure: true, minor: true, text: (r) => number(r.kept) },
    ],
    fetch: async ({ search, order, after, limit }) => {
      const match = /[*?]/.test(search) ? search : `*${search}*`;
      const body = { order, limit, ...(search && { match }), ...(after !== undefined && { after }) };
      const page = await api.call<Listed & { rooms: RoomRow[] }>("rooms", body);
      return { rows: page.rooms, total: page.total, next: page.next };
    },
  });
}

export function endedTable(api: Api): PagedTable<Ended> {
  return new PagedTable<Ended>(byId("view-ended"), {
    name: "Connections that ended",
    hint: "Search id, name, user, address",
    order: "",
    keyOf: ({ id, at, lived }) => `${id} ${at} ${lived}`,
    empty: "None has ended since the hub began.",
    columns: [
      { label: "When", text: ({ at }) => when(at) },
      { label: "Connection", text: ({ id }) => id ?? "–" },
      { label: "User", text: ({ user }) => user ?? "–" },
      { label: "Nickname", text: ({ nickname }) => nickname ?? "–" },
      { label: "Address", minor: true, text: ({ address }) => address ?? "–" },
      { label: "Ended by", text: ({ by }) => by },
      { label: "Code", figure: true, text: ({ code }) => String(code) },
      { label: "Reason", fill: (cell, { reason }) => setText(cell, reason ?? "–") },
      { label: "Queued", figure: true, text: ({ queued }) => bytes(queued) },
      { label: "Lived", figure: true, text: ({ lived }) => duration(lived / 1000) },
    ],
    fetch: async ({ search, after, limit }) => {
      const body = { closed: true, limit, ...(search && { search }), ...(after !== undefined && { after }) };
      const page = await api.call<Listed & { closed: Ended[] }>("connections", body);
      return { rows: page.closed, total: page.total, next: page.next };
    },
  });
}
