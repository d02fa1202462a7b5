"""tsrt.hpp, from a C++17 program that is compiled strictly."""

import os
import subprocess
from pathlib import Path

import pytest
from test_c import LIBRARY, STRICT, TORCH, have, succeed

SOURCE = Path(__file__).parent / "cpp" / "wrapper.cpp"


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_wrapper(compiler, models, tmp_path):
    program = tmp_path / "wrapper"
    libraries = [f"-L{LIBRARY.parent}", "-l:libtsrt.so.0", f"-Wl,-rpath-link,{TORCH}"]
    succeed(have(compiler), "-std=c++17", "-O1", *STRICT, SOURCE, "-o", program, *libraries)
    done = subprocess.run(
        [program, models],
        env={**os.environ, "LD_LIBRARY_PATH": f"{LIBRARY.parent}:{TORCH}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
