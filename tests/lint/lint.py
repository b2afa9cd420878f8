#!/usr/bin/env python3
"""lint.py - check the rules of the tree; first each rule, by samples that it must catch.

    tests/lint/lint.py [RULE...]

The rules are in textrules.py and toolrules.py, what they go by in tables.py.

SPDX-License-Identifier: MIT
"""
import fnmatch
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tables  # noqa: E402
import textrules  # noqa: E402
import toolrules  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(ROOT, "build", "lint")
SKIPPED = {".git", "build", "node_modules", "dist", "__pycache__", ".cache", ".test"}
BINARY = (".png", ".ico", ".woff2", ".gz", ".jpg")


def paths():
    """Every file that is committed or would be; without git, all that is not built."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().split("\0") if name]
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED]
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return found


def read_tree():
    files = {}
    for path in sorted(set(paths())):
        full = os.path.join(ROOT, path)
        corpus = path.startswith("tests/fuzz/corpus/")
        if os.path.isfile(full) and not corpus and not path.endswith(BINARY):
            with open(full, encoding="utf-8", errors="replace", newline="") as file:
                files[path] = file.read()
    return files


def write_flags():
    """The compiler's flags, from the Makefile, for the rule that runs clang."""
    os.makedirs(BUILD, exist_ok=True)
    flags = subprocess.run(["make", "-s", "--no-print-directory", "V=release", "print-flags"],
                           cwd=ROOT, stdout=subprocess.PIPE, check=True)
    with open(os.path.join(BUILD, "flags"), "wb") as file:
        file.write(flags.stdout)


def apply(rule, root, files, build):
    if rule in textrules.RULES:
        return list(rule.check(files))
    return list(rule.check(root, files, build))


def apply_to_sample(rule, files):
    if rule in textrules.RULES:
        return apply(rule, None, files, None)
    with tempfile.TemporaryDirectory(prefix="atrium-lint-") as root:
        build = os.path.join(root, "lint.build")
        os.mkdir(build)
        shutil.copy(os.path.join(BUILD, "flags"), build)
        shutil.copy(os.path.join(ROOT, ".clang-format"), root)
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        return apply(rule, root, files, build)


def test_itself(rule):
    """Yields what is wrong with the rule: a sample it lets pass, or one it wrongly catches."""
    if not rule.bad:
        yield "has no bad sample"
    for number, sample in enumerate(rule.bad, 1):
        if not apply_to_sample(rule, sample):
            yield f"bad sample {number} was not caught"
    for number, sample in enumerate(rule.good, 1):
        for finding in apply_to_sample(rule, sample):
            yield f"good sample {number} was caught: {finding}"


def excepted(rule, path, used):
    for name, pattern in tables.EXCEPTIONS:
        if name == rule.name and fnmatch.fnmatchcase(path, pattern):
            used.add((name, pattern))
            return True
    return False


def main():
    wanted = sys.argv[1:]
    rules = [rule for rule in textrules.RULES + toolrules.RULES
             if not wanted or rule.name in wanted]
    unknown = set(wanted) - {rule.name for rule in rules}
    if unknown:
        print(f"lint: no such rule: {' '.join(sorted(unknown))}")
        return 2
    files = read_tree()
    write_flags()
    used = set()
    failed = 0
    for rule in rules:
        start = time.monotonic()
        wrong = [f"  lint itself: {rule.name}: {text}" for text in test_itself(rule)]
        wrong += [f"  {path}:{line}: {message}"
                  for path, line, message in apply(rule, ROOT, files, BUILD)
                  if not excepted(rule, path, used)]
        wrong += [f"  tables.py: exception {key} is not needed"
                  for key in tables.EXCEPTIONS if key[0] == rule.name and key not in used]
        state = f"{len(wrong)} wrong" if wrong else "ok"
        print(f"  {rule.name:16} {state:10} {time.monotonic() - start:6.2f} s", flush=True)
        for line in wrong:
            print("  " + line, flush=True)
        failed += bool(wrong)
    print(f"lint: {len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
