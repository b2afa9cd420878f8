/* spreadsheet.test.ts - the sheet's model: addresses, formulas, rows and columns, tables as text */

import assert from "node:assert/strict";
import test from "node:test";
import { addressOf, columnIndex, columnName } from "../pages/spreadsheet/address.js";
import { format, guarded, parse, separatorOf } from "../pages/spreadsheet/csv.js";
import { digitsOf, dayOf, fitting, type Format, formatOf, formatted, impliedBy, type Kind, NO_ROOM, readFormat, toKeptFormat, withDigits } from "../pages/spreadsheet/numbers.js";
import { shifted } from "../pages/spreadsheet/refs.js";
import { MOST, newId, Sheet, show, valueOf } from "../pages/spreadsheet/sheet.js";

/** The id of a cell by what is shown at the edges. */
function at(sheet: Sheet, address: string): string {
  const [, letters, row] = /^([A-Z]+)(\d+)$/.exec(address)!;
  return sheet.idAt({ row: Number(row) - 1, column: columnIndex(letters!) })!;
}

function write(sheet: Sheet, cells: Record<string, string>): Set<string> {
  for (const [address, source] of Object.entries(cells)) {
    const id = at(sheet, address);
    sheet.take(sheet.keyOf(id), source === "" ? undefined : sheet.keep(source));
  }
  return sheet.settle().cells;
}

function sheetOf(cells: Record<string, string>): Sheet {
  const sheet = new Sheet();
  write(sheet, cells);
  return sheet;
}

const shown = (sheet: Sheet, address: string): string => show(sheet.value(at(sheet, address)));
const source = (sheet: Sheet, address: string): string => sheet.source(at(sheet, address));

function insert(sheet: Sheet, axis: "rows" | "columns", index: number, count = 1): void {
  const ids = Array.from({ length: count }, newId);
  for (const [id, line] of sheet[axis].insert(index, ids)) sheet.take(sheet[axis].keyOf(id), line);
  sheet.settle();
}

function remove(sheet: Sheet, axis: "rows" | "columns", index: number): void {
  const id = sheet[axis].ids[index]!;
  sheet.take(sheet[axis].keyOf(id), sheet[axis].mark(id));
  sheet.settle();
}

test("columns are counted with letters, also after Z", () => {
  for (const [index, name] of [[0, "A"], [25, "Z"], [26, "AA"], [51, "AZ"], [52, "BA"]] as const) {
    assert.equal(columnName(index), name);
    assert.equal(columnIndex(name), index);
  }
  assert.equal(addressOf({ row: 9, column: 27 }), "AB10");
});

test("an empty room has a sheet", () => {
  const { rows, columns } = new Sheet();
  assert.deepEqual([rows.ids.length, columns.ids.length], [50, 26]);
  assert.deepEqual([rows.ids[0], rows.ids[49], columns.ids[0], columns.ids[25]], ["r1", "r50", "A", "Z"]);
});

test("what is written is a number, a truth or text", () => {
  const cases: [string, unknown][] = [
    ["12", 12], [" -1.5e3 ", -1500], ["12%", 0.12], ["true", true], ["FALSE", false],
    ["12 apples", "12 apples"], ["'12", "12"], ["'=A1", "=A1"], ["", ""], ["-", "-"], ["1e999", "1e999"],
  ];
  for (const [text, value] of cases) assert.deepEqual(valueOf(text), value === "1e999" ? Infinity : value, text);
});

