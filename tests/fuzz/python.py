"""Coverage-guided fuzzing of the Python layer: `python tests/fuzz/python.py --seconds 60`.

By atheris. What guides it are the Python files of the package and odd.py; the Cython module is not
instrumented.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "fuzz"
sys.path[:0] = [str(HERE.parent), str(HERE)]


def fuzz(arguments):
    import atheris

    with atheris.instrument_imports(include=["tsrt", "odd"]):
        import odd
    player = odd.Player(BUILD / "models")
    atheris.Setup([sys.argv[0], *arguments], player.play)
    atheris.Fuzz()


def main():
    from proof import write_summary

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    begin = time.monotonic()
    subprocess.run(
        [sys.executable, HERE / "seeds.py", BUILD / "seeds", BUILD / "models"],
        check=True,
        capture_output=True,
    )
    corpus, found = BUILD / "corpus" / "python", BUILD / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    done = subprocess.run(
        [sys.executable, __file__, corpus, f"-max_total_time={options.seconds}", "-max_len=256",
         f"-artifact_prefix={found}/python-", "-timeout=30", "-rss_limit_mb=4096",
         "-print_final_stats=1"],
        env={**os.environ, "TSRT_FUZZING": "1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )  # fmt: skip
    (BUILD / "python.log").write_text(done.stdout)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    covered = [int(n) for n in re.findall(r"cov: (\d+)", done.stdout)]
    findings = [str(path) for path in sorted(set(found.iterdir()) - before)]
    if done.returncode:
        findings = findings or [f"ended with {done.returncode}: see {BUILD}/python.log"]
        print(done.stdout[-4000:], file=sys.stderr)
    summary = {
        "promise": "no Python object breaks the Python layer",
        "seconds": round(time.monotonic() - begin),
        "runs": int(runs[1]) if runs else 0,
        "covered_at_first": covered[0] if covered else 0,
        "covered": covered[-1] if covered else 0,
        "findings": findings,
    }
    write_summary("fuzz-python", summary)
    sys.exit(bool(findings))


if __name__ == "__main__":
    fuzz(sys.argv[1:]) if os.environ.get("TSRT_FUZZING") else main()
