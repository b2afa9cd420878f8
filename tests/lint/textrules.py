"""textrules.py - rules that only read text. Each is a function of {path: text} that yields
findings (path, line, message), and brings samples: BAD ones that it must catch, GOOD ones that
it must let pass. lint.py runs the samples before it trusts the rule.

SPDX-License-Identifier: MIT
"""
import fnmatch
import posixpath
import re

import tables

RULES = []
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
HEADER = "/* {0} - a sample */\n/* SPDX-License-Identifier: MIT */\n"


class Rule:
    def __init__(self, name, check, bad, good):
        self.name, self.check, self.bad, self.good = name, check, bad, good


def rule(bad, good=()):
    """Registers a rule. bad, good: lists of {path: text}."""

    def register(check):
        RULES.append(Rule(check.__name__.replace("_", "-"), check, bad, good))
        return check

    return register


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def is_c(path):
    return path.endswith((".c", ".h"))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def code_only(text):
    """The text with comments and the insides of strings blanked, lines kept."""

    def blank(found):
        return re.sub(r"[^\n]", " ", found.group())

    return COMMENT_OR_STRING.sub(blank, text)


def includes(text):
    """Yields (line, system, name)."""
    for found in INCLUDE.finditer(text):
        yield line_of(text, found.start()), found.group(1) == "<", found.group(2)


def process_of(path):
    """The process a file belongs to; tests of a process belong to it as well."""
    parts = path.split("/")
    if parts[:2] == ["tests", "unit"] or parts[:2] == ["tests", "fuzz"]:
        parts = parts[2:]
    return parts[0] if parts[0] in tables.PROCESSES else None


def is_domain(path):
    """Layer 2: a process's file that is not on its edge."""
    process, _, name = path.partition("/")
    stem = posixpath.splitext(name)[0]
    return process in tables.EDGE and not matches(stem, tables.EDGE[process])


def reach(files, path):
    """Yields (line of the first step, header) for all quoted includes below a file."""
    seen = set()
    waiting = [(line, name) for line, system, name in includes(files[path]) if not system]
    while waiting:
        line, name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield line, name
        waiting += [(line, n) for _, system, n in includes(files.get(name, "")) if not system]


@rule(
    bad=[
        {"proto/base/x.c": '#include "proto/msg.h"\n'},
        {"proto/x.h": '#include "hub/room.h"\n'},
        {"gateway/x.c": '#include "hub/room.h"\n'},
        {"ctl/main.c": '#include "auth/keys.h"\n'},
        {"proto/x.c": '#include "x.h"\n'},
        {"tests/unit/hub/test_x.c": '#include "gateway/frame.h"\n'},
        {"examples/x.c": '#include "proto/msg.h"\n'},
    ],
    good=[
        {"hub/x.c": '#include "hub/room.h"\n#include "proto/msg.h"\n#include <zlib.h>\n'},
        {"proto/x.c": '#include "proto/base/buf.h"\n'},
    ],
)
def layers(files):
    """Includes point downward, from the root; no process includes another's."""
    for path in filter(lambda p: p.endswith((".c", ".h", ".def")), files):
        process = process_of(path)
        own = f"{process}/"
        if path.startswith("proto/base/"):
            allowed = ("proto/base/",)
        elif path.startswith("examples/"):
            allowed = ()  # what is installed
        elif path.startswith(("proto/", "tests/bench/")) or process is None:
            allowed = ("proto/", "tests/")
        else:
            allowed = ("proto/", own, "tests/") if path.startswith("tests/") else ("proto/", own)
        for line, system, name in includes(files[path]):
            if not system and not name.startswith(allowed):
                yield path, line, f'"{name}" may not be included here: {" ".join(allowed)} may'


