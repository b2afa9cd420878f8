/* fast-formula-parser.d.ts - what is used of the library, which comes without types */

declare module "fast-formula-parser" {
  interface Place {
    row: number;
    col: number;
    sheet?: string;
  }

  interface Range {
    from: Place;
    to: Place;
    sheet?: string;
  }

  /** How a function gets what it is called with. */
  export interface Argument {
    value: unknown;
    isArray?: boolean;
    isRangeRef?: boolean;
    isCellRef?: boolean;
  }

  /** What functions get first that are to look at references themselves. */
  export interface Context {
    utils: { extractRefValue(arg: unknown): { val: unknown } };
  }

  export class FormulaError extends Error {
    static readonly DIV0: FormulaError;
    static readonly NAME: FormulaError;
    static readonly NUM: FormulaError;
    static readonly REF: FormulaError;
    static readonly VALUE: FormulaError;
    constructor(code: string);
  }

  export class DepParser {
    parse(formula: string, at: Place): (Place | Range)[];
  }

  export default class FormulaParser {
    static readonly FormulaError: typeof FormulaError;
    static readonly DepParser: typeof DepParser;
    constructor(config: {
      functions: Record<string, (...values: never[]) => unknown>;
      onCell: (at: Place) => unknown;
      onRange: (range: Range) => unknown[][];
    });
    parse(formula: string, at: Place): unknown;
  }
}
