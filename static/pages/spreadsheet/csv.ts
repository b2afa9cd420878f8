/* csv.ts - tables as text: RFC 4180, and with tabs what the clipboard has */

/** What other programs would take for a formula when it stands at a cell's beginning. */
const DANGEROUS = /^[=+\-@\t\r]/;

/** Rows of fields. Quotes in the middle of a field, and a last one without an end, are taken as they are. */
export function parse(text: string, separator = ","): string[][] {
  const rows: string[][] = [];
  let [row, field, quoted, begun]: [string[], string, boolean, boolean] = [[], "", false, false];
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const endField = (): void => {
    row.push(field);
    [field, begun] = ["", false];
  };
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if (quoted) {
      if (char !== '"') field += char;
      else if (source[at + 1] === '"') field += source[++at]!;
      else quoted = false;
    } else if (char === '"' && !begun) [quoted, begun] = [true, true];
    else if (char === separator) endField();
    else if (char === "\n" || char === "\r") {
      if (char === "\r" && source[at + 1] === "\n") at++;
      endField();
      rows.push(row);
      row = [];
    } else [field, begun] = [field + char, true];
  }
  if (row.length || begun) {
    endField();
    rows.push(row);
  }
  return rows;
}

export function format(rows: readonly (readonly string[])[], separator = ",", end = "\r\n"): string {
  const quote = (field: string): string =>
    /["\r\n]/.test(field) || field.includes(separator) || field.trim() !== field
      ? `"${field.replaceAll('"', '""')}"`
      : field;
  return rows.map((row) => row.map(quote).join(separator) + end).join("");
}

/** Which of these separates the fields of a file: the one that its first line has most of. */
export function separatorOf(text: string): string {
  const [first = ""] = text.split(/\r?\n/, 1);
  const count = (separator: string): number => parse(first, separator)[0]?.length ?? 0;
  return [",", ";", "\t"].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** Text that would be a formula elsewhere, so that it stays text there: with a ' before it. */
export function guarded(text: string): string {
  return DANGEROUS.test(text) ? `'${text}` : text;
}