test("formulas with ranges, and functions that the library lacks", () => {
  const sheet = sheetOf({ A1: "1", A2: "2", A3: "six", A4: "6", B1: "5" });
  const cases: Record<string, string> = {
    "=SUM(A1:A4)": "9", "=sum(a1:b4)*2": "28", "=AVERAGE(A1:A2,B1)": "2.66666666667", "=MAX(A1:B4)": "6",
    "=MIN(A1:A4)": "1", "=MIN(C1:C4)": "0", "=MEDIAN(A1:A4)": "2", "=COUNT(A1:A4)": "3", "=COUNTA(A1:A5)": "4",
    "=COUNTBLANK(A1:A5)": "1", "=STDEV(1,3)": "1.41421356237", '=IF(B1>3,"a<b","no")': "a<b", '="x"&A3': "xsix",
    "=C9": "0", "=0.1+0.2": "0.3", "=ROUND(2.555,2)": "2.56", "=MAX(1,7,3)": "7", "=VLOOKUP(2,A1:B2,1,FALSE)": "2",
    "=COUNTIF(A1:A4,\">1\")": "2", '=COUNTIF(A1:A5,"SIX")': "1", "=SUMIF(A1:A4,\">=2\")": "8",
    '=SUMIF(A1:A2,2,B1:B2)': "0", '=AVERAGEIF(A1:A4,"<>2")': "3.5", "=PRODUCT(A1:A4)": "12", "=$A$1+A$2": "3", "=REPT(\"ab\",3)": "ababab", "=10%": "0.1", "=A1=1": "TRUE",
  };
  for (const [formula, result] of Object.entries(cases)) {
    write(sheet, { D1: formula });
    assert.equal(shown(sheet, "D1"), result, formula);
  }
});

test("a number is shown in the form that was chosen for it", () => {
  const cases: [number, Kind, number | undefined, string | undefined][] = [
    [1234.5, "number", undefined, "1,234.50"], [-0.001, "number", undefined, "0.00"], [-1234567.891, "number", 1, "-1,234,567.9"],
    [0.125, "percent", 1, "12.5%"], [12, "percent", undefined, "1,200%"], [-3, "money", undefined, "-€3.00"],
    [12345, "scientific", undefined, "1.23E+4"], [46348, "date", undefined, "2026-11-22"], [46348.99, "date", undefined, "2026-11-22"],
    [46348.6041666666666, "time", undefined, "14:30"], [0.9999999, "time", undefined, "23:59"], [-1, "date", undefined, undefined],
    [1e9, "date", undefined, undefined], [Infinity, "number", undefined, undefined],
  ];
  for (const [value, kind, digits, shown] of cases) {
    assert.equal(formatted(value, formatOf(kind, digits, kind === "money" ? "EUR" : undefined)), shown, `${value} ${kind}`);
  }
  assert.deepEqual([fitting("1,234,567.89"), fitting("123,456,789,012")], ["1,234,567.89", NO_ROOM]);
});

test("what is written may say a form itself; a day is a number", () => {
  const cases: [string, Format | undefined][] = [
    ["12%", formatOf("percent", 0)], [" -1.25% ", formatOf("percent", 2)], [".5%", formatOf("percent", 1)], ["2026-11-22", formatOf("date")],
    ["=today()", formatOf("date")], ["=DATE(2026,1,1)", formatOf("date")], ["=TODAY()-A1", undefined], ["2026-02-30", undefined],
    ["12", undefined], ["a%", undefined], ["", undefined],
  ];
  for (const [text, format] of cases) assert.deepEqual(impliedBy(text), format, text);
  assert.deepEqual([dayOf("2026-11-22"), dayOf("1900-03-01"), dayOf("1900-02-28"), dayOf("2026-11-2")], [46348, 61, undefined, undefined]);
  const sheet = sheetOf({ A1: "2026-11-22", A2: "2026-12-24", A3: "=A2-A1", A4: "12%", A5: "'2026-11-22" });
  const texts = ["A1", "A3", "A4", "A5"].map((address) => sheet.text(at(sheet, address)));
  assert.deepEqual(texts, ["2026-11-22", "32", "12%", "2026-11-22"]);
});

