/* content.ts - what a message says, where its members may be in its `content` as well */

import type { Message } from "atrium-client";

/** A message's own members, those of an object in `content` first. */
export function contentOf(message: Message): Record<string, unknown> {
  const { content } = message;
  const inner = typeof content === "object" && content !== null ? content : {};
  return { ...message, ...inner };
}