@rule(
    bad=[
        {"hub/room.c": '#include "proto/link.h"\n'},
        {"hub/room.c": '#include "hub/x.h"\n', "hub/x.h": '#include "proto/service.h"\n'},
        {"gateway/frame.c": "#include <uv.h>\n"},
        {"gateway/roster.c": '#include "gateway/client.h"\n'},
        {"hub/room.c": "int f(void)\n{\n\treturn clock_now().ns > 0;\n}\n"},
    ],
    good=[
        {"hub/dispatch.c": '#include "proto/link.h"\nstruct mono t = clock_now();\n'},
        {"hub/room.c": '#include "proto/base/clock.h"\n/* clock_now() is the edge\'s */\n'},
    ],
)
def domain_is_pure(files):
    """Layer 2 has no socket, no loop and no clock of its own."""
    calls = re.compile(r"\b(" + "|".join(tables.EDGE_CALLS) + r")\s*\(")
    for path in filter(lambda p: is_c(p) and is_domain(p), files):
        own = path.split("/")[0] + "/"
        for line, name in reach(files, path):
            if matches(name, tables.EDGE_HEADERS):
                yield path, line, f'layer 2 reaches "{name}"'
            elif name.startswith(own) and not is_domain(name):
                yield path, line, f'layer 2 reaches "{name}", which is on the edge'
        for line, system, name in includes(files[path]):
            if system and name in tables.EDGE_SYSTEM_HEADERS:
                yield path, line, f"layer 2 includes <{name}>"
        text = code_only(files[path])
        for found in calls.finditer(text):
            yield path, line_of(text, found.start()), f"layer 2 calls {found.group(1)}()"


@rule(
    bad=[
        {"proto/msg.c": "#include <zmq.h>\n"},
        {"hub/hub.c": "#include <libwebsockets.h>\n"},
        {"gateway/admit.c": "#include <jwt.h>\n"},
        {"hub/history.c": "#include <sqlite3.h>\n"},
        {"gateway/flush.c": "#include <openssl/ssl.h>\n"},
    ],
    good=[{"proto/link.c": "#include <zmq.h>\n", "proto/token_mint.c": "#include <jwt.h>\n"}],
)
def libraries(files):
    """A library's header is included only where its table says."""
    for path in filter(is_c, files):
        for line, system, name in includes(files[path]):
            for library, users in tables.LIBRARIES.items():
                if system and matches(name, (library,)) and not matches(path, users):
                    yield path, line, f"<{name}> is for {' '.join(users)} only"


@rule(
    bad=[
        {"hub/x.c": "int x;\n"},
        {"hub/x.c": HEADER.format("y.c")},
        {"hub/x.h": "/* x.h - a sample */\nint x;\n"},
        {"tests/e2e/test_x.py": "import sys\n"},
    ],
    good=[{"hub/x.c": HEADER.format("x.c"), "tests/x.py": "# SPDX-License-Identifier: MIT\n"}],
)
def first_lines(files):
    """`name - purpose`, then the licence."""
    spdx = "SPDX-License-Identifier: MIT"
    for path, text in files.items():
        name = posixpath.basename(path)
        lines = text.split("\n")
        if path.endswith((".c", ".h", ".def")):
            if not re.fullmatch(rf"/\* {re.escape(name)} - \S.* \*/", lines[0]):
                yield path, 1, f"should be `/* {name} - purpose */`"
            if len(lines) < 2 or lines[1] != f"/* {spdx} */":
                yield path, 2, f"should be `/* {spdx} */`"
        elif path.endswith((".py", ".sh")) or text.startswith("#!"):
            if path.startswith(".ci/"):
                continue
            if not any(spdx in line for line in lines[:30]):
                yield path, 1, f"no {spdx}"


@rule(
    bad=[{"hub/x.c": "\n" * 501}, {"static/client/x.ts": "\n" * 501}],
    good=[{"hub/x.c": "\n" * 500}],
)
def file_size(files):
    """No file is over the limit of lines."""
    sources = (".c", ".h", ".def", ".py", ".ts", ".mjs", ".css", ".html", ".sh")
    for path, text in files.items():
        count = text.count("\n")
        if path.endswith(sources) and count > tables.MAX_FILE:
            yield path, count, f"{count} lines, {tables.MAX_FILE} at most"


@rule(
    bad=[{"hub/x.c": "int f(void)\n{\n" + "\ta();\n" * 58 + "}\n"}],
    good=[{"hub/x.c": "int f(void)\n{\n" + "\ta();\n" * 57 + "}\n"}],
)
def function_size(files):
    """No function is over the limit of lines, from its name to its closing brace."""
    for path in filter(is_c, files):
        lines = files[path].split("\n")
        for start, end in functions(lines):
            count = end - start + 1
            if count > tables.MAX_FUNCTION:
                name = lines[start].split("(")[0].split()[-1].lstrip("*")
                yield path, start + 1, f"{name}: {count} lines, {tables.MAX_FUNCTION} at most"


def functions(lines):
    """Yields (first line, last line), counted from 0. In K&R only functions have `{` alone."""
    begin = None
    for number, line in enumerate(lines):
        if line == "{":
            begin = number
            while begin > 0 and lines[begin - 1][:1] not in ("", "}", "#", "/"):
                begin -= 1
                if not lines[begin][:1].isspace():
                    break
        elif line == "}" and begin is not None:
            yield begin, number
            begin = None


