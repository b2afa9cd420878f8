/* global-socket.ts - the command dialect's client for a script tag, as AtriumSocket */

import { Socket } from "./socket.js";

(globalThis as { AtriumSocket?: object }).AtriumSocket = { Socket };
