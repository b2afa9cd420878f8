"""tables.py - what the rules of lint.py go by: layers, who may use which library, exceptions.

SPDX-License-Identifier: MIT
"""

PROCESSES = ("gateway", "hub", "auth", "metrics", "webhook", "ctl", "handler")

# Layers 3 and 4: files that may use links, the loop, the service and the clock. The names are
# patterns for a file without its suffix; everything else in a process is layer 2.
EDGE = {
    "gateway": (
        "main",
        "gateway*",
        "dispatch",
        "dispatch_client",
        "listen",
        "door",
        "drain",
        "http",
        "http_*",
        "api",
        "api_answer",
        "api_ask",
        "api_internal",
        "api_auth",
        "api_log",
        "client",
        "client_*",
        "clients",
        "introduction",
        "expiry",
        "revoke",
        "memory",
        "admit*",
        "requests",
        "flush",
        "fanout",
        "figures",
        "taps",
        "tls*",
        "uplink*",
        "upgrade",
    ),
    "hub": ("main", "dispatch", "wire*", "store", "fault", "journal_sqlite*"),
    "auth": ("main", "auth", "anonymous", "control", "dispatch", "login", "revoke"),
    "metrics": ("main", "metrics", "dispatch", "http*", "publish", "sample", "second", "keep"),
    "webhook": ("main", "webhook", "endpoint*", "dispatch", "poster", "credentials"),
    "ctl": ("*",),
    "handler": ("conn", "loop"),
}

# What layer 2 may not reach, directly or through another header, and may not call.
EDGE_HEADERS = ("proto/link*.h", "proto/service*.h", "proto/base/loop.h")
EDGE_SYSTEM_HEADERS = ("uv.h", "sys/socket.h", "sys/epoll.h", "poll.h")
EDGE_CALLS = ("clock_now", "clock_wall_ms", "clock_gettime", "gettimeofday", "time")

# Headers of libraries, and the only files that may include them.
LIBRARIES = {
    "zmq.h": (
        "proto/link.c",
        "handler/conn.c",
        "tests/unit/handler/*.[ch]",
        "tests/bench/roundtrip.c",
    ),
    "atrium.h": ("examples/*.c", "tests/bench/handler.c"),
    "libwebsockets.h": tuple(
        f"gateway/{name}.[ch]" for name in EDGE["gateway"] if name not in ("main", "dispatch")
    )
    + ("metrics/http*.[ch]",),
    "openssl/*.h": (
        "ctl/websocket.c",
        "gateway/tls*.c",
        "gateway/wskey.c",
        "auth/pubkey.c",
        "webhook/sign.c",
        "tests/unit/gateway/test_tls*.c",
        "tests/unit/auth/*.h",
    ),
    "jwt.h": ("proto/token_mint.c", "tests/unit/auth/*.[ch]"),
    "curl/curl.h": ("ctl/server.[ch]", "ctl/websocket.c", "ctl/tail.c",
                    "webhook/poster.c", "webhook/webhook.c"),
    "sqlite3.h": ("hub/journal_sqlite*.[ch]",),
    "zlib.h": ("gateway/deflater.c", "gateway/inflater.c"),
    "uv.h": ("proto/base/loop.[ch]", "proto/link.c"),
    "ini.h": ("proto/base/conf*.c",),
    "systemd/sd-daemon.h": ("proto/service*.c", "gateway/listen*.c", "metrics/http*.c"),
    "uthash.h": ("proto/base/hash.h",),
}

MAX_FILE = 500
MAX_FUNCTION = 60
MAX_COLUMNS = 100
MAX_COLUMNS_OF_TABLE = 140
TAB = 8

# Headers that are all macros; cppcheck looks into no other system header.
CPPCHECK_INCLUDES = ("sys/queue.h", "uthash.h")

# What cppcheck is wrong about everywhere: (ID or ID:path): why.
CPPCHECK_SUPPRESSES = {
    "readdirCalled": "readdir is safe on a directory of one's own; readdir_r is deprecated",
    "ctuuninitvar:proto/messages_api.def": "as of messages.def, which includes it",
    "ctuuninitvar:proto/messages_auth.def": "as of messages.def, which includes it",
    "ctuuninitvar:proto/messages_handler.def": "as of messages.def, which includes it",
    "ctuuninitvar:proto/messages_state.def": "as of messages.def, which includes it",
    "ctuuninitvar:proto/messages.def": "the decoder fills what the table's columns declare",
    "assertWithSideEffect:tests/*": "a test asserts on what it calls; asserts are always compiled",
    "unmatchedSuppression": "the others need not match in every part of the tree",
}

# Exceptions: (rule, path pattern): why. One that is no longer needed is reported.
EXCEPTIONS = {
    ("file-size", "proto/atrium.h"): "a public header is one file, and most of it is its manual",
}
