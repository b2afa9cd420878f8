/* header.ts - the head of a page: the room, the connection, who is here, oneself */

import type { Client, Member } from "atrium-client";
import { avatar, verified } from "./colour.js";
import { openDialog } from "./dialog.js";
import { byId, el, KeyedList, setText } from "./dom.js";
import { roomLink, roomNameProblem } from "./names.js";
import { showStatus } from "./status.js";
import { toast } from "./toast.js";
import { openYou } from "./you.js";

const FACES = 5;

/** A room, as far as the header shows it. */
export interface ShownRoom {
  readonly name: string;
  readonly members: readonly Member[];
  readonly count: number;
}

export interface HeaderOptions {
  /** What a press on someone in the list of people does; without it, nothing. */
  person?: (member: Member) => void;
  /** There is no other room to go to: the room is not shown. */
  fixed?: boolean;
}

async function copy(input: HTMLInputElement): Promise<void> {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
  } catch {
    document.execCommand("copy"); // where a page came over http there is no other way
  }
  toast("The link is copied.");
}

/** The room's dialog: its link, and the way to another one. */
function openRoomDialog(name: string): void {
  const link = el("input", { id: "room-link", readonly: "", "aria-label": "Link to this room" });
  link.value = roomLink(name);
  const copier = el("button", { type: "button", id: "copy-link" }, "Copy link");
  copier.addEventListener("click", () => void copy(link).then(() => dialog.close()));
  const wish = el("input", { id: "other-room", maxlength: "80", autocomplete: "off" });
  const problem = el("p", { class: "problem", role: "alert" });
  const line = el("div", { class: "line" }, wish, el("button", { class: "second" }, "Go"));
  const label = el("label", { for: wish.id }, "Another room");
  const form = el("form", { novalidate: "" }, el("div", { class: "field" }, label, line, problem));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = roomNameProblem(wish.value.trim());
    setText(problem, wrong ?? "");
    if (!wrong) location.href = roomLink(wish.value.trim());
  });
  const about = el("p", { class: "muted" }, "Who opens this link is in the room with you.");
  const part = el("div", { class: "field" }, about, el("div", { class: "line" }, link, copier));
  const dialog = openDialog(`# ${name}`, part, el("hr"), form);
  copier.focus();
}

export class Header {
  readonly #where = el("button", { type: "button", id: "where", class: "where", hidden: "" });
  readonly #faces = el("button", { type: "button", id: "faces", class: "faces", hidden: "" });
  readonly #you = el("button", { type: "button", id: "you", class: "you" });
  readonly #list = el("ul");
  readonly #more = el("p");
  readonly #people: KeyedList<Member, HTMLLIElement>;
  #room: ShownRoom | undefined;

  constructor(
    private readonly client: Client,
    private readonly options: HeaderOptions = {},
  ) {
    const menu = el("div", { id: "who-menu", class: "menu people", popover: "auto" });
    menu.setAttribute("aria-label", "Who is here");
    menu.setAttribute("role", "region");
    menu.append(this.#list, this.#more);
    this.#people = new KeyedList(
      this.#list,
      ({ id, nickname, user }) => `${id === client.id} ${id} ${user ?? ""} ${nickname}`,
      (member) => this.#row(member, menu),
      () => {},
    );
    this.#faces.setAttribute("popovertarget", menu.id);
    this.#where.setAttribute("aria-haspopup", "dialog");
    this.#where.addEventListener("click", () => this.#room && openRoomDialog(this.#room.name));
    this.#you.setAttribute("aria-haspopup", "dialog");
    this.#you.addEventListener("click", () => void openYou(client));
    byId("session").replaceChildren(this.#where, connection(), this.#faces, menu, this.#you);
    showStatus(client);
    client.on("welcome", () => this.#showYou());
    client.on("message", ({ type, room }) => {
      if ((type === "joined" || type === "users_update") && room === this.#room?.name) this.#show();
    });
    this.#showYou();
  }

  /** Says which room one is in, and from now on who else is there. */
  showRoom(room: ShownRoom | undefined): void {
    this.#room = room;
    this.#show();
  }

  #show(): void {
    const { members = [], count = 0, name = "" } = this.#room ?? {};
    this.#where.hidden = name === "" || this.options.fixed === true;
    this.#where.replaceChildren(el("span", {}, `# ${name}`));
    this.#where.title = `Room ${name}: its link, and other rooms`;
    this.#faces.hidden = count === 0;
    const faces = members.slice(0, FACES).map(avatar);
    const words = count === 1 ? "You are the only one here" : `${count} people here`;
    const said = el("span", { class: "unseen" }, words);
    const number = el("span", { class: "number", "aria-hidden": "true" }, String(count));
    this.#faces.replaceChildren(...faces, number, said);
    this.#faces.title = words;
    this.#people.show(members);
    const more = count - members.length;
    setText(this.#more, more > 0 ? `and ${more} more` : "");
    this.#more.hidden = more <= 0;
  }

  #showYou(): void {
    const { nickname, user } = this.client;
    const name = el("span", { class: "name" }, nickname || "You");
    if (user) name.append(verified(user));
    const hint = el("span", { class: "unseen" }, " (you): change name, sign in");
    this.#you.replaceChildren(avatar({ nickname: nickname || "You", user }), name, hint);
    this.#you.title = "You: change name, sign in";
    this.#show();
  }

  #row(member: Member, menu: HTMLElement): HTMLLIElement {
    const { id, nickname, user } = member;
    const me = id === this.client.id;
    const label = el("span", { class: "label" }, nickname);
    if (me) label.append(el("span", { class: "self" }, " you"));
    if (user) label.append(verified(user));
    const { person } = this.options;
    if (me || !person) return el("li", {}, el("span", { class: "row" }, avatar(member), label));
    const button = el("button", { type: "button", class: "row" }, avatar(member), label);
    button.addEventListener("click", () => {
      menu.hidePopover();
      person(member);
    });
    return el("li", {}, button);
  }
}

/** The elements that `showStatus` fills. */
function connection(): HTMLElement {
  const status = el("span", { id: "status", class: "status", role: "status" });
  const detail = el("span", { id: "status-detail", class: "muted" });
  const action = el("button", { id: "status-action", class: "quiet", type: "button", hidden: "" });
  return el("div", { class: "connection" }, status, detail, action);
}
