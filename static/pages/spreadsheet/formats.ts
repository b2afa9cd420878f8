/* formats.ts - the menu of forms in which numbers are shown */

import type { MenuItem } from "../lib/menu.js";
import { digitsOf, type Format, formatOf, type Kind, withDigits } from "./numbers.js";
import type { Sheet } from "./sheet.js";

/** The form that a cell is to have; undefined: none of its own. */
export type FormatFor = (id: string) => Format | undefined;

/** With an example of each, as no word says it better. */
const FORMS: [label: string, kind: Kind | undefined, currency?: string][] = [
  ["Automatic", undefined],
  ["Number 1,234.50", "number"],
  ["Percent 12%", "percent"],
  ["Euro €1,234.50", "money", "EUR"],
  ["Dollar $1,234.50", "money", "USD"],
  ["Pound £1,234.50", "money", "GBP"],
  ["Scientific 1.23E+3", "scientific"],
  ["Date 2026-11-22", "date"],
  ["Time 14:30", "time"],
];

/** For what is chosen, of which `active` says what is in force. */
export function formatMenu(sheet: Sheet, active: string, apply: (formatFor: FormatFor) => void): MenuItem[] {
  const now = sheet.chosenFormat(active);
  const forms = FORMS.map(([label, kind, currency]): MenuItem => {
    const current = now?.kind === kind && now?.currency === currency;
    const format = kind && formatOf(kind, undefined, currency);
    return { label, current, run: () => apply(() => format) };
  });
  const shown = digitsOf(sheet.format(active), sheet.text(active));
  const digits = (label: string, step: 1 | -1): MenuItem => ({
    label,
    run: () => apply((id) => withDigits(sheet.format(id), shown + step)),
  });
  return [...forms, digits("More digits after the point", 1), digits("Fewer digits after the point", -1)];
}
