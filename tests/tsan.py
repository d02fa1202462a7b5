"""ThreadSanitizer on libtsrt's own locking: `make tsan`, or `python tests/tsan.py SECONDS`.

Builds libtsrt with it in build/tsan and runs the C programs that use threads. LibTorch is not built
with it, so the sanitizer does not see what LibTorch does, atomic counters among that: reports about
accesses that LibTorch makes would be guesses, and are left out (ignore_noninstrumented_modules).
Reports about libtsrt's own, and about what it inlines from LibTorch's headers, are all there, and
no other is suppressed.

First it has to show that it finds something: `MUTANTS` takes one lock at a time out of a copy.
"""

import importlib.util
import json
import os
import re
import shlex
import shutil
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

# file, what is there, what the mutant has instead, what has to be compiled, the program that tells
MUTANTS = [
    (
        "model/model.cpp",
        "    const std::unique_lock writing(model->context->mutex);\n    model->program.train",
        "    model->program.train",
        ["model/model.cpp"],
        "stress",
    ),
    (
        "model/call.h",
        "      writing_.lock();\n",
        "",
        ["model/run.cpp", "values/object.cpp"],
        "stress",
    ),
    (
        "model/attribute.cpp",
        "    const std::unique_lock writing(model->context->mutex);\n",
        "",
        ["model/attribute.cpp"],
        "stress",
    ),
    (
        "model/program.cpp",
        "  const std::lock_guard lock(cache_->mutex);\n",
        "",
        ["model/program.cpp"],
        "locks",
    ),
    (
        "model/context.h",
        "    const std::lock_guard lock(cache_mutex_);\n",
        "",
        ["values/object.cpp"],
        "locks",
    ),
    (
        "tensor/managed.cpp",
        "fetch_sub(1, std::memory_order_acq_rel)",
        "fetch_sub(1, std::memory_order_relaxed)",
        ["tensor/managed.cpp"],
        "locks",
    ),
    (
        "values/value.h",
        "compare_exchange_strong(text, made.get(), std::memory_order_acq_rel)",
        "compare_exchange_strong(text, made.get(), std::memory_order_relaxed)",
        ["values/value.cpp"],
        "locks",
    ),
    (
        "process/process.cpp",
        "    const std::lock_guard<std::mutex> lock(printer_mutex);\n    printer_ =",
        "    printer_ =",
        ["process/process.cpp"],
        "locks",
    ),
]


def succeed(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_library():
    succeed(
        *("cmake", "-S", ROOT / "libtsrt", "-B", BUILD, "-DTSRT_SANITIZE=thread"),
        *(f"-DTSRT_TORCH_ROOT={TORCH}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"),
    )
    succeed("cmake", "--build", BUILD, "--parallel", os.cpu_count())


def build_program(name):
    program = BUILD / name
    succeed(
        *("gcc", "-std=c11", "-O1", "-g", "-pthread", "-fsanitize=thread"),
        *(f"-I{ROOT / 'include'}", ROOT / "tests" / "c" / f"{name}.c", "-o", program),
        *(f"-L{BUILD}", "-l:libtsrt.so.0", f"-Wl,-rpath-link,{TORCH / 'lib'}"),
    )
    return program


def build_mutant(folder, file, before, after, sources):
    """A copy of the library with one change; most objects are those that are there."""
    shutil.copytree(ROOT / "libtsrt", folder / "libtsrt")
    shutil.copytree(ROOT / "include", folder / "include")
    path = folder / "libtsrt" / file
    text = path.read_text()
    assert text.count(before) == 1, f"{file} has changed: mend this mutant"
    path.write_text(text.replace(before, after))
    link = (BUILD / "CMakeFiles" / "tsrt.dir" / "link.txt").read_text()
    for command in json.loads((BUILD / "compile_commands.json").read_text()):
        source = os.path.relpath(command["file"], ROOT / "libtsrt")
        if source not in sources:
            continue
        built = folder / (source.replace("/", "_") + ".o")
        compiled = command["command"].replace(f"{ROOT}/libtsrt", f"{folder}/libtsrt")
        succeed("sh", "-c", re.sub(r" -o \S+", f" -o {built}", compiled), cwd=command["directory"])
        link = re.sub(rf"\S*tsrt\.dir/{source}\.o", str(built), link)
    link = re.sub(r" -o \S+", f" -o {folder}/libtsrt.so.0", link)
    succeed("sh", "-c", link, cwd=BUILD)


def run(program, models, library, seconds=1):
    """How many reports there are, and the first of them."""
    environment = os.environ | {
        "LD_LIBRARY_PATH": f"{library}:{TORCH / 'lib'}",
        "TSAN_OPTIONS": "ignore_noninstrumented_modules=1",
        "TSRT_STRESS_SECONDS": str(seconds),
    }
    # Where addresses are laid out at random, the sanitizer's own may be taken.
    command = ["setarch", "-R", str(program), str(models)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=seconds + 300
    )
    reports = done.stderr.split("WARNING: ThreadSanitizer: ")[1:]
    if done.returncode and not reports:
        reports = [f"{program.name} ended with {done.returncode}\n{done.stderr[-2000:]}"]
    return len(reports), reports[0] if reports else ""


def try_mutants(programs, models):
    """How many of them were found."""
    found = 0
    for file, before, after, sources, program in MUTANTS:
        with tempfile.TemporaryDirectory() as name:
            build_mutant(Path(name), file, before, after, sources)
            count, report = run(programs[program], models, name, seconds=3)
        found += count > 0
        said = report.partition("\n")[0] if count else "NOT FOUND"
        print(f"{file} without {before.split()[-1]}: {said}", flush=True)
    return found


def main(seconds):
    begun = time.monotonic()
    build_library()
    programs = {name: build_program(name) for name in PROGRAMS}
    findings = 0
    with tempfile.TemporaryDirectory() as models:
        model_zoo.write_all(Path(models))
        for program in programs.values():
            count, report = run(program, models, BUILD, seconds)
            findings += count
            if count:
                print(f"{program.name}: {count} reports, the first:\n{report}", flush=True)
        found = try_mutants(programs, models)
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
