"""The C ABI from C: the programs in tests/c, the header by itself, its example, and the symbols."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import tsrt

HERE = Path(__file__).parent
PACKAGE = Path(tsrt.__file__).parent
LIBRARY = PACKAGE / "lib" / "libtsrt.so.0"
HEADER = PACKAGE / "include" / "tsrt.h"
TORCH = Path(importlib.util.find_spec("torch").submodule_search_locations[0]) / "lib"
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{HEADER.parent}"]
# A tool to run the programs under, with its options; see `make valgrind`.
UNDER = shlex.split(os.environ.get("TSRT_RUN_UNDER", ""))
PROGRAMS = sorted(path.stem for path in (HERE / "c").glob("*.c"))


def have(tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} IS NOT INSTALLED, so nothing is compiled with it")
    return tool


def succeed(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(compiler, source, program):
    libraries = [f"-L{LIBRARY.parent}", "-l:libtsrt.so.0", "-lm", f"-Wl,-rpath-link,{TORCH}"]
    # Optimized too, since that is when compilers find most of what they warn about.
    succeed(
        have(compiler), "-std=c11", "-O1", "-pthread", *STRICT, source, "-o", program, *libraries
    )


def run(program, *arguments):
    """In the folder of the program, which is the test's own."""
    return subprocess.run(
        [*UNDER, program, *arguments],
        cwd=program.parent,
        env={**os.environ, "LD_LIBRARY_PATH": f"{LIBRARY.parent}:{TORCH}"},
        capture_output=True,
        text=True,
        timeout=1200 if UNDER else 120,
    )


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, compiler, models, tmp_path):
    program = tmp_path / name
    build(compiler, HERE / "c" / f"{name}.c", program)
    done = run(program, models)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "compiler, suffix, standard",
    [
        ("gcc", "c", "-std=c11"),
        ("clang", "c", "-std=c11"),
        ("g++", "cpp", "-std=c++17"),
        ("clang++", "cpp", "-std=c++17"),
    ],
)
def test_header_compiles_alone(compiler, suffix, standard, times, tmp_path):
    source = tmp_path / f"only.{suffix}"
    source.write_text("#include <tsrt.h>\n" * times)
    succeed(have(compiler), standard, *STRICT, "-fsyntax-only", source)


def header_example():
    """The program in the comment at the top of the header."""
    comment = HEADER.read_text().partition("Six conventions")[0]
    lines = re.findall(r"^ \*     (.*)$|^ \*()$", comment, re.MULTILINE)
    return "\n".join(code for code, _ in lines) + "\n"


def test_header_example(models, tmp_path):
    (tmp_path / "example.c").write_text(header_example())
    build("gcc", tmp_path / "example.c", tmp_path / "example")
    done = run(tmp_path / "example")
    assert done.returncode == 1
    assert "'model.pt'" in done.stderr
    shutil.copy(models / "add_one.pt", tmp_path / "model.pt")
    done = run(tmp_path / "example")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def declared():
    return sorted(re.findall(r"^TSRT_API [\w ]+?\**(\w+)\(", HEADER.read_text(), re.MULTILINE))


def test_exported_symbols():
    listed = (HERE / "symbols.txt").read_text().split("\n")[:-1]
    exported = succeed(have("nm"), "-D", "--defined-only", LIBRARY).splitlines()
    assert listed == sorted(line.split()[-1] for line in exported)
    assert listed == declared()


def test_no_exception_leaves_the_library():
    """Every function that returns an error is one `return guard(...)`, itself or by a helper."""
    first_statement = {}
    for path in (HERE.parent / "libtsrt").rglob("*.cpp"):
        definition = r"^tsrt_error\s*\*\s*(\w+)\([^{};]*\)\s*\{\s*return (?:tsrt::)?(\w+)\("
        found = dict(re.findall(definition, path.read_text(), re.MULTILINE))
        for name, callee in found.items():
            first_statement[name] = found.get(callee, callee)
    can_fail = re.findall(r"^TSRT_API tsrt_error \*(\w+)\(", HEADER.read_text(), re.MULTILINE)
    unguarded = [name for name in can_fail if first_statement.get(name) != "guard"]
    assert len(can_fail) > 20
    assert unguarded == []
