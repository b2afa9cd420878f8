/* global.ts - the library for a script tag, as Atrium */

import { AtriumError, Client, connect, Room } from "./index.js";

Object.assign(globalThis, { Atrium: { AtriumError, Client, connect, Room } });
