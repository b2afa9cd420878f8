/* chances.ts - chance that is the same each time */

/** Whole numbers from 0 to below a bound, by a seed: xorshift. */
export function chances(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
