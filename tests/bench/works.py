"""works.py - what the benchmark's servers have to do, and Atrium's goals.

SPDX-License-Identifier: MIT
"""

# What `load` is told; one with 0 messages is over when all have connected.
WORKS = {
    "a": {"clients": 1000, "messages": 300, "outstanding": 1},
    "b": {"clients": 1000, "messages": 500, "outstanding": 64},
    "c": {"clients": 5000, "rooms": 500, "messages": 60, "outstanding": 1},
    "d": {"clients": 1000, "messages": 200, "rate": 50},
    "e": {"clients": 5000, "rooms": 500, "messages": 0},
    "f": {"clients": 1000, "messages": 5000, "outstanding": 64},
}
TITLES = {
    "a": "1 publisher, 1,000 subscribers, one message at a time",
    "b": "1 publisher, 1,000 subscribers, 64 messages outstanding",
    "c": "500 rooms of 10, every room publishing, one message at a time in each",
    "d": "1 publisher, 1,000 subscribers, 50 messages a second: latency",
    "e": "5,000 idle connections in 500 rooms of 10",
    "f": "as (b), for longer: what one gateway and two deliver",
}

# Servers that do only these works, and works that only these servers do.
WORKS_OF = {"atrium-2": ("c", "f"), "nchan-post": ("c",)}
SERVERS_OF = {"f": ("atrium", "atrium-2")}


def does(name, work):
    return work in WORKS_OF.get(name, work) and name in SERVERS_OF.get(work, name)


def told(work):
    """As words: clients 1000, messages 300"""
    return ", ".join(f"{key} {value}" for key, value in work.items())


# The same with less, so that it is over within seconds.
QUICK = {"clients": {1000: 50, 5000: 60}, "rooms": {500: 6}, "messages": {0: 0}, "rate": {50: 200}}
QUICK_MESSAGES = 20


def quick(work):
    """The work on a small scale."""
    less = {key: QUICK.get(key, {}).get(value, value) for key, value in work.items()}
    return {**less, "messages": min(QUICK_MESSAGES, work["messages"]), "quiet": 250}


# work, figure (of a result, or "ratio", "join_ratio": as a multiple of the floor's), at most
# (None: less than every peer's), in words. 40 us were set where the floor takes 6.5 us for a
# connect: a machine on which it takes longer can be held against the ratio only.
GOALS = (
    ("a", "ratio", 1.15, "CPU per delivery, × the floor"),
    ("a", "ratio", None, "CPU per delivery, × the floor"),
    ("b", "ratio", 0.06, "CPU per delivery, × the floor"),
    ("c", "ratio", 1.25, "CPU per delivery, × the floor"),
    ("d", "p99_ms", None, "latency p99, ms"),
    ("e", "kb_each", 3.0, "user-space memory of a connection, KB"),
    ("e", "join_us", 40.0, "CPU of a connect, µs"),
    ("e", "join_ratio", 6.15, "CPU of a connect, × the floor"),
)
