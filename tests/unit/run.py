#!/usr/bin/env python3
"""run.py - run unit test programs; print a line for each, and the output of those that fail: its
beginning and end if it is long (a failed test leaks), the whole is in PROGRAM.log.

SPDX-License-Identifier: MIT
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import time

TIME_LIMIT = 60
SHOWN = 50  # lines, of the beginning and of the end
PASSED = re.compile(r"\[\s*PASSED\s*\]\s+(\d+) test")
FAILED = re.compile(r"\[\s*FAILED\s*\]\s+(\d+) test")


def run(program):
    """Answers (program, ok, passed, failed, seconds, output)."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            [program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIME_LIMIT,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        code = done.returncode
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode("utf-8", "replace")
        output += f"\nstill running after {TIME_LIMIT} s\n"
        code = -1
    passed = sum(map(int, PASSED.findall(output)))
    failed = sum(map(int, FAILED.findall(output)))
    if code != 0:
        output += f"\nexit status {code}\n"
        failed = max(failed, 1)
    elif passed == 0:
        output += "\nno test was run\n"
        failed = 1
    return program, failed == 0, passed, failed, time.monotonic() - start, output


def show(program, output):
    log = program + ".log"
    with open(log, "w", encoding="utf-8") as file:
        file.write(output)
    lines = output.splitlines()
    if len(lines) > 2 * SHOWN + 1:
        cut = f"... {len(lines) - 2 * SHOWN} lines more in {log}"
        lines = lines[:SHOWN] + [cut] + lines[-SHOWN:]
    print("\n".join(lines))


def main():
    programs = sys.argv[1:]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for program, good, good_count, bad_count, seconds, output in pool.map(run, programs):
            name = "/".join(program.split("/")[-2:])
            print(f"  {'ok' if good else 'FAIL':5} {name}: {good_count} tests, {seconds:.2f} s")
            if not good:
                show(program, output)
            sys.stdout.flush()
            passed += good_count
            failed += bad_count
    print(f"unit: {passed} passed, {failed} failed")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
