# where.py - which build is tested, and how patient tests are with it
# SPDX-License-Identifier: MIT
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / os.environ.get("ATRIUM_BUILD", "build/release")

# Deadlines are for what hangs, not for what is slow: sanitizers and loaded machines get more.
PATIENCE = float(os.environ.get("ATRIUM_PATIENCE", 1 if BUILD.name == "release" else 4))


def patient(seconds):
    return seconds * PATIENCE
