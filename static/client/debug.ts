/* debug.ts - what a connection does, line by line, without its secrets */

export type Debug = boolean | ((line: string) => void);
export type Say = (line: string) => void;

/** In an address or in a message. */
const SECRETS = /\b((?:token|resume)"?[:=]\s*"?)[^"&\s]+/g;

/** Where lines go; undefined: nowhere. */
export function speaker(debug: Debug | undefined): Say | undefined {
  if (!debug) return undefined;
  const say = debug === true ? (line: string) => console.debug(`atrium: ${line}`) : debug;
  return (line) => say(line.replace(SECRETS, "$1…"));
}
