/* alerts.ts - the list of alerts, those that fire first */

import { byId, el, KeyedList, setText } from "../lib/dom.js";
import { duration, number } from "../lib/format.js";
import type { AlertInfo } from "./metrics.js";

export class AlertList {
  readonly #rows = new KeyedList<AlertInfo, HTMLLIElement>(
    byId("alerts"),
    ({ name }) => name,
    ({ name }) =>
      el(
        "li",
        {},
        el("span", { class: "mark" }),
        el("span", { class: "name" }, name.replaceAll("_", " ")),
        " ",
        el("span", { class: "state" }),
        el("span", { class: "detail muted small" }),
      ),
    (row, alert) => fill(row, alert, this.#now),
  );
  #now = 0;

  show(alerts: readonly AlertInfo[], now: number): void {
    const firing = alerts.filter((alert) => alert.firing);
    this.#now = now;
    this.#rows.show([...firing, ...alerts.filter((alert) => !alert.firing)]);
    byId("alerts-section").hidden = alerts.length === 0;
    const names = firing.map(({ name }) => name.replaceAll("_", " ")).join(", ");
    setText(byId("alerts-summary"), firing.length ? `Firing: ${names}` : "Nothing is wrong.");
  }
}

function fill(row: HTMLLIElement, alert: AlertInfo, now: number): void {
  const { firing, when, value, on, since } = alert;
  const long = since === null ? "" : ` for ${duration(Math.max(0, (now - since) / 1000))}`;
  const what = value === null ? "not known" : `${on} has ${number(value)}`;
  row.classList.toggle("firing", firing);
  setText(row.querySelector(".state") as Element, firing ? `firing${long}` : "ok");
  setText(row.querySelector(".detail") as Element, `${when} – ${what}`);
}
