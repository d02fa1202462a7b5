"""The binary interface only grows while its version stands: tsrt.h against tests/abi/0/tsrt.h,
which clients were compiled against."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_c import HEADER, LIBRARY, STRICT, TORCH, have, succeed

HERE = Path(__file__).parent
BASELINE = HERE / "abi" / "0" / "tsrt.h"
EXAMPLES = HERE.parent / "examples"


def code_of(header):
    return re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)


def library_of(header, folder):
    """A library of empty functions with everything that a header declares: what abidiff compares is
    in its debug information, which libtsrt itself is built without."""
    folder.mkdir()
    shutil.copy(header, folder / "tsrt.h")
    functions = re.findall(r"^TSRT_API\s+([^;{]*\));", code_of(header), re.DOTALL | re.MULTILINE)
    assert len(functions) > 70
    bodies = "\n".join(f"{function} {{ __builtin_trap(); }}" for function in functions)
    (folder / "stubs.c").write_text(f'#include "tsrt.h"\n{bodies}\n')
    succeed("gcc", "-g", "-shared", "-fPIC", folder / "stubs.c", "-o", folder / "libstubs.so")
    return folder / "libstubs.so"


def differences(before, after, folder):
    """What abidiff has against `after` in place of `before`, new functions left out."""
    libraries = [library_of(before, folder / "before"), library_of(after, folder / "after")]
    done = subprocess.run(
        [have("abidiff"), "--no-added-syms", *libraries], capture_output=True, text=True
    )
    assert done.returncode & 3 == 0, done.stderr  # 1 and 2: it could not compare
    return done.stdout if done.returncode else ""


def constants(header):
    found = re.findall(r"\b(TSRT_\w+) = (\d+)|#define (TSRT_\w+) (\S.*)", code_of(header))
    table = {a or c: (b or d).strip() for a, b, c, d in found}
    for changing in ("TSRT_API", "TSRT_VERSION"):
        table.pop(changing, None)
    return table


def test_nothing_changed_or_went(tmp_path):
    assert differences(BASELINE, HEADER, tmp_path) == ""
    before, after = constants(BASELINE), constants(HEADER)
    assert len(before) > 50
    assert before.items() <= after.items()


@pytest.mark.parametrize(
    "old, new",
    [
        ("int32_t ndim;\n  tsrt_dtype dtype;", "tsrt_dtype dtype;\n  int32_t ndim;"),
        ("tsrt_value_new_int(int64_t i", "tsrt_value_new_int(int32_t i"),
        ("TSRT_API int64_t tsrt_live_handles", "TSRT_API int32_t tsrt_live_handles"),
        ("TSRT_API tsrt_error *tsrt_trim_memory(void);\n", ""),
        ("  uint64_t byte_offset;\n", "  uint64_t byte_offset;\n  void *more;\n"),
    ],
)
def test_a_change_would_be_seen(old, new, tmp_path):
    text = BASELINE.read_text()
    assert text.count(old) == 1
    changed = tmp_path / "changed.h"
    changed.write_text(text.replace(old, new))
    assert differences(BASELINE, changed, tmp_path) != ""


def test_a_client_of_then_runs_now(tmp_path):
    """Compiled against the header of then, linked with the library of today."""
    program = tmp_path / "tour"
    flags = [flag for flag in STRICT if not flag.startswith("-I")]
    succeed(
        *("gcc", "-std=c11", "-pthread", *flags, f"-I{BASELINE.parent}"),
        *(EXAMPLES / "c" / "tour.c", "-o", program),
        *(f"-L{LIBRARY.parent}", "-l:libtsrt.so.0", f"-Wl,-rpath-link,{TORCH}"),
    )
    done = subprocess.run(
        [program, EXAMPLES / "tour" / "tour.pt"],
        env={**os.environ, "LD_LIBRARY_PATH": f"{LIBRARY.parent}:{TORCH}"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == (EXAMPLES / "tour" / "expected.txt").read_text(), done.stderr
