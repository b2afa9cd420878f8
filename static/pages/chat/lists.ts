/* lists.ts - the lists beside a conversation: rooms, private conversations, people */

import type { Member } from "atrium-client";
import { avatar, verified } from "../lib/colour.js";
import { byId, el, KeyedList, setText } from "../lib/dom.js";
import type { Conversation } from "./model.js";

export interface RoomRow {
  name: string;
  users: number;
  /** Undefined for a room that we are not in. */
  conversation: Conversation | undefined;
}

export interface PersonRow extends Member {
  me: boolean;
}

function row(mark: Node): HTMLLIElement {
  const label = el("span", { class: "label" });
  const count = el("span", { class: "count" });
  const unit = el("span", { class: "unseen" });
  return el("li", {}, el("button", { type: "button", class: "row" }, mark, label, count, unit));
}

/** Fills a row; the number is of unread messages where there are any, else of people. */
function fill(item: HTMLLIElement, label: string, unread: number, people: number): void {
  const count = item.querySelector(".count") as HTMLElement;
  setText(item.querySelector(".label") as HTMLElement, label);
  setText(count, unread ? String(unread) : people ? String(people) : "");
  count.classList.toggle("unread", unread > 0);
  count.hidden = !unread && !people;
  const unit = unread ? " unread" : people === 1 ? " person" : " people";
  setText(item.querySelector(".unseen") as HTMLElement, count.hidden ? "" : unit);
}

function markCurrent(item: HTMLLIElement, current: boolean): void {
  const button = item.firstElementChild as HTMLElement;
  if (current) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}

export class Lists {
  readonly #mine: KeyedList<RoomRow, HTMLLIElement>;
  readonly #others: KeyedList<RoomRow, HTMLLIElement>;
  readonly #direct: KeyedList<Conversation, HTMLLIElement>;
  readonly #people: KeyedList<PersonRow, HTMLLIElement>;
  #active: Conversation | undefined;

  constructor(
    private readonly openRoom: (name: string) => void,
    private readonly openPerson: (id: string, nickname: string) => void,
  ) {
    this.#mine = this.#roomList("my-rooms");
    this.#others = this.#roomList("other-rooms");
    this.#direct = new KeyedList(
      byId("direct"),
      ({ name }) => name,
      (conversation) => {
        const item = row(avatar({ nickname: conversation.title }));
        item.addEventListener("click", () => openPerson(conversation.name, conversation.title));
        return item;
      },
      (item, conversation) => {
        fill(item, conversation.title, conversation.unread, 0);
        markCurrent(item, conversation === this.#active);
      },
    );
    this.#people = new KeyedList(
      byId("people"),
      ({ id, nickname, user, me }) => `${me} ${id} ${user ?? ""} ${nickname}`,
      (person) => this.#person(person),
      () => {},
    );
  }

  showRooms(rooms: RoomRow[], direct: Conversation[], active: Conversation | undefined): void {
    this.#active = active;
    const mine = rooms.filter(({ conversation }) => conversation);
    const others = rooms.filter(({ conversation }) => !conversation);
    this.#mine.show(mine);
    this.#others.show(others);
    this.#direct.show(direct);
    byId("other-rooms-part").hidden = others.length === 0;
    byId("direct-part").hidden = direct.length === 0;
  }

  showPeople(people: PersonRow[], count: number): void {
    this.#people.show(people);
    const more = count - people.length;
    setText(byId("people-more"), more > 0 ? `and ${more} more` : "");
  }

  #roomList(id: string): KeyedList<RoomRow, HTMLLIElement> {
    return new KeyedList(
      byId(id),
      ({ name }) => name,
      ({ name }) => {
        const item = row(el("span", { class: "hash", "aria-hidden": "true" }, "#"));
        item.addEventListener("click", () => this.openRoom(name));
        return item;
      },
      (item, { name, users, conversation }) => {
        fill(item, name, conversation?.unread ?? 0, users);
        markCurrent(item, conversation !== undefined && conversation === this.#active);
      },
    );
  }

  #person(person: PersonRow): HTMLLIElement {
    const { id, nickname, user, me } = person;
    const name = el("span", { class: "label" }, nickname);
    if (me) name.append(el("span", { class: "self" }, " you"));
    if (user) name.append(verified(user));
    if (me) {
      return el("li", {}, el("span", { class: "row" }, avatar(person), name));
    }
    const title = `Write to ${nickname} privately`;
    const button = el("button", { type: "button", class: "row", title }, avatar(person), name);
    button.addEventListener("click", () => this.openPerson(id, nickname));
    return el("li", {}, button);
  }
}
