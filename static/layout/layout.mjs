/* layout.mjs - what surrounds a page's own HTML: head, policy, header, the list of all pages
 *
 * SPDX-License-Identifier: MIT
 */

/** In this order pages are listed; others come after these. */
const ORDER = "chat draw kanban editor spreadsheet media monitor admin docs".split(" ");

/**
 * Stricter than the header that the gateway sends with everything. Trusted types: a script that
 * would put text in as HTML throws instead.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** What a page's file says of itself: a fragment, or a whole document that is left as it is. */
export function readPage(name, text) {
  const title = /<title>(.*?)(?: · Atrium)?<\/title>\s*/s.exec(text);
  const description = /<meta\s+name="description"\s+content="([^"]*)"\s*\/?>\s*/.exec(text);
  if (!title) throw new Error(`pages/${name}.html has no <title>`);
  return {
    name,
    title: title[1],
    description: description?.[1] ?? "",
    whole: /^\s*<!doctype/i.test(text),
    body: text.replace(title[0], "").replace(description?.[0] ?? "", ""),
    text,
  };
}

export function listed(pages) {
  const place = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return pages
    .filter(({ name }) => name !== "index" && !name.includes("/"))
    .sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}

/** The list of all pages; it is a native popover and needs no script. */
function menu(pages, current) {
  const rows = pages.map(({ name, title }) => {
    const here = name === current ? ' aria-current="page"' : "";
    return `<li><a class="row" href="/static/${name}.html"${here}>${title}</a></li>`;
  });
  return `<nav id="pages" class="menu pages" popover aria-label="Pages"><ul>
        <li><a class="row" href="/">All of Atrium</a></li>
        ${rows.join("\n        ")}
      </ul></nav>`;
}

/** The page's name is its heading, unless the page has one of its own. */
function header(page, pages) {
  const documents = page.name.startsWith("docs/");
  const tag = /<h1[\s>]/.test(page.body) ? "p" : "h1";
  const title = page.name === "index" ? "Pages" : documents ? "Documentation" : page.title;
  return `<header class="top">
      <a class="brand" href="/" aria-label="Atrium, all pages"><img src="/static/favicon.svg" alt="" width="26" height="26"><span class="word">Atrium</span></a>
      <${tag} class="place"><button type="button" popovertarget="pages">${title}</button></${tag}>
      ${menu(pages, documents ? "docs" : page.name)}
      <div id="session" class="session"></div>
    </header>`;
}

/** A card for each page, for the first page. */
function cards(pages) {
  const items = pages.map(
    ({ name, title, description }) => `<li>
            <a class="card" href="/static/${name}.html">
              <h3>${title}</h3>
              <p>${description}</p>
            </a>
          </li>`,
  );
  return `<ul class="cards">${items.join("")}</ul>`;
}

/** The whole document of a page; `has` says which files of its own there are (NAME.css, NAME.js). */
export function lay(page, pages, has) {
  if (page.whole) return page.text;
  const { name, title, description } = page;
  const [own] = name.split("/");
  const full = title === "Atrium" ? title : `${title} · Atrium`;
  const lines = [
    `<meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">`,
    `<meta name="color-scheme" content="light dark">`,
    description && `<meta name="description" content="${description}">`,
    `<title>${full}</title>`,
    `<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">`,
    `<link rel="stylesheet" href="/static/style.css">`,
    has("css") && `<link rel="stylesheet" href="/static/${own}.css">`,
    has("js") && `<link rel="modulepreload" href="/static/atrium-client.mjs">`,
    has("js") && `<script type="module" src="/static/${name}.js"></script>`,
  ].filter(Boolean);
  return `<!doctype html>
<html lang="en">
  <head>
    ${lines.join("\n    ")}
  </head>
  <body class="page-${own}">
    <a class="skip" href="#main">Skip to content</a>
    ${header(page, pages)}
    ${page.body.replace("<!-- cards -->", cards(pages)).trim()}
    <noscript><p class="notice">This page needs JavaScript.</p></noscript>
  </body>
</html>
`;
}
