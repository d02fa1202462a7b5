"""What the fuzzers begin with and what they found, against the library as it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_c import HEADER, LIBRARY, TORCH, have, succeed

HERE = Path(__file__).parent / "fuzz"
TARGETS = ["tensors", "options", "values", "archives"]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    command = [sys.executable, HERE / "seeds.py", folder / "seeds", folder / "models"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("target", TARGETS)
def test_replay(target, seeds, tmp_path):
    program = tmp_path / target
    libraries = [f"-L{LIBRARY.parent}", "-l:libtsrt.so.0", f"-Wl,-rpath-link,{TORCH}"]
    sources = [HERE / f"{target}.c", HERE / "replay.c"]
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{HEADER.parent}"]
    succeed(have("gcc"), *flags, *sources, "-o", program, *libraries)
    inputs = [*(HERE / "findings" / target).glob("*"), *(seeds / "seeds" / target).iterdir()]
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": f"{LIBRARY.parent}:{TORCH}",
        "TSRT_FUZZ_MODELS": str(seeds / "models"),
    }
    done = subprocess.run(
        [program, *inputs], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