@rule(
    bad=[{"hub/x.c": "\t" + "x" * 93 + "\n"}, {"proto/x.def": "x" * 141 + "\n"}],
    good=[{"hub/x.c": "\t" + "x" * 92 + '\n\t\t.help = "' + "x" * 100 + '"),\n'}],
)
def columns(files):
    """No line of C is over the limit of columns; tables, and strings kept whole, may be wider."""
    string = re.compile(r'^[^"]{0,24}"(?:\\.|[^"\\])*"[ \\),;}]*$')
    for path in filter(lambda p: p.endswith((".c", ".h", ".def")), files):
        limit = tables.MAX_COLUMNS_OF_TABLE if path.endswith(".def") else tables.MAX_COLUMNS
        for number, line in enumerate(files[path].split("\n"), 1):
            width = len(line.expandtabs(tables.TAB))
            if width > limit and not string.match(line.strip()):
                yield path, number, f"{width} columns, {limit} at most"


@rule(
    bad=[
        {"tests/e2e/test_x.py": "await asyncio.sleep(0.1)\n"},
        {"tests/e2e/test_x.py": "time.sleep(1)\n"},
        {"tests/unit/hub/test_x.c": "void f(void)\n{\n\tusleep(1000);\n}\n"},
        {"tests/browser/x.test.mjs": "await page.waitForTimeout(100);\n"},
        {"tests/browser/x.test.mjs": "await new Promise((r) => setTimeout(r, 100));\n"},
        {"static/test/x.test.ts": "await new Promise((done) => setTimeout(done, 5));\n"},
    ],
    good=[{"tests/e2e/test_x.py": "await asyncio.sleep(0)\nloop.call_later(1, late)\n"}],
)
def no_sleep(files):
    """Tests wait for an event."""
    naps = re.compile(
        r"\b(?:u|nano)?sleep\s*\((?!\s*0\s*\))|\bwaitForTimeout\b|=>\s*setTimeout\s*\(\s*\w+\s*,"
    )
    for path, text in files.items():
        if not path.startswith(("tests/", "static/test/")) or path.startswith("tests/lint/"):
            continue
        if not path.endswith((".c", ".h", ".py", ".mjs", ".ts")):
            continue
        code = code_only(text) if is_c(path) else text
        for found in naps.finditer(code):
            yield path, line_of(code, found.start()), "a test that sleeps; wait for an event"


@rule(
    bad=[{"hub/x.c": "/* TO" + "DO: later */\n"}, {"docs/x.md": "FIX" + "ME\n"}],
    good=[{"hub/x.c": 'mkstemp("/tmp/XXXXXX");\n'}],
)
def no_leftovers(files):
    """Nothing is left for later in the tree."""
    words = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
    for path, text in files.items():
        for found in words.finditer(text):
            yield path, line_of(text, found.start()), f"{found.group()}: do it or file it"


@rule(
    bad=[
        {"static/package-lock.json": '"resolved": "https://regi' + 'stry.example.org/x"\n'},
        {"tools/x.sh": "echo http://de" + "b.example.org/debian\n"},
        {"docs/x.md": "see /ro" + "ot/notes\n"},
    ],
    good=[{"README.md": "http://127.0.0.1:8100/ and /etc/atrium, `npm ci`\n"}],
)
def no_addresses(files):
    """No registry's address and no path of a developer's machine."""
    places = re.compile(
        r"\b(?:regi" + r"stry|de" + r"b|fi" + r"les|reg" + r"istry-1)\.[a-z.-]+\.(?:org|com|io|net)\b"
        r"|(?<![\w.])/(?:ro" + r"ot|wo" + r"rk)/"
    )
    for path, text in files.items():
        for found in places.finditer(text):
            yield path, line_of(text, found.start()), f"{found.group()}: an address"