test("forms are kept beside what is written, go along with their cell, and are forgotten by Automatic", () => {
  const sheet = sheetOf({ A1: "1234.5", B1: "=A1/100", C1: "words" });
  const [a, b, c] = ["A1", "B1", "C1"].map((address) => at(sheet, address)) as [string, string, string];
  const shape = (id: string, format: Format): void => sheet.take(sheet.formatKeyOf(id), toKeptFormat(format));
  shape(a, formatOf("money", 2, "EUR"));
  shape(b, formatOf("percent"));
  shape(c, formatOf("number"));
  assert.deepEqual([...sheet.settle().cells].sort(), [a, b, c]);
  assert.deepEqual([a, b, c].map((id) => sheet.text(id)), ["€1,234.50", "1,235%", "words"]);
  assert.deepEqual([source(sheet, "A1"), shown(sheet, "B1")], ["1234.5", "12.345"]);
  write(sheet, { A1: "2" });
  assert.equal(sheet.text(a), "€2.00");
  insert(sheet, "rows", 0);
  assert.deepEqual([sheet.text(at(sheet, "A2")), sheet.inForm().length], ["€2.00", 3]);
  const more = withDigits(sheet.format(a), digitsOf(sheet.format(a), sheet.text(a)) + 1);
  assert.deepEqual([more, withDigits(undefined, digitsOf(undefined, "0.25") - 1)], [formatOf("money", 3, "EUR"), formatOf("number", 1)]);
  sheet.take(sheet.formatKeyOf(a), undefined);
  assert.equal(sheet.text(a), "2");
  for (const value of [null, 5, {}, { f: "x" }, { f: "money" }, { f: "money", c: "<b>" }, { f: ["date"] }]) {
    assert.equal(readFormat(value), undefined, JSON.stringify(value));
  }
  assert.deepEqual(readFormat({ f: "number", d: 1e9 }), formatOf("number", 10));
  assert.deepEqual(readFormat({ f: "number", d: "2" }), formatOf("number"));
});

test("faults are shown, and go through what depends on them", () => {
  const sheet = sheetOf({ A1: "0", A2: "=1/A1", A3: "=SUM(A1:A2)", A4: "=IFERROR(A2,7)", A5: "text" });
  assert.deepEqual([shown(sheet, "A2"), shown(sheet, "A3"), shown(sheet, "A4")], ["#DIV/0!", "#DIV/0!", "7"]);
  const faults: Record<string, string> = {
    "=ZZ999": "#REF!", "=A51": "#REF!", "=NOPE(1)": "#NAME?", "=1+": "#ERROR!", "=A5*2": "#VALUE!",
    "=MEDIAN(C1:C4)": "#NUM!", '=WEBSERVICE("/api/rooms")': "#NAME?", "=MUNIT(9999)": "#NAME?", "=SUMIF(A1)": "#VALUE!", "=MAX(A1:A2)": "#DIV/0!",
    '=REPT("a",100000)': "#VALUE!", "=NA()": "#N/A", "=": "#ERROR!", "=nonsense": "#NAME?",
  };
  for (const [formula, fault] of Object.entries(faults)) {
    write(sheet, { D1: formula });
    assert.equal(shown(sheet, "D1"), fault, formula);
  }
});

test("a circle is shown as one, and can be opened again", () => {
  const sheet = sheetOf({ A1: "=B1+1", B1: "=C1+1", C1: "=SUM(A1:A3)", D1: "=A1", E1: "=E1" });
  for (const address of ["A1", "B1", "C1", "D1", "E1"]) assert.equal(shown(sheet, address), "#CYCLE!", address);
  write(sheet, { C1: "5" });
  for (const [address, value] of [["A1", "7"], ["B1", "6"], ["D1", "7"], ["E1", "#CYCLE!"]] as const) {
    assert.equal(shown(sheet, address), value, address);
  }
});

test("what depends on a change is worked out, and nothing else", () => {
  const sheet = sheetOf({ A1: "1", B1: "=A1*2", C1: "=B1*2", D1: "=D2", D2: "4" });
  const changed = write(sheet, { A1: "3" });
  assert.deepEqual([...changed].sort(), ["r1/A", "r1/B", "r1/C"]);
  assert.deepEqual([shown(sheet, "C1"), shown(sheet, "D1")], ["12", "4"]);
  write(sheet, { A1: "" });
  assert.equal(shown(sheet, "C1"), "0");
});

test("a long chain, last cell first, is no trouble", () => {
  const cells: Record<string, string> = {};
  for (let row = 50; row > 1; row--) {
    for (const letter of "ABCDEF") cells[`${letter}${row}`] = `=${letter}${row - 1}+1`;
  }
  for (const [n, letter] of [..."BCDEF"].entries()) cells[`${letter}1`] = `=${"ABCDE"[n]}50+1`;
  const sheet = sheetOf(cells);
  write(sheet, { A1: "1" });
  assert.equal(shown(sheet, "F50"), "300");
});

