/* names.ts - the names of rooms and people: what is asked for, what is kept, what can be */

const NICKNAME = "atrium.nickname";

/** What is wrong with a room's name, or undefined. */
export function roomNameProblem(name: string): string | undefined {
  if (name === "") return "A room needs a name.";
  if (new TextEncoder().encode(name).length > 255) return "That name is too long.";
  if (/[\u0000-\u001f\u007f]/.test(name)) return "That name has characters that cannot be used.";
  return undefined;
}

/** The room that the address asks for with `?room=`, if it can be one. */
export function askedRoom(): string | undefined {
  const name = new URLSearchParams(location.search).get("room") ?? "";
  return roomNameProblem(name) === undefined ? name : undefined;
}

/** This page in another room. */
export function roomLink(name: string): string {
  const url = new URL(location.pathname, location.href);
  url.searchParams.set("room", name);
  return url.href;
}

/** The name under which one was here before, on any page. */
export function keptNickname(): string | undefined {
  return localStorage.getItem(NICKNAME) ?? undefined;
}

export function keepNickname(name: string): void {
  localStorage.setItem(NICKNAME, name);
}
