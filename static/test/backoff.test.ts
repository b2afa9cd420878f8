/* backoff.test.ts */

import assert from "node:assert/strict";
import test from "node:test";
import { advisedDelay, Backoff } from "../client/backoff.js";

test("the ceiling doubles from half a second to twenty", () => {
  const backoff = new Backoff(() => 1);
  const delays = Array.from({ length: 9 }, () => backoff.next());
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000]);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

test("jitter is full: any delay below the ceiling", () => {
  assert.equal(new Backoff(() => 0).next(), 0);
  assert.equal(new Backoff(() => 0.25).next(), 125);
});

test("the server's slot is taken as it is, and is the least when attempts go on failing", () => {
  const backoff = new Backoff(() => 1);
  assert.equal(backoff.next(0), 0);
  assert.equal(backoff.next(10), 1000);
  assert.equal(backoff.next(60_000), 60_000);
});

test("a close reason's advice is read, and nothing else is taken for one", () => {
  assert.equal(advisedDelay('{"retry_ms":1200}'), 1200);
  for (const reason of ["", "bye", "null", "{}", '{"retry_ms":-1}', '{"retry_ms":"5"}', "[1]"]) {
    assert.equal(advisedDelay(reason), undefined, reason);
  }
});