test("text that doubles from cell to cell ends", () => {
  const cells: Record<string, string> = { A1: "abcdefghij" };
  for (let row = 2; row <= 50; row++) cells[`A${row}`] = `=A${row - 1}&A${row - 1}`;
  const sheet = sheetOf(cells);
  assert.equal(shown(sheet, "A10").length, 5120);
  assert.equal(shown(sheet, "A50"), "#VALUE!");
});

test("rows and columns are put in, and formulas go on meaning the same cells", () => {
  const sheet = sheetOf({ A1: "1", A2: "2", A3: "3", B1: "=SUM(A1:A3)", B2: "=$A$2", B3: '="A2"&A3&LOG10(100)&1E+2' });
  insert(sheet, "rows", 1, 2);
  assert.equal(source(sheet, "B1"), "=SUM(A1:A5)");
  assert.equal(source(sheet, "B4"), "=$A$4");
  assert.equal(source(sheet, "B5"), '="A2"&A5&LOG10(100)&1E+2');
  write(sheet, { A2: "10" });
  assert.deepEqual([shown(sheet, "B1"), shown(sheet, "B4"), shown(sheet, "B5")], ["16", "2", "A232100"]);
  insert(sheet, "columns", 0);
  assert.equal(source(sheet, "C1"), "=SUM(B1:B5)");
  assert.equal(shown(sheet, "C1"), "16");
  assert.deepEqual([sheet.rows.ids.length, sheet.columns.ids.length], [52, 27]);
});

test("what is deleted is missed by name; ranges lose it", () => {
  const sheet = sheetOf({ A1: "1", A2: "2", A3: "3", A4: "4", C5: "=SUM(A1:A3)", C6: "=A2", C7: "=SUM(A2:A2)", C8: "=SUM(A3:A1)" });
  remove(sheet, "rows", 1);
  assert.deepEqual([source(sheet, "C4"), shown(sheet, "C4")], ["=SUM(A1:A2)", "4"]);
  assert.deepEqual([source(sheet, "C5"), shown(sheet, "C5")], ["=#REF!", "#REF!"]);
  assert.deepEqual([source(sheet, "C6"), shown(sheet, "C6")], ["=SUM(#REF!)", "#REF!"]);
  assert.equal(shown(sheet, "C7"), "4");
  remove(sheet, "rows", 0);
  assert.deepEqual([source(sheet, "C3"), shown(sheet, "C3")], ["=SUM(A1:A1)", "3"]);
  assert.deepEqual([source(sheet, "C6"), shown(sheet, "C6")], ["=SUM(A1:A1)", "3"]);
  remove(sheet, "columns", 0);
  assert.equal(shown(sheet, "B3"), "#REF!");
  sheet.take("r/r1", undefined);
  sheet.take("r/r2", undefined);
  sheet.take("k/A", undefined);
  sheet.settle();
  assert.deepEqual([source(sheet, "C5"), shown(sheet, "C5")], ["=SUM(A1:A3)", "6"]);
});

test("two who put a row in the same place both have one, and a third goes between", () => {
  const sheet = new Sheet();
  const [ann, bob] = [sheet.rows.insert(3, ["annsrow"]), sheet.rows.insert(3, ["bobsrow"])];
  for (const [id, line] of [...ann, ...bob]) sheet.take(sheet.rows.keyOf(id), line);
  assert.deepEqual(sheet.rows.ids.slice(2, 6), ["r3", "annsrow", "bobsrow", "r4"]);
  insert(sheet, "rows", 4);
  assert.deepEqual([sheet.rows.ids[3], sheet.rows.ids[5]], ["annsrow", "bobsrow"]);
});

test("rows are added at the end, no more than there may be", () => {
  const sheet = new Sheet();
  insert(sheet, "rows", 50, 300);
  assert.equal(sheet.rows.ids.length, MOST.rows);
  assert.equal(sheet.rows.ids[49], "r50");
});

test("only a row that a formula names has to be remembered", () => {
  const sheet = sheetOf({ A1: "=SUM(B2:B4)", A2: "[r9/" });
  assert.deepEqual(["r2", "r3", "r4", "r9", "B"].map((id) => sheet.named(id)), [true, false, true, false, true]);
});

