/* address.ts - cells by what is shown at the edges: A1, and columns after Z */

/** Where a cell is shown, counted from 0. */
export interface Position {
  row: number;
  column: number;
}

/** A rectangle of cells; both corners are in it. */
export interface Box {
  from: Position;
  to: Position;
}

const LETTERS = 26;

export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % LETTERS));
  return index < LETTERS ? letter : columnName(Math.floor(index / LETTERS) - 1) + letter;
}

export function columnIndex(name: string): number {
  let index = 0;
  for (const letter of name.toUpperCase()) index = index * LETTERS + letter.charCodeAt(0) - 64;
  return index - 1;
}

export function addressOf({ row, column }: Position): string {
  return `${columnName(column)}${row + 1}`;
}

export function boxOf(a: Position, b: Position): Box {
  return {
    from: { row: Math.min(a.row, b.row), column: Math.min(a.column, b.column) },
    to: { row: Math.max(a.row, b.row), column: Math.max(a.column, b.column) },
  };
}

export function contains({ from, to }: Box, { row, column }: Position): boolean {
  return from.row <= row && row <= to.row && from.column <= column && column <= to.column;
}

/** A box as its first and last cell, or as the one that it is. */
export function rangeName({ from, to }: Box): string {
  const [first, last] = [addressOf(from), addressOf(to)];
  return first === last ? first : `${first}:${last}`;
}
