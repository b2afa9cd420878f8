/* build.mjs - static/dist from client/ and pages/, or with --test the unit tests into .test/
 *
 * SPDX-License-Identifier: MIT
 */
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";
import { docPages } from "./layout/docs.mjs";
import { lay, listed, readPage } from "./layout/layout.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
process.chdir(here);

const common = {
  bundle: true,
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  tsconfig: "tsconfig.json",
};
const shipped = { ...common, minify: true, sourcemap: "linked", legalComments: "inline" };

/** Pages take the library from its file of its own, as anyone's page would. */
const libraryBesideUs = {
  name: "atrium-client",
  setup(plugin) {
    plugin.onResolve({ filter: /^atrium-client$/ }, () => ({
      path: "./atrium-client.mjs",
      external: true,
    }));
  },
};

/** Each a file of its own, for `import` and for a script tag. */
const LIBRARIES = [
  { name: "atrium-client", module: "client/index.ts", script: "client/global.ts" },
  { name: "atrium-socket", module: "client/socket.ts", script: "client/global-socket.ts" },
];

/**
 * Names of the library's inner workings, which are shortened in what is shipped: none is of its API,
 * of a socket's or on the wire.
 */
const INNER = [
  ...["acked", "again", "abandon", "ask", "asked", "busy", "deliver", "done", "due", "enter"],
  ...["failures", "flush", "held", "keep", "lost", "place", "release", "sent", "settle", "take"],
  ...["want", "watch"],
];

async function buildLibraries() {
  const mangleProps = new RegExp(`^(${INNER.join("|")})$`);
  for (const { name, module, script } of LIBRARIES) {
    const esm = { entryPoints: [module], format: "esm", outfile: `dist/${name}.mjs` };
    const iife = { entryPoints: [script], format: "iife", outfile: `dist/${name}.js` };
    for (const kind of [esm, iife]) await build({ ...shipped, mangleProps, ...kind });
  }
  const tsc = ["node_modules/typescript/bin/tsc", "--project", "client"];
  execFileSync(process.execPath, tsc, { stdio: "inherit" });
  await cp("client/package.json", "dist/package.json");
}

async function buildPages() {
  const names = await readdir("pages");
  const entries = names.filter((name) => /\.(ts|css)$/.test(name));
  await build({
    ...shipped,
    entryPoints: entries.map((name) => join("pages", name)),
    format: "esm",
    outdir: "dist",
    plugins: [libraryBesideUs],
  });
  for (const name of names.filter((entry) => entry.endsWith(".svg"))) {
    await cp(join("pages", name), join("dist", name));
  }
  await layPages(names);
}

async function layPages(names) {
  const pages = [];
  for (const file of names.filter((entry) => entry.endsWith(".html"))) {
    const text = await readFile(join("pages", file), "utf8");
    pages.push(readPage(file.slice(0, -".html".length), text));
  }
  pages.push(...(await docPages("dist")));
  const built = await readdir("dist");
  for (const page of pages) {
    const [own] = page.name.split("/"); // the documents share what docs.html has
    const has = (kind) => built.includes(`${own}.${kind}`);
    await writeFile(join("dist", `${page.name}.html`), lay(page, listed(pages), has));
  }
}

/** A server sends NAME.gz as it is to who accepts gzip. */
async function compress() {
  const entries = await readdir("dist", { recursive: true });
  for (const name of entries.filter((entry) => /\.(html|css|m?js|map|svg|json)$/.test(entry))) {
    const path = join("dist", name);
    const packed = gzipSync(await readFile(path), { level: constants.Z_BEST_COMPRESSION });
    await writeFile(`${path}.gz`, packed);
  }
}

/** The folder itself stays: a gateway that serves from it has it open. */
async function empty(folder) {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder);
  await Promise.all(entries.map((name) => rm(join(folder, name), { recursive: true })));
}

async function buildTests() {
  await empty(".test");
  const names = await readdir("test");
  await build({
    ...common,
    entryPoints: names
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => join("test", name)),
    format: "esm",
    platform: "node",
    sourcemap: "inline",
    outdir: ".test",
    outExtension: { ".js": ".mjs" },
  });
}

if (process.argv.includes("--test")) {
  await buildTests();
} else {
  await empty("dist");
  await buildLibraries();
  await buildPages();
  await compress();
}
