/* functions.ts - functions that the library lacks, takes too lightly, or that are not for strangers */

import Parser, { type Argument, type Context } from "fast-formula-parser";

/** So long may a text that a formula makes be. */
export const LONGEST = 32_767;
const { FormulaError } = Parser;

/** The numbers among arguments; of a cell, only what is a number counts. */
function numbers(values: Argument[]): number[] {
  const found: number[] = [];
  for (const { value, isRangeRef, isCellRef, isArray } of values) {
    const direct = !isRangeRef && !isCellRef && !isArray;
    for (const item of [value].flat(2)) {
      if (item instanceof FormulaError) throw item;
      if (typeof item === "number") found.push(item);
      else if (direct && item !== null && item !== undefined) found.push(number(item));
    }
  }
  return found;
}

function number(value: unknown): number {
  const found = typeof value === "string" && value.trim() === "" ? NaN : Number(value);
  if (Number.isNaN(found)) throw FormulaError.VALUE;
  return found;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (!sorted.length) throw FormulaError.NUM;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function deviation(values: number[]): number {
  if (values.length < 2) throw FormulaError.DIV0;
  const mean = average(values);
  return Math.sqrt(sum(values.map((each) => (each - mean) ** 2)) / (values.length - 1));
}

function cells(values: Argument[]): unknown[] {
  return values.flatMap(({ value }) => [value].flat(2));
}

export const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";
const extreme = (values: number[], pick: (a: number, b: number) => number): number =>
  values.length ? values.reduce((a, b) => pick(a, b)) : 0;
const unknown = (): never => {
  throw FormulaError.NAME;
};

/* ---- sums of what meets a condition ------------------------------------------------------------ */

const COMPARISONS: Record<string, (order: number) => boolean> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  ">": (order) => order > 0,
  "<=": (order) => order <= 0,
  ">=": (order) => order >= 0,
};

/** Whether a value meets a condition such as 5, ">5" or "apple". */
function criterion(condition: unknown): (value: unknown) => boolean {
  const [, sign = "=", text = ""] = /^(<=|>=|<>|<|>|=)?([^]*)$/.exec(String(condition ?? ""))!;
  const holds = COMPARISONS[sign]!;
  const wanted = text.trim() === "" ? NaN : Number(text);
  return (value) => {
    if (!Number.isNaN(wanted)) {
      return typeof value === "number" ? holds(Math.sign(value - wanted)) : sign === "<>";
    }
    if (typeof value === "number") return sign === "<>";
    const [a, b] = [String(value ?? "").toLowerCase(), text.toLowerCase()];
    return holds(a < b ? -1 : a > b ? 1 : 0);
  };
}

/** The library gives some functions references, and not what is there. */
function matching({ utils }: Context, given: unknown[]): number[] {
  const [range, condition, summed = range] = given.map((arg) => ({
    value: utils.extractRefValue(arg).val,
  }));
  if (!range || !condition || !summed) throw FormulaError.VALUE;
  const meets = criterion(cells([condition])[0]);
  const tested = cells([range]);
  const found = cells([summed]).filter((_, n) => meets(tested[n]));
  return found.filter((value) => typeof value === "number");
}

const sum = (values: number[]): number => values.reduce((all, each) => all + each, 0);

function average(values: number[]): number {
  if (!values.length) throw FormulaError.DIV0;
  return sum(values) / values.length;
}

export const functions = {
  SUM: (...values: Argument[]) => sum(numbers(values)),
  AVERAGE: (...values: Argument[]) => average(numbers(values)),
  PRODUCT: (...values: Argument[]) => numbers(values).reduce((all, each) => all * each, 1),
  COUNTIF: (range: Argument, condition: Argument) => {
    const meets = criterion(cells([condition])[0]);
    return cells([range]).filter((value) => !isEmpty(value) && meets(value)).length;
  },
  SUMIF: (context: Context, ...given: unknown[]) => sum(matching(context, given)),
  AVERAGEIF: (context: Context, ...given: unknown[]) => average(matching(context, given)),
  MAX: (...values: Argument[]) => extreme(numbers(values), Math.max),
  MIN: (...values: Argument[]) => extreme(numbers(values), Math.min),
  MEDIAN: (...values: Argument[]) => median(numbers(values)),
  STDEV: (...values: Argument[]) => deviation(numbers(values)),
  COUNTA: (...values: Argument[]) => cells(values).filter((value) => !isEmpty(value)).length,
  COUNTBLANK: (...values: Argument[]) => cells(values).filter(isEmpty).length,
  REPT: (text: Argument, times: Argument) => {
    const [word, count] = [String(cells([text])[0] ?? ""), number(cells([times])[0] ?? 0)];
    if (count < 0 || word.length * count > LONGEST) throw FormulaError.VALUE;
    return word.repeat(count);
  },
  WEBSERVICE: unknown, // a cell makes no one's browser ask anyone
  MUNIT: unknown, // one number would ask for any amount of memory
};
