"""toolrules.py - rules that run a program over the tree: clang-format, cppcheck, clang, shells.
Each is a function of (root, files, build) that yields findings; samples are as in textrules.py.

SPDX-License-Identifier: MIT
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess

import tables
from textrules import Rule, is_c

RULES = []
WORKERS = os.cpu_count() or 2
HEAD = "/* x.c - a sample */\n"
FINDING = re.compile(r"^(?:\./)?([^:\s]+):(\d+):(?:\d+:)? (?:fatal )?(?:error|warning|style|"
                     r"performance|portability): (.*)$", re.M)


def rule(bad, good):
    def register(check):
        RULES.append(Rule(check.__name__.replace("_", "-"), check, bad, good))
        return check

    return register


def run(root, command):
    """Answers (exit status, what was printed)."""
    if not shutil.which(command[0]):
        return 127, f"{command[0]}: not installed; make test-deps"
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def in_parts(root, command, paths):
    """Runs the command over the paths, a part of them on each core."""
    parts = [part for part in (sorted(paths)[n::WORKERS] for n in range(WORKERS)) if part]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(lambda part: run(root, command + part), parts)


def findings(status, output, what):
    """The lines of a compiler-like output; if it failed without any, the output itself."""
    found = set(FINDING.findall(output))
    for path, line, message in sorted(found):
        yield path, int(line), message
    if status and not found:
        yield what, 0, output.strip() or f"exit status {status}"


@rule(
    bad=[{"x.c": HEAD + "int  f( void ){ return 0; }\n"}],
    good=[{"x.c": HEAD + "int f(void)\n{\n\treturn 0;\n}\n"}],
)
def clang_format(root, files, _build):
    """Formatted as .clang-format says (`make format` does it)."""
    paths = [path for path in files if is_c(path)]
    for status, output in in_parts(root, ["clang-format", "--dry-run", "-Werror"], paths):
        yield from findings(status, output, "clang-format")


def macro_headers(folder):
    """Those of other people's headers that cppcheck has to know, where who includes them finds them."""
    for name in tables.CPPCHECK_INCLUDES:
        for path in glob.glob(f"/usr/include/{name}") or glob.glob(f"/usr/include/*-gnu/{name}"):
            link = os.path.join(folder, name)
            os.makedirs(os.path.dirname(link), exist_ok=True)
            if not os.path.lexists(link):
                os.symlink(path, link)
    return folder


@rule(
    bad=[{"x.c": "int f(void);\nint f(void)\n{\n\tint *p = 0;\n\treturn *p;\n}\n"}],
    good=[{"x.c": "int f(void);\nint f(void)\n{\n\treturn 0;\n}\n"}],
)
def cppcheck(root, files, build):
    """Warnings, performance and portability."""
    paths = [path for path in files if path.endswith(".c")]
    cache = os.path.join(build, "cppcheck")
    os.makedirs(cache, exist_ok=True)
    if paths:
        status, output = run(root, [
            "cppcheck", "--quiet", "--enable=warning,performance,portability", "--inline-suppr",
            "--error-exitcode=1", "--std=c11", "--library=posix", "-D_GNU_SOURCE", "-I.",
            f"-I{macro_headers(os.path.join(build, 'include'))}",
            f"--cppcheck-build-dir={cache}", f"-j{WORKERS}",
            "--template={file}:{line}: {severity}: {message} [{id}]"]
            + [f"--suppress={what}" for what in tables.CPPCHECK_SUPPRESSES] + sorted(paths))
        yield from findings(status, output, "cppcheck")


@rule(
    bad=[
        {"x.c": "int f(long n);\nint f(long n)\n{\n\treturn n;\n}\n"},
        {"x.c": "int f(void)\n{\n\treturn 0;\n}\n"},
    ],
    good=[{"x.c": "int f(void);\nint f(void)\n{\n\treturn 0;\n}\n"}],
)
def clang(root, files, build):
    """Compiles without a warning with clang too."""
    paths = [path for path in files if path.endswith(".c")]
    with open(os.path.join(build, "flags"), encoding="utf-8") as flags:
        command = ["clang", "-fsyntax-only"] + flags.read().split()
    for status, output in in_parts(root, command, paths):
        yield from findings(status, output, "clang")


@rule(
    bad=[{"x.sh": "#!/bin/sh\nif true\n"}, {"x": "#!/bin/bash\nfor\n"}],
    good=[{"x.sh": "#!/bin/sh\nif true; then :; fi\n", "y": "no script\n"}],
)
def shells(root, files, _build):
    """Shell scripts parse."""
    for path, text in files.items():
        shell = re.match(r"#!\S*\b(sh|bash)\b", text)
        if shell:
            status, output = run(root, [shell.group(1), "-n", path])
            if status:
                yield path, 1, output.strip()


@rule(bad=[{"x.py": "def f(:\n"}], good=[{"x.py": "def f():\n    return 0\n"}])
def python(_root, files, _build):
    """Python parses."""
    for path, text in files.items():
        if path.endswith(".py"):
            try:
                compile(text, path, "exec", dont_inherit=True)
            except SyntaxError as error:
                yield path, error.lineno or 0, str(error.msg)
