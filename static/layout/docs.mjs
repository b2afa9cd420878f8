/* docs.mjs - docs/*.md as pages: static/dist/docs/NAME.html, and docs.html, which lists them
 *
 * SPDX-License-Identifier: MIT
 */
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { Marked } from "marked";

const folder = new URL("../../docs/", import.meta.url);
/** In this order they are listed; others come after these. */
const ORDER = "pages architecture protocol client api security settings".split(" ");
/** Beside the pages, as they are: what they link to. */
const FILES = ["openapi.json", "schema", "benchmarks", "screenshots"];
const SERVED = /\/(openapi\.json|schema|benchmarks|screenshots|[\w-]+\.(json|svg|png))$/;

const plain = (html) => html.replace(/<[^>]*>/g, "");

/** The anchor of a heading, as the links in the documents have it. */
function slug(text) {
  return plain(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

/** A link to a document that is a page here leads to that page; others of the tree are no links. */
function linkTo(href, pages) {
  if (/^(https?:|#)/.test(href)) return href;
  const [path, anchor] = href.split("#");
  const name = /^([\w-]+)\.md$/.exec(path)?.[1];
  if (name && pages.includes(name)) return `${name}.html${anchor ? `#${anchor}` : ""}`;
  return FILES.includes(path.split("/")[0]) ? href : undefined;
}

function reader(pages) {
  const renderer = {
    heading({ tokens, depth }) {
      const text = this.parser.parseInline(tokens);
      return `<h${depth} id="${slug(text)}">${text}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const target = linkTo(href, pages);
      return target ? `<a href="${target}">${text}</a>` : text;
    },
    code({ text }) {
      const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      return `<pre tabindex="0"><code>${escaped}\n</code></pre>\n`;
    },
  };
  const marked = new Marked({ renderer });
  const wide = '<div class="wide" role="region" aria-label="Table" tabindex="0"><table>';
  return (text) =>
    marked.parse(text).replaceAll("<table>", wide).replaceAll("</table>", "</table></div>");
}

/** What a document is called, and its first words. */
function readDocument(name, html) {
  const title = plain(/<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? name);
  const first = plain(/<p>(.*?)<\/p>/s.exec(html)?.[1] ?? "").replace(/\s+/g, " ");
  const sentence = /^.*?[.:](?=\s|$)/.exec(first)?.[0] ?? first;
  return { name, title, description: sentence.replace(/:$/, "."), html };
}

function list(documents) {
  const rows = documents.map(
    ({ name, title, description }) =>
      `<li><a class="card" href="/static/docs/${name}.html">
        <h2>${title}</h2><p>${description}</p></a></li>`,
  );
  return `<ul class="cards">${rows.join("\n")}</ul>`;
}

/** The pages of the documents, the list of them first; copies into dist what they link to. */
export async function docPages(dist) {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".md"));
  const names = files.map((file) => file.slice(0, -".md".length));
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  names.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
  const html = reader(names);
  const documents = await Promise.all(
    names.map(async (name) =>
      readDocument(name, html(await readFile(new URL(`${name}.md`, folder), "utf8"))),
    ),
  );
  await mkdir(`${dist}/docs`, { recursive: true });
  const filter = (path) => SERVED.test(path);
  for (const file of (await readdir(folder)).filter((entry) => FILES.includes(entry))) {
    await cp(new URL(file, folder), `${dist}/docs/${file}`, { recursive: true, filter });
  }
  const main = (inner) => `<main id="main" class="prose" tabindex="-1">\n${inner}\n</main>`;
  const about = "How Atrium is built, what clients say to it, and every setting.";
  return [
    {
      ...{ name: "docs", title: "Documentation", description: about },
      body: main(`<h1>Documentation</h1>\n<p>${about}</p>\n${list(documents)}`),
    },
    ...documents.map(({ name, title, html: inner }) => ({
      ...{ name: `docs/${name}`, title, description: "" },
      body: main(inner),
    })),
  ];
}
