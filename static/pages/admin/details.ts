/* details.ts - one connection, one room, everyone: dialogs with what can be done about them */

import { confirm, openDialog } from "../lib/dialog.js";
import { el, setText } from "../lib/dom.js";
import { bytes, number } from "../lib/format.js";
import { toast } from "../lib/toast.js";
import { type Api, words } from "./api.js";
import { type Connection, type Openers, when } from "./lists.js";
import { sendForm } from "./send.js";

interface Ended {
  closed: { at: number; by: string; code: number; reason: string | null; queued: number }[];
}

interface Kept {
  messages: { time: number; message: Record<string, unknown> }[];
}

interface Members {
  members: { id: string; nickname: string; user: string | null }[];
  count: number;
  users: number;
}

const SHOWN = 20;

function facts(rows: [string, string][]): HTMLElement {
  return el("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function figures({ sent, sent_bytes, received, received_bytes, queued }: Connection): [string, string][] {
  if (sent === undefined) return [];
  return [
    ["Sent to it", `${number(sent)} (${bytes(sent_bytes ?? 0)})`],
    ["Received", `${number(received ?? 0)} (${bytes(received_bytes ?? 0)})`],
    ["Queue", bytes(queued ?? 0)],
  ];
}

/** A button that does something and says how it went. */
function doing(label: string, kind: string, run: () => Promise<unknown>, done: string): HTMLButtonElement {
  const button = el("button", { type: "button", class: kind }, label);
  button.addEventListener("click", () => {
    run().then(
      (went) => went !== false && toast(done),
      (error: unknown) => toast(words(error), { wrong: true }),
    );
  });
  return button;
}

export class Details implements Openers {
  constructor(
    private readonly api: Api,
    /** The table of connections, of one room. */
    private readonly showMembers: (room: string) => void,
  ) {}

  connection(id: string): void {
    this.#connection(id).catch((error: unknown) => toast(words(error), { wrong: true }));
  }

  room(name: string): void {
    this.#room(name).catch((error: unknown) => toast(words(error), { wrong: true }));
  }

  everyone(): void {
    const { api } = this;
    const note = el("p", { class: "muted" }, "Once to each connection, whatever rooms it is in.");
    openDialog("To everyone", note, sendForm(api, { method: "broadcast", to: { all: true }, words: "everyone" }));
  }

  async #connection(id: string): Promise<void> {
    const { api } = this;
    const [here, past] = await Promise.all([
      api.call<{ connections: Connection[] }>("connections", { connection: id, figures: true }),
      api.call<Ended>("connections", { closed: true, connection: id, limit: 3 }),
    ]);
    const connection = here.connections[0];
    const ends = past.closed.map(
      ({ at, by, code, reason, queued }) => `${when(at)}: by ${by}, ${code} ${reason ?? ""}, ${bytes(queued)} queued`,
    );
    const parts: HTMLElement[] = [];
    if (connection) parts.push(...this.#whoIsHere(connection));
    else parts.push(el("p", {}, "It is not connected any more."));
    if (ends.length) {
      const list = el("ul", { class: "ends" }, ...ends.map((line) => el("li", {}, line)));
      parts.push(el("h3", {}, "How it ended before"), list);
    }
    openDialog(`Connection ${id}`, ...parts).classList.add("details");
  }

  #whoIsHere(connection: Connection): HTMLElement[] {
    const { api } = this;
    const { id, nickname, user, address, dialect, rooms, since, here } = connection;
    const about = facts([
      ["Nickname", nickname],
      ["User", user ?? "not signed in"],
      ["Address", address ?? "not known"],
      ["Dialect", dialect],
      ["Since", `${when(since)}${here ? "" : ", gone, may come back"}`],
      ["Rooms", rooms.join(", ") || "none"],
      ...figures(connection),
    ]);
    const target = { method: "send", to: { connection: id }, words: "this connection" } as const;
    return [about, sendForm(api, target), el("hr"), this.#kickForm(connection)];
  }

  #kickForm({ id, user }: Connection): HTMLElement {
    const { api } = this;
    const reason = el("input", { id: "kick-reason", maxlength: "123", autocomplete: "off" });
    const kick = async (to: object, whom: string): Promise<boolean> => {
      const text = `${whom} is told: ${reason.value.trim() || "you were disconnected by an administrator"}`;
      if (!(await confirm("Disconnect?", { text, yes: "Disconnect", danger: true }))) return false;
      const said = reason.value.trim();
      await api.call("disconnect", { ...to, ...(said && { reason: said }) });
      return true;
    };
    const buttons = [doing("Disconnect", "danger", () => kick({ connection: id }, id), "It is disconnected.")];
    if (user) {
      const all = `All of ${user}`;
      buttons.push(doing(all, "danger", () => kick({ user }, all), `${all} are disconnected.`));
    }
    return el(
      "div",
      { class: "field" },
      el("label", { for: reason.id }, "Reason, which its client reads"),
      reason,
      el("div", { class: "actions" }, ...buttons),
    );
  }

  async #room(name: string): Promise<void> {
    const { api } = this;
    const [present, kept] = await Promise.all([
      api.call<Members>("presence", { room: name, limit: SHOWN }),
      api.call<Kept>("history", { room: name, limit: SHOWN }),
    ]);
    const log = el("ol", { class: "taplog", tabindex: "0", "aria-label": "The last messages" });
    for (const { time, message } of kept.messages) {
      log.append(el("li", {}, el("time", {}, when(time)), " ", JSON.stringify(message)));
    }
    const all = el("button", { type: "button", class: "second" }, "All connections in it");
    const dialog = openDialog(
      `Room ${name}`,
      el("p", {}, `${number(present.count)} connections, ${number(present.users)} users.`),
      this.#members(present),
      all,
      sendForm(api, { method: "publish", to: { room: name }, words: "this room" }),
      el("h3", {}, kept.messages.length ? "What was said last" : "It keeps nothing that was said."),
      log,
    );
    log.hidden = kept.messages.length === 0;
    dialog.classList.add("details");
    all.addEventListener("click", () => {
      dialog.close();
      this.showMembers(name);
    });
  }

  #members({ members, count }: Members): HTMLElement {
    const list = el("ul", { class: "members", "aria-label": "Members" });
    for (const { id, nickname, user } of members) {
      const button = el("button", { type: "button", class: "quiet" }, user ? `${nickname} (${user})` : nickname);
      button.addEventListener("click", () => this.connection(id));
      list.append(el("li", {}, button));
    }
    const more = el("li", { class: "muted" });
    setText(more, count > members.length ? `and ${number(count - members.length)} more` : "");
    list.append(more);
    return list;
  }
}
