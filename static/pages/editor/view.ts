/* view.ts - the editor itself; in a shadow root, where its styles need no <style> element
 *
 * CodeMirror puts its styles into a document with a <style> element, which the page's policy does
 * not allow, but into a shadow root by constructed style sheets, which it does.
 */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle } from "@codemirror/language";
import { indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, dropCursor, EditorView, highlightActiveLine } from "@codemirror/view";
import { highlightActiveLineGutter, highlightSpecialChars, keymap } from "@codemirror/view";
import { lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import * as Y from "yjs";
import type { Language } from "./languages.js";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--series-3)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--series-1)" },
  { tag: [tags.comment, tags.quote], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--series-2)" },
  { tag: [tags.typeName, tags.className, tags.tagName], color: "var(--series-5)" },
  { tag: [tags.function(tags.variableName), tags.attributeName], color: "var(--series-4)" },
  { tag: tags.propertyName, color: "var(--series-6)" },
  { tag: tags.heading, fontWeight: "700" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--series-5)", textDecoration: "underline" },
]);

const looks = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "14px", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--ink)", padding: "14px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--raised) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 26%, transparent)",
  },
  ".cm-selectionBackground": { background: "color-mix(in srgb, var(--muted) 24%, transparent)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", borderColor: "var(--edge)" },
  ".cm-button": { background: "var(--surface)", borderColor: "var(--edge)" },
  ".other-selection": { background: "var(--person)", opacity: "0.28", position: "absolute" },
  ".other-caret": { position: "absolute", borderLeft: "2px solid var(--person)" },
  ".other-caret .name": {
    ...{ position: "absolute", left: "-2px", bottom: "100%", padding: "1px 6px" },
    ...{ borderRadius: "6px 6px 6px 0", background: "var(--person)", color: "#10130f" },
    ...{ fontFamily: "var(--sans)", fontSize: "12px", whiteSpace: "nowrap", lineHeight: "1.4" },
  },
});

export interface Hooks {
  /** Where oneself is has changed. */
  moved: () => void;
}

export class View {
  readonly editor: EditorView;
  readonly #language = new Compartment();

  constructor(host: HTMLElement, text: Y.Text, more: Extension, hooks: Hooks) {
    const root = host.attachShadow({ mode: "open" });
    const moves = EditorView.updateListener.of(({ selectionSet, docChanged, focusChanged }) => {
      if (selectionSet || docChanged || focusChanged) hooks.moved();
    });
    const state = EditorState.create({
      doc: text.toString(),
      extensions: [
        ...[lineNumbers(), foldGutter(), highlightActiveLineGutter(), highlightSpecialChars()],
        ...[drawSelection(), dropCursor(), EditorState.allowMultipleSelections.of(true)],
        ...[indentOnInput(), bracketMatching(), closeBrackets(), highlightActiveLine()],
        ...[highlightSelectionMatches(), search({ top: true }), EditorView.lineWrapping],
        keymap.of([...yUndoManagerKeymap, ...closeBracketsKeymap, ...searchKeymap]),
        keymap.of([...foldKeymap, ...defaultKeymap]),
        ...[looks, syntaxHighlighting(colours), this.#language.of([])],
        EditorView.contentAttributes.of({ "aria-label": "Text", spellcheck: "false" }),
        ...[yCollab(text, null), more, moves],
      ],
    });
    this.editor = new EditorView({ state, parent: root, root });
  }

  speak({ extension }: Language): void {
    this.editor.dispatch({ effects: this.#language.reconfigure(extension()) });
  }
}
