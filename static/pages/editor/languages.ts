/* languages.ts - what the text can be written in */

import type { Extension } from "@codemirror/state";
import { indentUnit } from "@codemirror/language";
import { cpp } from "@codemirror/lang-cpp";
import { css } from "@codemirror/lang-css";
import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";

export interface Language {
  name: string;
  label: string;
  /** Of a file that is saved. */
  suffix: string;
  extension: () => Extension;
}

export const LANGUAGES: readonly Language[] = [
  { name: "text", label: "Plain text", suffix: "txt", extension: () => [] },
  { name: "markdown", label: "Markdown", suffix: "md", extension: () => markdown() },
  { name: "javascript", label: "JavaScript", suffix: "js", extension: () => javascript() },
  {
    name: "typescript",
    label: "TypeScript",
    suffix: "ts",
    extension: () => javascript({ typescript: true }),
  },
  { name: "html", label: "HTML", suffix: "html", extension: () => html() },
  { name: "css", label: "CSS", suffix: "css", extension: () => css() },
  { name: "json", label: "JSON", suffix: "json", extension: () => json() },
  {
    name: "python",
    label: "Python",
    suffix: "py",
    extension: () => [python(), indentUnit.of("    ")],
  },
  { name: "c", label: "C and C++", suffix: "c", extension: () => cpp() },
];

export function languageOf(name: unknown): Language {
  return LANGUAGES.find((language) => language.name === name) ?? LANGUAGES[0]!;
}