test("what a stranger keeps there does no harm", () => {
  const sheet = new Sheet();
  for (const value of [null, 5, "x", {}, { v: 5 }, { v: null }, [], { order: 7 }, { order: "" }, { order: "0" }]) {
    for (const key of ["c/r1/A", "c/r1", "c/a/b/c", "c/__proto__/A", "c/r1/<b>", "r/r1", "r/", "k/x y", "zzz", "k/new", "f/r1/A", "f/__proto__/A"]) {
      sheet.take(key, value);
    }
  }
  sheet.settle();
  assert.deepEqual([sheet.rows.ids.length, sheet.columns.ids.length, sheet.used()], [50, 26, undefined]);
  sheet.take("c/r1/A", { v: "=[/]+[a/b]:[c/d]" });
  sheet.take("c/r2/A", { v: "=SUM(B1:B2)" });
  sheet.take("c/r1/B", { v: "4" });
  sheet.settle();
  assert.equal(shown(sheet, "A1"), "#ERROR!");
  assert.equal(shown(sheet, "A2"), "4");
});

test("what is worked out at once is bounded", () => {
  const sheet = new Sheet();
  insert(sheet, "rows", 50, 150);
  const count = (fault: string): number => sheet.written().filter((id) => show(sheet.value(id)) === fault).length;
  const fill = (rows: number, formula: string): void => {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < 26; column++) {
        sheet.take(sheet.keyOf(sheet.idAt({ row, column })!), sheet.keep(formula));
      }
    }
    sheet.settle();
  };
  fill(80, "=1");
  assert.deepEqual([count("1"), count("#LIMIT!")], [2000, 80]);
  for (const id of sheet.written()) sheet.take(sheet.keyOf(id), undefined);
  fill(10, "=SUM(A20:Z200)");
  assert.ok(count("0") > 100 && count("#LIMIT!") > 0, `${count("0")}, ${count("#LIMIT!")}`);
  assert.equal(count("0") + count("#LIMIT!"), 260);
});

test("the box in use ends with the last cell that is shown", () => {
  const sheet = sheetOf({ B3: "x", D1: "y" });
  assert.deepEqual(sheet.used(), { from: { row: 0, column: 0 }, to: { row: 2, column: 3 } });
  remove(sheet, "columns", 3);
  assert.deepEqual(sheet.used()!.to, { row: 2, column: 1 });
});

test("a formula goes along when it is copied", () => {
  assert.equal(shifted("=A1+$B$2+C$3+$D4&\"A1\"", 2, 1), "=B3+$B$2+D$3+$D6&\"A1\"");
  assert.equal(shifted("=A1", -1, 0), "=#REF!");
  assert.equal(shifted("=LOG10(A1)", 1, 0), "=LOG10(A2)");
});

test("tables are read and written as RFC 4180 says", () => {
  const cases: [string, string[][]][] = [
    ["a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]],
    ["a,b\nc,d", [["a", "b"], ["c", "d"]]],
    ["a,b\rc,\r", [["a", "b"], ["c", ""]]],
    ['"a ""b"", c","d\r\ne"', [['a "b", c', "d\r\ne"]]],
    ["\ufeffa,,\n\n,b", [["a", "", ""], [""], ["", "b"]]],
    ['a"b,"c"d,""\n', [['a"b', "cd", ""]]],
    ['"open', [["open"]]], ["", []], [",", [["", ""]]], ["\n", [[""]]],
  ];
  for (const [text, rows] of cases) assert.deepEqual(parse(text), rows, JSON.stringify(text));
  const table = [["a", 'b "c"', "d,e"], ["f\ng", "", " h "]];
  assert.equal(format(table), 'a,"b ""c""","d,e"\r\n"f\ng",," h "\r\n');
  assert.deepEqual(parse(format(table)), table);
  assert.deepEqual(parse(format(table, "\t", "\n"), "\t"), table);
  assert.deepEqual(["a,b;c\n;;;", "a;b;c,d", "a\tb", "a"].map(separatorOf), [",", ";", "\t", ","]);
});

test("text that would be a formula elsewhere stays text, there and here again", () => {
  for (const text of ["=1+1", "+1", "-x", "@SUM(A1)", "\tx", "\rx"]) assert.equal(guarded(text), `'${text}`);
  for (const text of ["a=1", "", "1", "'x"]) assert.equal(guarded(text), text);
  assert.equal(valueOf(guarded("=1+1")), "=1+1");
});
