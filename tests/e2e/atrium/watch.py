# watch.py - one thread that watches descriptors, and waits for what it saw
# SPDX-License-Identifier: MIT
import asyncio
import concurrent.futures
import os
import selectors
import threading
import time

from .where import patient


class Watch:
    """Calls back when a descriptor can be read, and wakes all who wait for a change."""

    def __init__(self):
        self.changed = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._calls = []
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self):
        while True:
            events = self._selector.select()
            with self.changed:
                for key, _ in events:
                    if key.data is None:
                        os.read(self._wake_read, 4096)
                    else:
                        key.data()
                calls, self._calls = self._calls, []
                for call in calls:
                    call()
                self.changed.notify_all()

    def _soon(self, call):
        with self.changed:
            self._calls.append(call)
        os.write(self._wake_write, b".")

    def run(self, call):
        """In the watching thread, which lives as long as this process does; the call's result."""
        future = concurrent.futures.Future()

        def run():
            try:
                future.set_result(call())
            except Exception as error:  # is the caller's
                future.set_exception(error)

        self._soon(run)
        return future.result()

    def add(self, fileobj, call):
        self._soon(lambda: self._selector.register(fileobj, selectors.EVENT_READ, call))

    def remove_now(self, fileobj):
        """From a callback only."""
        try:
            self._selector.unregister(fileobj)
        except (KeyError, ValueError):
            pass

    def remove(self, fileobj, then=lambda: None):
        def call():
            self.remove_now(fileobj)
            then()
        self._soon(call)

    def wait(self, condition, seconds, what):
        """Until condition() is true: looks after each event, and every 50 ms for what has none."""
        deadline = time.monotonic() + patient(seconds)
        with self.changed:
            while True:
                result = condition()
                if result:
                    return result
                left = deadline - time.monotonic()
                if left <= 0:
                    said = what() if callable(what) else what
                    raise TimeoutError(f"not within {patient(seconds):g} s: {said}")
                self.changed.wait(min(left, 0.05))


watch = Watch()


def until(condition, seconds=5, what="condition"):
    """For what no message tells. The condition may block for a while (an HTTP request)."""
    deadline = time.monotonic() + patient(seconds)
    while True:
        result = condition()
        if result:
            return result
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"not within {patient(seconds):g} s: {what}")
        with watch.changed:
            watch.changed.wait(min(left, 0.05))


async def until_async(condition, seconds=5, what="condition"):
    """The same without holding up this test's own clients; `condition` may be a coroutine function."""
    loop = asyncio.get_running_loop()

    def ask():
        result = condition()
        if asyncio.iscoroutine(result):
            return asyncio.run_coroutine_threadsafe(result, loop).result(patient(seconds))
        return result

    return await asyncio.to_thread(until, ask, seconds, what)
