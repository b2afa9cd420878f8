/* library.test.mjs - atrium-client as it is shipped: its size, its names, its examples
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { examples, runnable } from "./examples.mjs";
import { address, visit } from "./harness.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "static/dist");
const { transformSync } = createRequire(join(root, "static/package.json"))("esbuild");
/** What people are promised. */
const MOST_BYTES = 6 * 1024;

const MODULES = {
  "atrium-client": () => import(`${dist}/atrium-client.mjs`),
  "atrium-client/socket": () => import(`${dist}/atrium-socket.mjs`),
  ws: () => import("/usr/share/nodejs/ws/wrapper.mjs"),
};

test("the library is under 6 KB gzipped, as a module and as a script", async () => {
  for (const name of ["client.mjs", "client.js", "socket.mjs", "socket.js"]) {
    const { size } = await stat(join(dist, `atrium-${name}.gz`));
    assert.ok(size <= MOST_BYTES, `atrium-${name} has ${size} bytes`);
  }
});

test("what is shortened is no name of the API or of the wire", async () => {
  const read = (path) => readFile(join(root, path), "utf8");
  const [, list] = /^const INNER = \[(.*?)^\];/ms.exec(await read("static/build.mjs"));
  const names = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  assert.ok(names.length > 10);
  const schema = await read("docs/schema/room.json");
  const types = ["types", "client", "room", "state", "error"];
  const texts = await Promise.all(types.map((file) => read(`static/dist/types/${file}.d.ts`)));
  const declares = (name) => new RegExp(`^\\s*(readonly |get )?${name}\\??[:(<]`, "m");
  for (const name of names) {
    assert.ok(!schema.includes(`"${name}"`), name);
    assert.doesNotMatch(texts.join("\n"), declares(name));
  }
});

test("there are examples for both", async () => {
  const kinds = (await examples()).map(({ kind }) => kind);
  assert.ok(kinds.filter((kind) => kind === "browser").length > 4);
  assert.ok(kinds.filter((kind) => kind === "node").length > 1);
});

for (const [n, { language, kind, code, expected }] of (await examples()).entries()) {
  if (kind === "browser") {
    test(`example ${n + 1} prints what it says, in a browser`, async () => {
      const page = await visit("/static/index.html");
      const printed = page.evaluate(`${runnable(code)}((from) => import(from))`);
      assert.deepEqual(await printed, expected);
    });
  } else if (kind === "node") {
    test(`example ${n + 1} prints what it says, in Node`, async () => {
      const { code: script } = transformSync(code, { loader: language, target: "es2022" });
      const local = script.replaceAll("http://127.0.0.1:8100", address());
      const run = (0, eval)(runnable(local));
      assert.deepEqual(await run((from) => MODULES[from]()), expected);
    });
  }
}

/** A folder in which the package is installed. */
async function project(files) {
  const folder = await mkdtemp(join(tmpdir(), "atrium-package-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(dist, join(folder, "node_modules/atrium-client"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test("as a package it is imported by its name, with its types", async () => {
  const script = 'import "atrium-client/socket"; import { connect } from "atrium-client";';
  const typed = (await examples()).filter(({ language }) => language === "ts");
  const ws = "export const WebSocket: new (url: string) => globalThis.WebSocket;";
  const options = { strict: true, noEmit: true, module: "NodeNext", target: "ES2022", types: [] };
  const folder = await project({
    "main.mjs": `${script}\nconsole.log(typeof connect);`,
    "package.json": '{"type":"module"}',
    "ws.d.ts": `declare module "ws" { ${ws} }`,
    "tsconfig.json": JSON.stringify({ compilerOptions: { ...options, skipLibCheck: false } }),
    ...Object.fromEntries(typed.map(({ code }, n) => [`example-${n}.ts`, code])),
  });
  try {
    const how = { cwd: folder, encoding: "utf8" };
    const run = (...args) => execFileSync(process.execPath, args, how);
    assert.equal(run("main.mjs"), "function\n");
    assert.equal(run(join(root, "static/node_modules/typescript/bin/tsc")), "");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("as a script it is known by its names", async () => {
  const page = await visit("/static/index.html");
  // the pages' policy keeps all scripts out that they do not name themselves
  for (const name of ["client", "socket"]) {
    await page.evaluate(await readFile(join(dist, `atrium-${name}.js`), "utf8"));
  }
  const names = await page.evaluate(() => [Object.keys(Atrium), Object.keys(AtriumSocket)]);
  assert.deepEqual(names, [["AtriumError", "connect"], ["Socket"]]);
});
