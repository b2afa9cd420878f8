/* global.ts - the library for a script tag, as Atrium */

import { AtriumError, connect } from "./index.js";

(globalThis as { Atrium?: object }).Atrium = { AtriumError, connect };
