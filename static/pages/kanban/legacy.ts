/* legacy.ts - boards that only send messages, and keep nothing
 *
 * They say `add_task {id, title, description, column, assignee}`, `move_task {taskId, newColumn}` and
 * `delete_task {id}`, in `content`. What they say is done to the cards that the room keeps; what is done
 * here is said to them, with `kept`, by which a page like this one knows that the state tells it.
 */

import type { Message } from "atrium-client";
import { contentOf } from "../lib/content.js";
import { type Card, columnOf, NAME_MOST, TEXT_MOST, TITLE_MOST } from "./card.js";
import type { Store } from "./store.js";

const TYPES = ["add_task", "move_task", "delete_task"];

function words(value: unknown, most: number): string {
  return typeof value === "string" ? value.trim().slice(0, most) : "";
}

/** An id that can be part of a key. */
function idOf(value: unknown): string {
  return typeof value === "number" ? String(value) : words(value, 64).replace(/[\x00-\x1f\x7f]/g, "");
}

export function isLegacy({ type, kept }: Message): boolean {
  return TYPES.includes(type) && kept !== true;
}

/** Does to the cards what a message asks for; it may have been done already. */
export async function obey(message: Message, store: Store): Promise<void> {
  const said = contentOf(message);
  const { type } = message;
  const id = idOf(type === "move_task" ? said["taskId"] : said["id"]);
  const card = store.get(id);
  if (type === "add_task" && id && !card && words(said["title"], TITLE_MOST)) {
    const written = {
      title: words(said["title"], TITLE_MOST),
      description: words(said["description"], TEXT_MOST),
      assignee: words(said["assignee"], NAME_MOST),
    };
    await store.add(columnOf(said["column"]), written, id);
  } else if (type === "move_task" && card && card.column !== columnOf(said["newColumn"])) {
    const to = columnOf(said["newColumn"]);
    await store.move(id, to, store.column(to).length);
  } else if (type === "delete_task" && card) await store.remove(id);
}

/** What a board that keeps nothing is to be told of our change. */
export function told(before: Card | undefined, after: Card | undefined): [string, object] | undefined {
  if (!after) return before && ["delete_task", { id: before.id }];
  const { id, title, description, column, assignee } = after;
  if (!before) return ["add_task", { id, title, description, column, assignee }];
  return before.column === column ? undefined : ["move_task", { taskId: id, newColumn: column }];
}