@rule(
    bad=[
        {"hub/x.c": "#ifdef FAST\n#endif\n"},
        {"hub/x.h": "#ifndef HUB_X_H\n#define HUB_X_H\n#if FAST\n#endif\n#endif\n"},
        {"hub/x.h": "#ifndef HUB_Y_H\n#define HUB_Y_H\n#endif\n"},
        {"hub/x.h": "int x;\n"},
    ],
    good=[{"hub/x.h": "#ifndef HUB_X_H\n#define HUB_X_H\n#endif\n", "hub/x.c": "int x;\n"}],
)
def one_compilation(files):
    """#if is for include guards only, which are named after the path."""
    conditional = re.compile(r"^[ \t]*#[ \t]*(if\w*)\b[ \t]*(.*)$", re.M)
    for path in filter(is_c, files):
        text = code_only(files[path])
        found = [(line_of(text, f.start()), f.group(1), f.group(2).strip())
                 for f in conditional.finditer(text)]
        if path.endswith(".h"):
            guard = re.sub(r"\W", "_", path).upper()
            if found[:1] and found[0][1:] == ("ifndef", guard) and f"#define {guard}\n" in text:
                found = found[1:]
            else:
                yield path, 1, f"no include guard {guard}"
        for line, word, what in found:
            yield path, line, f"#{word} {what}: one source is compiled one way"


@rule(
    bad=[{"hub/x.c": "int x; /* cppcheck-suppress nullPointer */\n"}],
    good=[{"hub/x.c": "int x; /* cppcheck-suppress nullPointer ; checked by the caller */\n"}],
)
def reasons(files):
    """A suppressed warning says why."""
    suppress = re.compile(r"cppcheck-suppress(?:-\w+)?[ \t]+\[?[\w, ]+\]?(.*)")
    for path in filter(is_c, files):
        for found in suppress.finditer(files[path]):
            if not re.match(r"\s*;\s*\w{2,}", found.group(1)):
                yield path, line_of(files[path], found.start()), "cppcheck-suppress ID ; reason"


DOCUMENTED = {
    # table: a row, and what of it the page has to name
    "proto/close.def": (re.compile(r"^CLOSE\(\w+, \w+, (\d+),", re.M), "| {} |"),
    "proto/errors.def": (re.compile(r"^ERROR\(\w+, (\w+),", re.M), "| `{}` |"),
}


@rule(
    bad=[
        {"proto/close.def": 'CLOSE(A, a, 4400, false, "a")\n', "docs/protocol.md": "4400\n"},
        {"proto/errors.def": 'ERROR(A, bad, "a")\n', "docs/protocol.md": "bad\n"},
    ],
    good=[{"proto/close.def": "CLOSE(A, a, 1, true, x)\n", "docs/protocol.md": "| 1 | x |\n"}],
)
def documented(files):
    """Every code that a client can be told is in docs/protocol.md."""
    page = files.get("docs/protocol.md", "")
    for path, (row, cell) in DOCUMENTED.items():
        text = files.get(path, "")
        for found in row.finditer(text):
            if found.group(1) != "none" and cell.format(found.group(1)) not in page:
                yield path, line_of(text, found.start()), f"{found.group(1)} is not in the page"


LIMITS_PAGE = "## Limits\n| a | `x` | 1 | b | `gateway_closed_y` |\n## Closes\n"


@rule(
    bad=[
        {"docs/protocol.md": LIMITS_PAGE, "gateway/main.c": "KEY(CONF_INT, x,\n"},
        {"docs/protocol.md": LIMITS_PAGE, "proto/close.def": "CLOSE(Y, y, 1, true, t)\n"},
    ],
    good=[
        {
            "docs/protocol.md": LIMITS_PAGE,
            "gateway/main.c": "KEY(CONF_INT, x,\n",
            "proto/close.def": "CLOSE(Y, y, 1, true, t)\n",
        }
    ],
)
def limits(files):
    """Each limit in docs/protocol.md is a setting of gateway or hub, and has a counter."""
    section = re.search(r"^## Limits$(.*?)^## ", files.get("docs/protocol.md", ""), re.M | re.S)
    if not section:
        return
    mains = files.get("gateway/main.c", "") + files.get("hub/main.c", "")
    settings = set(re.findall(r"\bKEY\(\w+, (\w+),", mains))
    counters = set(re.findall(r"^COUNTER\(\w+, (\w+),", files.get("proto/counters.def", ""), re.M))
    for path, kind in (("proto/close.def", "CLOSE"), ("proto/errors.def", "ERROR")):
        names = re.findall(rf"^{kind}\(\w+, (\w+),", files.get(path, ""), re.M)
        counters |= {f"gateway_{'closed' if kind == 'CLOSE' else 'error'}_{name}" for name in names}
    for row in re.finditer(r"^\| [^|]+ \| `(\w+)` \|.*`(\w+)` \|$", section.group(1), re.M):
        line = line_of(files["docs/protocol.md"], section.start(1) + row.start())
        if row.group(1) not in settings:
            yield "docs/protocol.md", line, f"{row.group(1)} is no setting of gateway or hub"
        if row.group(2) not in counters:
            yield "docs/protocol.md", line, f"{row.group(2)} is no counter"


