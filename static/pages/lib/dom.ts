/* dom.ts - making and keeping elements; text goes in as text, never as HTML */

type Child = Node | string;

/** An element with attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The element of the page with this id, which is of the kind that the page's HTML says. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element as T;
}

/** Sets text only where it differs, so that nothing is announced or painted for nothing. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps a list's elements in step with items: one element for each key, in order. An element stays
 * the same for as long as its key is there, and with it focus and what a screen reader has read.
 */
export class KeyedList<Item, Element extends HTMLElement> {
  readonly #elements = new Map<unknown, Element>();

  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (item: Item) => unknown,
    private readonly create: (item: Item) => Element,
    private readonly update: (element: Element, item: Item, before: Item | undefined) => void,
  ) {}

  show(items: readonly Item[]): void {
    const keys = new Set(items.map(this.keyOf));
    for (const [key, element] of this.#elements) {
      if (keys.has(key)) continue;
      element.remove();
      this.#elements.delete(key);
    }
    let place = this.parent.firstElementChild;
    let before: Item | undefined;
    for (const item of items) {
      const element = this.#take(item);
      this.update(element, item, before);
      if (element === place) place = place.nextElementSibling;
      else this.parent.insertBefore(element, place);
      before = item;
    }
  }

  #take(item: Item): Element {
    const key = this.keyOf(item);
    const element = this.#elements.get(key) ?? this.create(item);
    this.#elements.set(key, element);
    return element;
  }
}
