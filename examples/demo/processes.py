"""Starts the demo's other programs, Python and C, all under the same conditions."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import tsrt

HERE = Path(__file__).parent
PACKAGE = Path(tsrt.__file__).parent


def run(*command: str | Path) -> str:
    """What a program prints. One thread each: times compare, and sums add up alike."""
    libraries = [str(torch_libraries()), os.environ.get("LD_LIBRARY_PATH", "")]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        # For the C programs. Python finds LibTorch by itself.
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
    }
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit(f"the demo needs the program '{command[0]}', which was not found")
    if done.returncode != 0:
        words = " ".join(map(str, command))
        sys.exit(f"failed with status {done.returncode}: {words}\n{done.stderr}{done.stdout}")
    return done.stdout


def report(*command: str | Path) -> dict[str, Any]:
    """The JSON object that a program prints, and the time from its start to its first answer."""
    started = time.monotonic()
    result = json.loads(run(*command))
    if "first_answer_at" in result:
        result["start_ms"] = (result["first_answer_at"] - started) * 1e3
    return result


def python(script: str, *arguments: str | Path) -> dict[str, Any]:
    return report(sys.executable, HERE / script, *arguments)


def compile_c(source: Path, program: Path) -> Path:
    """Compiles one C file against the library and the header inside the tsrt package."""
    library = min((PACKAGE / "lib").glob("libtsrt.so.*"))
    run(
        *(os.environ.get("CC", "cc"), "-std=c11", "-O2", "-Wall", "-Wextra", source),
        *("-o", program, f"-I{PACKAGE / 'include'}", f"-L{library.parent}", f"-l:{library.name}"),
        # libtsrt names LibTorch's libraries, which are looked for only when the program runs.
        *(f"-Wl,-rpath,{library.parent}", "-Wl,--allow-shlib-undefined"),
    )
    return program


def torch_libraries() -> Path:
    """The folder of LibTorch's libraries; found without importing torch."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        sys.exit("the demo compares with torch, which is not installed")
    return Path(spec.origin).parent / "lib"
