"""Coverage-guided fuzzing of the C interface: `python tests/fuzz/run.py --seconds 60 [TARGET]...`

Builds libtsrt with clang, libFuzzer's counters, AddressSanitizer and UBSan in build/fuzz, and runs
each target for that long. What it has learned stays in build/fuzz/corpus; an input that breaks
something lies in build/fuzz/found afterwards and belongs into tests/fuzz/findings/TARGET once it
is mended.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import torch

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "fuzz"
TORCH = Path(torch.__file__).parent
TARGETS = ["tensors", "options", "values", "archives"]
CHECKS = "address,undefined"
sys.path.insert(0, str(HERE.parent))

from proof import write_summary  # noqa: E402

# Containers that LibTorch fills and we read, or the other way round, look overflown: it is not
# instrumented. A size that is too big for any memory has to fail as it does without the sanitizer.
# Rings of objects are never freed, so leaks are looked for in the C tests alone.
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_container_overflow=0:detect_odr_violation=0"
    ":allocator_may_return_null=1:detect_leaks=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "OMP_NUM_THREADS": "1",
    "TSRT_FUZZ_MODELS": str(BUILD / "models"),
}


def call(*command, **options):
    subprocess.run(list(map(str, command)), check=True, **options)


def build():
    options = [f"-DTSRT_TORCH_ROOT={TORCH}", f"-DTSRT_SANITIZE={CHECKS},fuzzer-no-link"]
    environment = {**os.environ, "CXX": "clang++"}
    call("cmake", "-S", ROOT / "libtsrt", "-B", BUILD, *options, env=environment)
    call("cmake", "--build", BUILD, "--parallel", os.cpu_count())
    for target in TARGETS:
        call(
            *("clang", "-std=c11", "-O1", "-g", f"-fsanitize=fuzzer,{CHECKS}"),
            *(f"-I{ROOT / 'include'}", HERE / f"{target}.c", "-o", BUILD / target),
            *(BUILD / "libtsrt.so", f"-Wl,-rpath,{BUILD}:{TORCH / 'lib'}"),
            f"-Wl,-rpath-link,{TORCH / 'lib'}",
        )


def fuzz(target, seconds):
    """Runs a target: how much it ran, what it covered at first and at last, and what it found."""
    found = BUILD / "found"
    corpus = BUILD / "corpus" / target
    for folder in (found, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    seeds = (BUILD / "seeds" / target, HERE / "findings" / target)
    command = [BUILD / target, corpus, *(folder for folder in seeds if folder.exists())]
    command += [f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=4096", "-max_len=8192"]
    command += ["-malloc_limit_mb=1000000", "-detect_leaks=0", "-verbosity=1"]
    command += ["-print_final_stats=1", f"-artifact_prefix={found}/{target}-"]
    if (HERE / f"{target}.dict").exists():
        command.append(f"-dict={HERE / target}.dict")
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **ENVIRONMENT},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        errors="replace",
    )
    (BUILD / f"{target}.log").write_text(done.stderr)
    covered = [int(n) for n in re.findall(r"cov: (\d+)", done.stderr)]
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    findings = [str(path) for path in sorted(set(found.iterdir()) - before)]
    if done.returncode and not findings:
        findings = [f"{target} ended with {done.returncode}: see {BUILD / target}.log"]
    if findings:
        print(done.stderr[-4000:], file=sys.stderr)
    return {
        "target": target,
        "runs": int(runs[1]) if runs else 0,
        "covered_at_first": covered[0] if covered else 0,
        "covered": covered[-1] if covered else 0,
        "inputs_kept": len(list(corpus.iterdir())),
        "findings": findings,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", default=TARGETS)
    options = parser.parse_args()
    begin = time.monotonic()
    build()
    call(sys.executable, HERE / "seeds.py", BUILD / "seeds", BUILD / "models")
    targets = [fuzz(target, options.seconds) for target in options.targets]
    findings = [each for target in targets for each in target.pop("findings")]
    summary = {
        "promise": "no descriptor, text, value or archive breaks the C interface",
        "seconds": round(time.monotonic() - begin),
        "runs": sum(target["runs"] for target in targets),
        "targets": targets,
        "findings": findings,
    }
    write_summary("fuzz", summary)
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
