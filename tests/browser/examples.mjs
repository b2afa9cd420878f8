/* examples.mjs - the examples of docs/client.md, and what they print
 *
 * SPDX-License-Identifier: MIT
 */
import { readFile } from "node:fs/promises";

const page = new URL("../../docs/client.md", import.meta.url);

/** All examples: `kind` is what stands behind the language, `expected` what it prints, by lines. */
export async function examples() {
  const text = await readFile(page, "utf8");
  return [...text.matchAll(/^```(js|ts) ?(\w*)\n(.*?)^```$/gms)].map(([, language, kind, code]) => ({
    language,
    kind,
    code,
    expected: [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, printed]) => printed),
  }));
}

/** An expression for the body of an example: a promise of the lines that it prints. */
export function runnable(code) {
  const body = code.replace(
    /^import (\{.*\}) from (".*");$/gm,
    (_, names, from) => `const ${names} = await module_(${from});`,
  );
  return `(async (module_) => {
    const printed = [];
    const said = (value) => typeof value === "object" ? JSON.stringify(value) : String(value);
    const console = { log: (...values) => printed.push(values.map(said).join(" ")) };
    ${body}
    return printed;
  })`;
}
