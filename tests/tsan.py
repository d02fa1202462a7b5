"""ThreadSanitizer on libtsrt's own locking: `make tsan`, or `python tests/tsan.py SECONDS`.

Builds libtsrt with it in build/tsan and runs the C programs that use threads. LibTorch is not built
with it, so the sanitizer does not see what LibTorch does, atomic counters among that: reports about
accesses that LibTorch makes would be guesses, and are left out (ignore_noninstrumented_modules).
Reports about libtsrt's own, and about what it inlines from LibTorch's headers, are all there, and
no other is suppressed.

Whether it would find something is shown with tests/unlocked.c, which makes the locks of libtsrt do
nothing, one kind at a time.
"""

import importlib.util
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import models as model_zoo
from proof import write_summary

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "tsan"
TORCH = Path(importlib.util.find_spec("torch").submodule_search_locations[0])
PROGRAMS = ["threads", "locks", "free_while_running", "stress"]

MUTANTS = {"locks of models": 1, "mutexes": 2}  # the numbers are those of tests/unlocked.c


def succeed(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_library():
    succeed(
        *("cmake", "-S", ROOT / "libtsrt", "-B", BUILD, "-DTSRT_SANITIZE=thread"),
        f"-DTSRT_TORCH_ROOT={TORCH}",
    )
    succeed("cmake", "--build", BUILD, "--parallel", os.cpu_count())


def build_program(name, *more):
    program = BUILD / "-".join([name, *(str(each)[-1] for each in more[1:])])
    flags = ["-std=gnu11", "-O1", "-g", "-pthread", "-fsanitize=thread", "-rdynamic"]
    source = ROOT / "tests" / "c" / f"{name}.c"
    libraries = [f"-L{BUILD}", "-l:libtsrt.so.0", f"-Wl,-rpath-link,{TORCH / 'lib'}"]
    succeed("gcc", *flags, f"-I{ROOT / 'include'}", source, *more, "-o", program, *libraries)
    return program


def run(program, models, seconds):
    """How many reports there are, and the first of them."""
    environment = os.environ | {
        "LD_LIBRARY_PATH": f"{BUILD}:{TORCH / 'lib'}",
        "TSAN_OPTIONS": "ignore_noninstrumented_modules=1",
        "TSRT_STRESS_SECONDS": str(seconds),
    }
    # Where addresses are laid out at random, the sanitizer's own may be taken.
    command = ["setarch", "-R", program, models]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=seconds + 300
    )
    reports = done.stderr.split("WARNING: ThreadSanitizer: ")[1:]
    if done.returncode and not reports:
        reports = [f"{program.name} ended with {done.returncode}\n{done.stderr[-2000:]}"]
    return len(reports), reports[0] if reports else ""


def try_mutants(models):
    """How many of them were found."""
    found = 0
    for name, number in MUTANTS.items():
        program = build_program("locks", ROOT / "tests" / "unlocked.c", f"-DMUTANT={number}")
        count, report = run(program, models, seconds=1)
        races = count if report.startswith("data race") else 0
        found += races > 0
        print(f"without the {name}: {races} data races are reported", flush=True)
    return found


def main(seconds):
    begun = time.monotonic()
    build_library()
    programs = [build_program(name) for name in PROGRAMS]
    findings = 0
    with tempfile.TemporaryDirectory() as models:
        model_zoo.write_all(Path(models))
        for program in programs:
            count, report = run(program, models, seconds)
            findings += count
            if count:
                print(f"{program.name}: {count} reports, the first:\n{report}", flush=True)
        found = try_mutants(models)
    summary = {
        "promise": "libtsrt's own locking has no data race",
        "seconds": round(time.monotonic() - begun),
        "runs": len(PROGRAMS),
        "mutants": len(MUTANTS),
        "mutants_found": found,
        "findings": findings,
    }
    write_summary("tsan", summary)
    return findings or found < len(MUTANTS)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20))