WIRE_PAGE = "docs/handlers-wire.md"
WIRE_ROWS = re.compile(r"^(MSG|REC)\((\w+)(?:, \w+, (\d+), (\w+), \w+)?\)\n(.*?)^(?:MSG|REC)_END", re.M | re.S)
WIRE_SAMPLE = {
    "proto/messages.def": "REC(r)\n\tFIELD(u8, x)\nREC_END\n",
    "proto/messages_handler.def": "MSG(A, a, 130, HUB, HANDLER)\n\tFIELD(str, b)\n\tLIST(r, c)\nMSG_END\n",
    "proto/msg.h": "enum { HANDLER_VERSION = 1 };\n",
}
WIRE_PAGE_SAMPLE = "version **1**\n| 130 | `A` | hub | `str b, r[] c` |\n| `r` | `u8 x` |\n"


def wire_fields(body):
    return ", ".join(f"{kind}[] {name}" if what == "LIST" else f"{kind} {name}"
                     for what, kind, name in re.findall(r"^\t(FIELD|LIST)\((\w+), (\w+)\)", body, re.M))


def wire_rows(files):
    """{row that the page has to have: (path, line)} for messages of handlers and what is in them."""
    records, wanted = {}, {}
    for path in sorted(filter(lambda p: p.startswith("proto/messages") and p.endswith(".def"), files)):
        for found in WIRE_ROWS.finditer(files[path]):
            kind, name, code, sender, body = found.groups()
            place = (path, line_of(files[path], found.start()))
            row = f"`{wire_fields(body)}` |"
            if kind == "REC":
                records[name] = (f"| `{name}` | {row}", place)
            elif path.endswith("_handler.def") or name in ("HELLO", "WELCOME", "DROP"):
                wanted[f"| {code} | `{name}` | {sender.lower()} | {row}"] = place
    used = {name for row in wanted for name in re.findall(r"(\w+)\[\]", row)}
    wanted.update(records[name] for name in records if name in used)
    return wanted


@rule(
    bad=[
        {**WIRE_SAMPLE, WIRE_PAGE: WIRE_PAGE_SAMPLE.replace("u8 x", "u16 x")},
        {**WIRE_SAMPLE, WIRE_PAGE: WIRE_PAGE_SAMPLE.replace("130", "131")},
        {**WIRE_SAMPLE, WIRE_PAGE: WIRE_PAGE_SAMPLE.replace("**1**", "**2**")},
        {**WIRE_SAMPLE, WIRE_PAGE: WIRE_PAGE_SAMPLE + "| 131 | `B` | hub | `u8 x` |\n"},
    ],
    good=[{**WIRE_SAMPLE, WIRE_PAGE: WIRE_PAGE_SAMPLE}],
)
def wire_document(files):
    """The page for those who write a handler without libatrium has each message as it is."""
    page = files.get(WIRE_PAGE, "")
    wanted = wire_rows(files)
    for row, (path, line) in wanted.items():
        if row not in page:
            yield path, line, f"{WIRE_PAGE} has not: {row}"
    for found in re.finditer(r"^\| (?:\d+ \| `[A-Z]|`[a-z]+` \| `(?:u|i|str|blob)).*", page, re.M):
        if found.group() not in wanted:
            yield WIRE_PAGE, line_of(page, found.start()), "no such message or record"
    version = re.search(r"\bHANDLER_VERSION = (\d+)", files.get("proto/msg.h", ""))
    if version and f"version **{version.group(1)}**" not in page:
        yield WIRE_PAGE, 1, f"handlers' version is {version.group(1)}"


@rule(
    bad=[{"hub/x.c": "int x; \n"}, {"tests/x.py": "x = 1"}, {"hub/x.c": "int x;\r\n"}],
    good=[{"hub/x.c": "int x;\n", "empty.py": ""}],
)
def whitespace(files):
    """No blanks at a line's end; a newline, and only one kind of it, at each."""
    for path, text in files.items():
        if path.endswith((".json", ".svg", ".md")) or path.startswith("tests/fuzz/corpus/"):
            continue
        for found in re.finditer(r"[ \t]+$|\r", text, re.M):
            yield path, line_of(text, found.start()), "blank or carriage return at the end"
        if text and not text.endswith("\n"):
            yield path, line_of(text, len(text)), "no newline at the end of the file"
