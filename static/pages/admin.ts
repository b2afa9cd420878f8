/* admin.ts - the page of administrators: nothing is asked for before one has signed in */

import { Client } from "atrium-client";
import { Api, type ApiError, type Who, words } from "./admin/api.js";
import { Details } from "./admin/details.js";
import { ConnectionTable, endedTable, roomTable } from "./admin/lists.js";
import { ServerView } from "./admin/server.js";
import { TapView } from "./admin/tap.js";
import { byId, el, setText } from "./lib/dom.js";
import { showStatus } from "./lib/status.js";

const REFRESH_MS = 2000;
const MONITOR = "system_monitor";
const VIEWS = ["server", "connections", "rooms", "ended", "tap"] as const;
type View = (typeof VIEWS)[number];

const api = new Api();
const problem = byId("enter-problem");
const name = byId<HTMLInputElement>("enter-name");
const password = byId<HTMLInputElement>("enter-password");
const token = byId<HTMLInputElement>("enter-token");

/* ---- coming in ------------------------------------------------------------------------ */

byId("enter-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setText(problem, "");
  const given = token.value.trim();
  const wish = given ? api.useToken(given) : api.signIn(name.value.trim(), password.value);
  wish.then(enter, (error: ApiError) => setText(problem, words(error)));
});

function enter(who: Who): void {
  password.value = token.value = "";
  if (!who.admin) {
    setText(problem, `${who.user} is no administrator.`);
    return;
  }
  byId("enter").hidden = true;
  byId("console").hidden = false;
  open(who.user);
}

/** The page begins anew, and nothing of what it has shown stays in it. */
function leave(): void {
  api.signOut();
  location.reload();
}

function showWho(user: string): void {
  const out = el("button", { type: "button", id: "sign-out", class: "quiet" }, "Sign out");
  out.addEventListener("click", leave);
  const status = el("span", { id: "status", class: "status", role: "status" });
  const detail = el("span", { id: "status-detail", class: "muted" });
  const action = el("button", { id: "status-action", class: "quiet", type: "button", hidden: "" });
  const connection = el("div", { class: "connection" }, status, detail, action);
  byId("session").replaceChildren(connection, el("span", { id: "who" }, user), out);
}

/* ---- the views ------------------------------------------------------------------------ */

function open(user: string): void {
  const client = new Client({ rooms: [MONITOR], getToken: () => api.token });
  showWho(user);
  showStatus(client);
  api.onrefused = leave;
  const server = new ServerView(api);
  const details = new Details(api, (room) => {
    connections.showRoom(room);
    choose("connections");
  });
  const connections = new ConnectionTable(api, details);
  const tap = new TapView(client, MONITOR);
  const tables = { rooms: roomTable(api, details), ended: endedTable(api) };
  const refreshers: Record<View, () => Promise<void>> = {
    server: () => server.refresh(),
    connections: () => connections.table.refresh(),
    rooms: () => tables.rooms.refresh(),
    ended: () => tables.ended.refresh(),
    tap: async () => {},
  };
  byId("to-all").addEventListener("click", () => details.everyone());
  client.on("message", (message) => {
    if (message.type === "system_metrics" && message.room === MONITOR) server.report(message);
  });
  addEventListener("pagehide", () => tap.end());
  for (const input of radios()) input.addEventListener("change", () => choose(input.value as View));
  choose(wanted());
  client.connect();
  keepFresh(refreshers);
}

let shown: View = "server";
let hurry: () => void = () => {};

function radios(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>("#views input")];
}

function wanted(): View {
  const asked = location.hash.slice(1);
  return VIEWS.find((view) => view === asked) ?? "server";
}

function choose(view: View): void {
  shown = view;
  for (const each of VIEWS) byId(`view-${each}`).hidden = each !== view;
  for (const input of radios()) input.checked = input.value === view;
  history.replaceState(null, "", `#${view}`);
  hurry();
}

/** The view that is shown, again and again while someone can see it. */
function keepFresh(refreshers: Record<View, () => Promise<void>>): void {
  const trouble = byId("trouble");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const next = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      if (document.visibilityState === "visible") await refreshers[shown]();
      trouble.hidden = true;
    } catch (error) {
      setText(trouble, words(error));
      trouble.hidden = false;
    }
    clearTimeout(timer);
    timer = setTimeout(() => void next(), REFRESH_MS);
  };
  hurry = () => void next();
  hurry();
}

/** After a reload one is still in. */
if (api.token) {
  api.whoAmI().then(enter, () => api.signOut());
}
