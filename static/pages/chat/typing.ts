/* typing.ts - who is typing in which room, and saying that we are */

/** We say so at most this often; who was not heard of for the second time does not type. */
const SAY_MS = 2000;
const HOLD_MS = 4500;

export class Typing {
  readonly #rooms = new Map<string, Map<string, { nickname: string; timer: number }>>();
  #said = -Infinity;

  constructor(private readonly changed: (room: string) => void) {}

  /** Someone was heard typing. */
  heard(room: string, id: string, nickname: string): void {
    this.stopped(room, id);
    const people = this.#rooms.get(room) ?? new Map();
    const timer = setTimeout(() => this.stopped(room, id), HOLD_MS);
    this.#rooms.set(room, people.set(id, { nickname, timer }));
    this.changed(room);
  }

  /** Someone said something, or nothing for a while. */
  stopped(room: string, id: string): void {
    const people = this.#rooms.get(room);
    const person = people?.get(id);
    if (!people || !person) return;
    clearTimeout(person.timer);
    people.delete(id);
    this.changed(room);
  }

  names(room: string): string[] {
    return [...(this.#rooms.get(room)?.values() ?? [])].map(({ nickname }) => nickname);
  }

  /** Whether it is time to say that we are typing. */
  due(): boolean {
    if (performance.now() - this.#said < SAY_MS) return false;
    this.#said = performance.now();
    return true;
  }

  /** What was typed is sent: the next letter is said at once. */
  sent(): void {
    this.#said = -Infinity;
  }
}
