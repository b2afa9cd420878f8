/* keep.ts - private conversations outlive a reload of the tab; no server keeps them */

import { Conversation, type Entry } from "./model.js";

const KEY = "atrium.chat.direct";

interface Kept {
  name: string;
  title: string;
  entries: Entry[];
}

function isEntry(value: unknown): value is Entry {
  const { key, text, nickname } = (value ?? {}) as Partial<Entry>;
  return [key, text, nickname].every((part) => typeof part === "string");
}

/** What was kept, as conversations. */
export function takeDirect(): Conversation[] {
  const stored = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  try {
    return (JSON.parse(stored ?? "[]") as Kept[]).map(({ name, title, entries }) => {
      const conversation = new Conversation("direct", name, title);
      for (const entry of entries.filter(isEntry)) conversation.add(entry);
      return conversation;
    });
  } catch {
    return [];
  }
}

/**
 * Keeps them when the page goes, or is seen no more: a phone may end it then without a word. What
 * was not sent by then will not be.
 */
export function keepDirect(all: () => Iterable<Conversation>): void {
  const keep = (): void => {
    const direct = [...all()].filter(({ kind }) => kind === "direct");
    const kept = direct.map(({ name, title, entries }) => ({
      ...{ name, title },
      entries: entries.filter(({ state }) => state === "sent"),
    }));
    if (kept.length) sessionStorage.setItem(KEY, JSON.stringify(kept));
    else sessionStorage.removeItem(KEY);
  };
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
}
