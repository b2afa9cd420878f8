/* emitter.ts - typed handlers by event name; a handler that throws harms no other */

export type Off = () => void;
type Handler = (value: never) => void;

export class Handlers {
  readonly #byType = new Map<string, Set<Handler>>();

  /** Adds a handler; the function returned takes it away again. */
  add(type: string, handler: Handler): Off {
    const handlers = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, handlers.add(handler));
    return () => this.remove(type, handler);
  }

  remove(type: string, handler: Handler): void {
    this.#byType.get(type)?.delete(handler);
  }

  emit(type: string, value: unknown): void {
    for (const handler of [...(this.#byType.get(type) ?? [])]) {
      try {
        handler(value as never);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
