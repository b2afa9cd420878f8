/* identity.ts - a tab keeps its place on the server over a reload */

import type { Client, Identity } from "atrium-client";

/*
 * The identity lies in the tab's storage only while the page is hidden or gone. A tab that is
 * duplicated copies that storage; were it there all the time, the copy would take the place of
 * the tab that it was made from.
 */
export function takeIdentity(page: string): { identity: Identity } | undefined {
  const stored = sessionStorage.getItem(storageKey(page));
  sessionStorage.removeItem(storageKey(page));
  try {
    const { id, resume } = JSON.parse(stored ?? "") as Partial<Identity>;
    return id && resume ? { identity: { id, resume } } : undefined;
  } catch {
    return undefined;
  }
}

export function keepIdentity(page: string, client: Client): void {
  const save = (): void => {
    const { identity } = client;
    if (identity) sessionStorage.setItem(storageKey(page), JSON.stringify(identity));
  };
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
    else sessionStorage.removeItem(storageKey(page));
  });
}

function storageKey(page: string): string {
  return `atrium.${page}.identity`;
}
