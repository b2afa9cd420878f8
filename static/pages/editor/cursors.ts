/* cursors.ts - where others are in the text, and what they have selected */

import { EditorSelection, type Extension, type SelectionRange } from "@codemirror/state";
import { StateEffect, StateField } from "@codemirror/state";
import { EditorView, layer, type LayerMarker } from "@codemirror/view";
import { RectangleMarker, type ViewUpdate } from "@codemirror/view";
import * as Y from "yjs";
import { type Person, tint } from "../lib/colour.js";
import { el } from "../lib/dom.js";

/** Places in the text that stay what they are while others type. */
export interface Place {
  anchor: unknown;
  head: unknown;
}

interface Other extends Place {
  person: Person;
  /** When it moved last: its name is shown for a while. */
  at: number;
}

const NAME_MS = 3000;
const moved = StateEffect.define<null>();

/** Counts up when someone has moved, so that the layers are drawn anew. */
const turn = StateField.define<number>({
  create: () => 0,
  update: (count, { effects }) => count + effects.filter((effect) => effect.is(moved)).length,
});

class Tinted extends RectangleMarker {
  constructor(
    readonly base: RectangleMarker,
    readonly person: Person,
    className: string,
    readonly label?: string,
  ) {
    super(className, base.left, base.top, base.width, base.height);
  }

  override draw(): HTMLDivElement {
    const element = super.draw();
    tint(element, this.person);
    if (this.label) element.append(el("span", { class: "name" }, this.label));
    return element;
  }

  override update(element: HTMLElement, previous: RectangleMarker): boolean {
    const same = previous instanceof Tinted && previous.label === this.label;
    if (!same || previous.person.nickname !== this.person.nickname) return false;
    return super.update(element, previous);
  }

  override eq(other: LayerMarker): boolean {
    if (!(other instanceof Tinted) || !super.eq(other)) return false;
    return other.label === this.label && other.person.nickname === this.person.nickname;
  }
}

export class Cursors {
  readonly #others = new Map<string, Other>();

  constructor(
    private readonly doc: Y.Doc,
    private readonly text: Y.Text,
  ) {}

  /** For the editor. */
  get extension(): Extension {
    const update = ({ docChanged, startState, state }: ViewUpdate) =>
      docChanged || startState.field(turn) !== state.field(turn);
    return [
      turn,
      layer({ above: false, class: "others-selections", update, markers: (v) => this.#selected(v) }),
      layer({ above: true, class: "others-carets", update, markers: (v) => this.#carets(v) }),
    ];
  }

  move(view: EditorView, id: string, person: Person, place: Place): void {
    this.#others.set(id, { ...place, person, at: performance.now() });
    view.dispatch({ effects: moved.of(null) });
    setTimeout(() => view.dispatch({ effects: moved.of(null) }), NAME_MS + 50);
  }

  remove(view: EditorView, id: string): void {
    if (this.#others.delete(id)) view.dispatch({ effects: moved.of(null) });
  }

  /** What is to be told of a selection of ours. */
  placeOf({ anchor, head }: { anchor: number; head: number }): Place {
    const relative = (at: number): unknown =>
      Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.text, at));
    return { anchor: relative(anchor), head: relative(head) };
  }

  /** Where it is now; undefined where it is nowhere, or was never a place. */
  #find(place: unknown): number | undefined {
    try {
      const relative = Y.createRelativePositionFromJSON(place);
      return Y.createAbsolutePositionFromRelativePosition(relative, this.doc)?.index;
    } catch {
      return undefined;
    }
  }

  *#placed(view: EditorView): Generator<{ other: Other; anchor: number; head: number }> {
    const { length } = view.state.doc;
    for (const other of this.#others.values()) {
      const [anchor, head] = [this.#find(other.anchor), this.#find(other.head)];
      if (anchor === undefined || head === undefined) continue;
      yield { other, anchor: Math.min(anchor, length), head: Math.min(head, length) };
    }
  }

  #selected(view: EditorView): Tinted[] {
    const markers: Tinted[] = [];
    for (const { other, anchor, head } of this.#placed(view)) {
      if (anchor === head) continue;
      const range = rangeOf(anchor, head);
      for (const base of RectangleMarker.forRange(view, "other-selection", range)) {
        markers.push(new Tinted(base, other.person, "other-selection"));
      }
    }
    return markers;
  }

  #carets(view: EditorView): Tinted[] {
    const markers: Tinted[] = [];
    for (const { other, head } of this.#placed(view)) {
      const range = rangeOf(head, head);
      const label = performance.now() - other.at < NAME_MS ? other.person.nickname : undefined;
      for (const base of RectangleMarker.forRange(view, "other-caret", range)) {
        markers.push(new Tinted(base, other.person, "other-caret", label));
      }
    }
    return markers;
  }
}

function rangeOf(anchor: number, head: number): SelectionRange {
  return anchor === head ? EditorSelection.cursor(head) : EditorSelection.range(anchor, head);
}
