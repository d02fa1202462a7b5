"""`make proof`: runs every long proof, and the tests behind each promise, and writes what came of
it into the table of docs/reliability.md.

`python tests/proofs.py --table` only runs those tests, and takes the other figures from the last
long runs (build/proof).
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from proof import FOLDER, write_summary

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
MARK = "<!-- {} of the table that `make proof` writes -->"

# A promise, the tests that hold it in every run of the suite, and the long proof if there is one.
PROMISES = [
    ("Threads may share everything", ["test_threads.py", "test_state.py"], "stress"),
    ("libtsrt's own locking has no race", [], "tsan"),
    ("A forked child neither hangs nor differs", ["test_fork.py"], None),
    ("The host's environment does no harm", ["test_host_environment.py"], None),
    (
        "Out of memory is an error like any other",
        ["test_out_of_memory.py", "test_memory_report.py"],
        None,
    ),
    ("A running call can be stopped", ["test_stopping.py"], None),
    ("A restricted model does what is listed as harmless", ["test_trust.py"], None),
    (
        "A damaged file is an error, and no flipped bit loads",
        ["test_damaged.py", "test_hostile_files.py", "test_well_formed.py", "test_verify.py"],
        "damaged",
    ),
    ("The caller's memory is neither kept nor changed", ["test_memory.py"], None),
    ("No argument breaks the process", ["test_odd_arguments.py", "test_fuzz.py"], "fuzz"),
    ("No memory error in libtsrt", ["test_c.py"], "asan"),
    ("Memory stays flat", [], "soak"),
    ("Error paths are tested", [], "coverage"),
]
LONG = ["stress", "tsan", "damaged", "fuzz", "asan", "soak", "coverage"]


def count(names):
    """Runs test files; what they say at the end."""
    paths = [str(ROOT / "tests" / name) for name in names]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rN", *paths],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    last = done.stdout.strip().splitlines()[-1]
    found = {what: int(n) for n, what in re.findall(r"(\d+) (passed|failed|error)", last)}
    return {
        "tests": found.get("passed", 0),
        "failed": found.get("failed", 0) + found.get("error", 0),
        "seconds": round(time.monotonic() - started),
    }


def figures(summary):
    """What a long run says of itself, but for the promise."""
    shown = {"runs": "{:,} runs", "seconds": "{:,.0f} s", "findings": "{} findings"}
    if isinstance(summary.get("findings"), list):
        summary["findings"] = len(summary["findings"])
    parts = [form.format(summary[key]) for key, form in shown.items() if key in summary]
    parts += [
        f"{key.replace('_', ' ')} {value:,}"
        for key, value in summary.items()
        if key not in shown and isinstance(value, (int, float))
    ]
    return ", ".join(parts)


def row(promise, tests, proof):
    cells = [f"`{name}`" for name in tests]
    said = []
    if tests:
        counted = count(tests)
        failed = f", {counted['failed']} FAILED" if counted["failed"] else ""
        said.append(f"{counted['tests']} tests in {counted['seconds']} s{failed}")
    if proof:
        cells.append(f"`make {proof}`")
        path = FOLDER / f"{proof}.json"
        said.append(figures(json.loads(path.read_text())) if path.exists() else "not run here")
    return f"| {promise} | {', '.join(cells)} | {'; '.join(said)} |"


def write_table():
    rows = [row(*each) for each in PROMISES]
    table = "\n".join(["| Promise | Shown by | Figures |", "|---|---|---|", *rows])
    begin, end = MARK.format("begin"), MARK.format("end")
    text = PAGE.read_text()
    before, _, rest = text.partition(begin)
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}")
    print(table)


def main():
    started = time.monotonic()
    failed = []
    if "--table" not in sys.argv:
        failed = [name for name in LONG if subprocess.run(["make", name], cwd=ROOT).returncode]
        write_summary(
            "proof",
            {
                "promise": "every long proof passes",
                "seconds": round(time.monotonic() - started),
                "runs": len(LONG),
                "findings": len(failed),
            },
        )
    write_table()
    return failed


if __name__ == "__main__":
    sys.exit(bool(main()))
