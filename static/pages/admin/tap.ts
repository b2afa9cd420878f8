/* tap.ts - the view of the tap: all that is said, as it is said */

import type { Client, Message } from "atrium-client";
import { byId, el, setText } from "../lib/dom.js";
import { number, timeWithSeconds } from "../lib/format.js";

/** So many lines are kept, and so much of each is shown. */
const KEPT = 500;
const SHOWN = 600;
const NEAR_PX = 40;

const PARTS = ["room", "user", "type", "connection"] as const;
const OWN = ["type", "room", "id", "nickname", "user", "offset", "target"];

export interface Tapped extends Message {
  kind: string;
  time: number;
  count?: number;
  /** The room. */
  in?: string;
  target?: string;
  message?: Record<string, unknown>;
}

/** The type of what is said in a room, else what it is: "draw", "private", "broadcast news". */
export function kindOf({ kind, message }: Tapped): string {
  const type = String(message?.["type"] ?? "");
  if (kind === "message") return type;
  return type && type !== kind ? `${kind} ${type}` : kind;
}

/** Where it went. */
export function whereOf({ in: room, target, kind }: Tapped): string {
  if (target) return `→ ${target}`;
  return room ? `# ${room}` : kind === "broadcast" ? "everyone" : "";
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

export function textOf({ message = {} }: Tapped): string {
  const rest = Object.entries(message).filter(([name]) => !OWN.includes(name));
  const [only] = rest;
  if (rest.length === 1 && only?.[0] === "content" && typeof only[1] === "string") return cut(only[1]);
  return rest.length ? cut(JSON.stringify(Object.fromEntries(rest))) : "";
}

export class TapView {
  #on = false;
  #shown = 0;
  #leftOut = 0;
  #waiting: HTMLElement[] = [];
  readonly #log = byId("tap-log");
  readonly #start = byId<HTMLButtonElement>("tap-start");
  readonly #stop = byId<HTMLButtonElement>("tap-stop");

  constructor(
    private readonly client: Client,
    private readonly room: string,
  ) {
    byId("tap-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#begin();
    });
    this.#stop.addEventListener("click", () => this.end());
    byId("tap-clear").addEventListener("click", () => this.#clear());
    client.on("welcome", () => this.#on && this.#ask());
    client.on("message", (message) => this.#hear(message));
    client.on("error", ({ code, message }) => {
      if (code === "too_many_taps" || code === "bad_message") this.#ended(`${message}.`);
    });
  }

  end(): void {
    if (!this.#on) return;
    this.#ended("Stopped.");
    this.client.signal(this.room, "untap");
  }

  #begin(): void {
    this.#on = true;
    this.#shown = this.#leftOut = 0;
    if (!this.#ask()) this.#ended("There is no connection.");
  }

  #ask(): boolean {
    const filter: Record<string, string> = {};
    for (const part of PARTS) {
      const value = byId<HTMLInputElement>(`tap-${part}`).value.trim();
      if (value) filter[part] = value;
    }
    return this.client.signal(this.room, "tap", { filter });
  }

  #hear(message: Message): void {
    if (message.type === "tapping") this.#began(message);
    if (message.type === "untapped" && this.#on) this.#ended("It was ended by the server.");
    if (message.type === "tapped") this.#add(message as Tapped);
  }

  #began({ rate }: Message): void {
    setText(this.#start, "Change");
    this.#stop.hidden = false;
    this.#tell(`On, at most ${number(Number(rate))} messages a second.`);
  }

  #ended(why: string): void {
    this.#on = false;
    setText(this.#start, "Start");
    this.#stop.hidden = true;
    this.#tell(why);
  }

  #tell(words: string): void {
    const out = this.#leftOut ? `, ${number(this.#leftOut)} left out` : "";
    setText(byId("tap-state"), `${words} ${number(this.#shown)} shown${out}.`);
  }

  #add(tapped: Tapped): void {
    if (tapped.kind === "left_out") this.#leftOut += tapped.count ?? 0;
    else this.#shown++;
    if (this.#waiting.length === 0) requestAnimationFrame(() => this.#show());
    this.#waiting.push(line(tapped));
    this.#waiting.splice(0, this.#waiting.length - KEPT);
  }

  /** All of a frame at once; the view stays at the end if it is there. */
  #show(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#log.append(...this.#waiting.splice(0));
    while (this.#log.childElementCount > KEPT) this.#log.firstElementChild?.remove();
    if (follows) this.#log.scrollTop = this.#log.scrollHeight;
    if (this.#on) this.#tell("On.");
  }

  #clear(): void {
    this.#waiting = [];
    this.#log.replaceChildren();
  }
}

function line(tapped: Tapped): HTMLElement {
  const time = el("time", {}, timeWithSeconds(tapped.time));
  if (tapped.kind === "left_out") {
    return el("li", { class: "out" }, time, ` ${number(tapped.count ?? 0)} more were left out`);
  }
  const who = tapped.user ? `${tapped.nickname} (${tapped.user})` : String(tapped.nickname ?? "");
  return el(
    "li",
    {},
    ...[time, " ", el("span", { class: "kind" }, kindOf(tapped)), " "],
    ...[el("span", { class: "in" }, whereOf(tapped)), " "],
    ...[el("span", { class: "who", title: tapped.id ?? "" }, who), " "],
    el("span", { class: "what" }, textOf(tapped)),
  );
}
