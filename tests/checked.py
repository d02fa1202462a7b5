"""The C and Python tests on other builds of libtsrt: `python tests/checked.py asan` for errors of
memory and undefined behaviour, `python tests/checked.py coverage` for what the tests reach.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from proof import write_summary

HERE = Path(__file__).parent
ROOT = HERE.parent
TORCH = Path(torch.__file__).parent
STARTED = time.monotonic()

# LibTorch is not instrumented, so a vector that it filled looks overflown to us. Its answer to a
# size that is too big for any memory has to be the one that it gives without the sanitizer.
ASAN = "detect_container_overflow=0:allocator_may_return_null=1:detect_odr_violation=0"

# A ring of objects is never freed: TorchScript counts references, and so leaks it by itself, too.
RINGS = ["objects.c", "stress.c"]

# What runs models, converts values and reads files. Left out: what forks, loads libraries of
# operators or starts other interpreters (they would be without the sanitizer), and what only
# concerns the Python package.
PYTHON_TESTS = [
    "attributes",
    "forward",
    "gradients",
    "hostile_files",
    "inspect",
    "kinds",
    "load",
    "memory",
    "mmap",
    "objects",
    "signature",
    "state",
    "stopping",
    "trust",
    "values",
    "verify",
    "well_formed",
    "damaged",
]


def call(*command, **environment):
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout


def must(*command):
    code, text = call(*command)
    if code:
        sys.exit(text)
    return text


def build(name, *options):
    folder = ROOT / "build" / name
    must("cmake", "-S", ROOT / "libtsrt", "-B", folder, f"-DTSRT_TORCH_ROOT={TORCH}", *options)
    must("cmake", "--build", folder, "--parallel", os.cpu_count())
    return folder


def c_tests(folder, flags, **environment):
    """The programs of tests/c against the library in a folder: what the failing ones say."""
    failures = {}
    programs = sorted((HERE / "c").glob("*.c"))
    with tempfile.TemporaryDirectory() as made:
        must(sys.executable, HERE / "models.py", Path(made) / "models")
        for source in programs:
            program = Path(made) / source.stem
            libraries = [folder / "libtsrt.so", "-lm", f"-Wl,-rpath,{folder}:{TORCH / 'lib'}"]
            libraries += [f"-Wl,-rpath-link,{TORCH / 'lib'}"]
            must("gcc", "-std=c11", "-g", "-O1", "-pthread", *flags, f"-I{ROOT / 'include'}",
                 source, "-o", program, *libraries)  # fmt: skip
            rings = {"ASAN_OPTIONS": f"{ASAN}:detect_leaks=0"} if source.name in RINGS else {}
            folders = (made, program, f"{made}/models")
            code, text = call("env", "-C", *folders, **{**environment, **rings})
            if code:
                failures[source.name] = text
    return len(programs), failures


def python_tests(folder, names, **environment):
    """pytest, with the library in a folder in place of the package's own."""
    files = [HERE / f"test_{name}.py" for name in names] or [HERE]
    environment["LD_LIBRARY_PATH"] = str(folder)
    code, text = call(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE"),
        *(path for path in files if path.exists()),
        **environment,
    )
    passed = re.search(r"(\d+) passed", text)
    return {} if code == 0 else {"pytest": text[-6000:]}, int(passed[1]) if passed else 0


def asan():
    folder = build("asan", "-DTSRT_SANITIZE=address,undefined")
    programs, failures = c_tests(
        folder,
        ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
        ASAN_OPTIONS=ASAN,
        LSAN_OPTIONS=f"suppressions={HERE / 'leaks.txt'}:print_suppressions=0",
        UBSAN_OPTIONS="print_stacktrace=1",
    )
    runtime = [
        must("gcc", f"-print-file-name={name}").strip() for name in ("libasan.so", "libstdc++.so")
    ]
    # The interpreter itself keeps much until its end, so leaks are looked for in the C programs.
    failed, passed = python_tests(
        folder,
        PYTHON_TESTS,
        LD_PRELOAD=":".join(runtime),
        ASAN_OPTIONS=f"{ASAN}:detect_leaks=0",
        UBSAN_OPTIONS="print_stacktrace=1",
        PYTHONMALLOC="malloc",
        # The sanitizer keeps what was freed for a while, and its shadow is private memory.
        PYTEST_ADDOPTS="-k 'not (stays_flat or keeps_no_history or memory_is_shared)'",
    )
    failures |= failed
    for name, text in failures.items():
        print(f"== {name}\n{text}", file=sys.stderr)
    summary = {
        "promise": "no error of memory, no undefined behaviour, no leak in libtsrt",
        "seconds": round(time.monotonic() - STARTED),
        "runs": programs,
        "python_tests": passed,
        "findings": sorted(failures),
    }
    write_summary("asan", summary)
    return failures


def coverage():
    folder = build("coverage", "-DTSRT_COVERAGE=ON")
    for old in folder.rglob("*.gcda"):
        old.unlink()
    programs, failures = c_tests(folder, [])
    failed, passed = python_tests(folder, [])
    failures |= failed
    for name, text in failures.items():
        print(f"== {name}\n{text}", file=sys.stderr)
    report = folder / "summary.json"
    # A branch to where an exception would be caught is not one that anybody wrote.
    gcovr = ["gcovr", "--root", ROOT, "--filter", ROOT / "libtsrt", "--object-directory", folder]
    gcovr += [
        "--exclude-throw-branches",
        "--exclude-unreachable-branches",
        "--txt-metric",
        "branch",
    ]
    gcovr += ["--gcov-ignore-errors", "all", "--gcov-ignore-parse-errors", "all"]
    must(*gcovr, "--json-summary", report, "--txt", folder / "missing.txt", folder)
    total = json.loads(report.read_text())
    print(f"{'lines':>7}{'branches':>10}")
    for each in [*total["files"], {**total, "filename": "all"}]:
        print(f"{each['line_percent']:6}%{each['branch_percent'] or 0:9}%  {each['filename']}")
    summary = {
        "promise": "the tests reach the lines and branches of libtsrt",
        "seconds": round(time.monotonic() - STARTED),
        "runs": programs,
        "python_tests": passed,
        "line_percent": total["line_percent"],
        "branch_percent": total["branch_percent"],
        "findings": sorted(failures),
    }
    write_summary("coverage", summary)
    return failures


if __name__ == "__main__":
    if not shutil.which("gcc"):
        sys.exit("gcc is needed")
    sys.exit(bool({"asan": asan, "coverage": coverage}[sys.argv[1]]()))
