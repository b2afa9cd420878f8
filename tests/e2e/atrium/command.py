# command.py - runs `atrium`, and what it says of itself
# SPDX-License-Identifier: MIT
import subprocess

from .server import clean_environment
from .where import BUILD, patient


def atrium(*options, input=None, cwd=None, **env):
    return subprocess.run([str(BUILD / "atrium"), *map(str, options)], text=True, input=input,
                          capture_output=True, env=clean_environment(**env), cwd=cwd,
                          timeout=patient(20), check=False)


def table():
    """{command: {"summary", "usage", "options": [(letter, name, value, help)]}}, {exit: meaning}"""
    commands, exits = {}, {}
    for line in atrium("help", "--list").stdout.splitlines():
        kind, name, *rest = line.split("\t")
        if kind == "command":
            commands[name] = {"summary": rest[0], "usage": rest[1], "options": []}
        elif kind == "option":
            commands[name]["options"].append(tuple(rest))
        elif kind == "exit":
            exits[int(name)] = rest[0]
    return commands, exits
