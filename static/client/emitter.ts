/* emitter.ts - handlers by event name; a handler that throws harms no other */

/** Takes its handler away again. */
export type Off = () => void;
type Handler = (value: never) => void;

/** What has events, `E` says which. */
export class Emitter<E> {
  readonly #handlers = new Map<string, Set<Handler>>();

  /** Calls `handler` for each event; returns a function that takes the handler away again. */
  on<K extends keyof E & string>(type: K, handler: (value: E[K]) => void): Off {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers.add(handler));
    return () => this.off(type, handler);
  }

  off<K extends keyof E & string>(type: K, handler: (value: E[K]) => void): void {
    this.#handlers.get(type)?.delete(handler);
  }

  protected emit<K extends keyof E & string>(type: K, value: E[K]): void {
    for (const handler of [...(this.#handlers.get(type) ?? [])]) {
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
