# test_library.py - libatrium as it is installed: what it exports, and programs that are built with it
# SPDX-License-Identifier: MIT
import os
import re
import subprocess

import pytest

from atrium import server_fixture
from atrium.where import BUILD, ROOT, patient

server = server_fixture(hub={"handlers": "open"})
released = pytest.mark.skipif(
    BUILD.name != "release", reason="what is built with sanitizers is linked by what is, too")

HEADER = (ROOT / "proto/atrium.h").read_text(encoding="utf-8")
ABI = (ROOT / "handler/abi").read_text(encoding="utf-8")

# Tells what it is linked with, is let in, and ends.
PROGRAM = """
#include <atrium.h>
#include <stdio.h>

static void on_up(struct atrium *atrium, void *user)
{
	(void)user;
	printf("up %s %u\\n", atrium_release(), atrium_version() == ATRIUM_API_VERSION);
	atrium_stop(atrium);
}

int main(void)
{
	struct atrium *atrium;

	if (atrium_new("program", NULL, NULL, &atrium) < 0)
		return 2;
	atrium_on_up(atrium, on_up);
	int r = atrium_run(atrium);
	atrium_free(atrium);
	return r < 0;
}
"""

# Names of its own that are the library's inside: they are not to meet.
NAMESAKES = """
int buf_add = 1;
int json_check = 2;
void msg_encode(void) {}
void mem_alloc(void) {}
void queue_init(void) {}
"""


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True, check=False,
                          timeout=patient(60), **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def declared():
    return set(re.findall(r"^[a-z].*?\b(atrium_\w+)\(", HEADER, re.M)) - {
        name for name in re.findall(r"\b(atrium_\w+)\(", HEADER) if name.endswith("_fn")}


def test_the_shared_library_exports_the_header_and_nothing_else():
    lines = run("nm", "-D", "--defined-only", os.path.join(BUILD, "libatrium.so.0")).splitlines()
    symbols = {line.split()[-1] for line in lines}
    assert symbols - {"ATRIUM_0"} == {f"{name}@@ATRIUM_0" for name in declared()}


def test_the_static_library_exports_the_same():
    lines = run("nm", "-g", "--defined-only", os.path.join(BUILD, "libatrium.a")).splitlines()
    assert {line.split()[-1] for line in lines if len(line.split()) == 3} == declared()


def test_what_was_exported_stays():
    """handler/abi: a line for each function and the version it came with. Lines are only added."""
    rows = dict(line.split() for line in ABI.splitlines() if not line.startswith("#"))
    assert set(rows) == declared()
    version = int(re.search(r"ATRIUM_API_VERSION (\d+)", HEADER).group(1))
    assert max(map(int, rows.values())) == version


@released
def test_it_needs_no_more_than_zeromq():
    lines = run("readelf", "-d", os.path.join(BUILD, "libatrium.so.0"))
    needed = set(re.findall(r"NEEDED.*\[(\w+)", lines))
    assert needed <= {"libzmq", "libc", "libm", "ld"}
    assert re.search(r"SONAME.*\[libatrium\.so\.0\]", lines)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A tree, as `make install DESTDIR=` writes it; and how programs find what is in it."""
    tree = tmp_path_factory.mktemp("tree")
    run(ROOT / "tools/install", BUILD, cwd=ROOT,
        env={**os.environ, "DESTDIR": str(tree), "PREFIX": "/opt/atrium"})
    pkgconfig = tree / "opt/atrium/lib/pkgconfig"
    return tree, {**os.environ, "PKG_CONFIG_PATH": str(pkgconfig), "PKG_CONFIG_SYSROOT_DIR": str(tree)}


@released
@pytest.mark.parametrize("how", ["shared", "static", "c++"])
async def test_a_program_is_built_and_let_in(installed, server, tmp_path, how):
    tree, env = installed
    source = tmp_path / ("program.cc" if how == "c++" else "program.c")
    source.write_text(PROGRAM + (NAMESAKES if how == "static" else ""), encoding="ascii")
    flags = run("pkg-config", "--cflags", "--libs", "atrium", env=env).split()
    if how == "static":  # but for ZeroMQ, whose --static names what Debian does not have
        flags[flags.index("-latrium")] = "-l:libatrium.a"
        flags += run("pkg-config", "--libs", "libzmq").split() + ["-lm"]
    compiler = ["c++", "-std=c++17"] if how == "c++" else ["cc", "-std=c11"]
    run(*compiler, "-Wall", "-Wextra", "-Werror", "-pedantic", source, "-o", tmp_path / "program",
        *flags)
    linked = run("readelf", "-d", tmp_path / "program")
    assert ("libatrium.so.0" in linked) == (how != "static")
    said = run(tmp_path / "program", env={
        "ATRIUM_HANDLERS": os.path.join(server.runtime, "handlers.sock"),
        "LD_LIBRARY_PATH": f"{tree}/opt/atrium/lib"})
    assert re.fullmatch(r"up [0-9.]+ 1\n", said)


@released
def test_the_pkg_config_file_says_what_it_is(installed):
    tree, env = installed
    assert run("pkg-config", "--modversion", "atrium", env=env).strip() == re.search(
        r'ATRIUM_VERSION "(.*)"', (ROOT / "proto/version.h").read_text(encoding="utf-8")).group(1)
    run("pkg-config", "--validate", "atrium", env=env)
    assert (tree / "opt/atrium/include/atrium.h").read_text(encoding="utf-8") == HEADER
    assert os.readlink(tree / "opt/atrium/lib/libatrium.so") == "libatrium.so.0"


def test_the_code_in_the_documentation_compiles(tmp_path):
    text = (ROOT / "docs/handlers.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```c\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) >= 4
    for number, block in enumerate(blocks):
        source = tmp_path / f"block{number}.c"
        source.write_text(block, encoding="utf-8")
        run("cc", "-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
            "-I", ROOT / "proto", source)


def test_the_guide_names_functions_that_there_are():
    text = (ROOT / "docs/handlers.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\batrium_\w+", text)) - {"atrium_event", "atrium_message"}
    assert names <= declared()
