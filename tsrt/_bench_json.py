"""A run as pytest-benchmark saves its own, so that its `compare` reads both."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tsrt
from tsrt.bench import Measured, Result


def save(measured: Measured, path: Path) -> None:
    document = {
        "machine_info": _machine(),
        "commit_info": _commit(),
        "benchmarks": [_benchmark(measured, each) for each in measured.results],
        "datetime": datetime.now(UTC).isoformat(),
        "version": "5.0.0",  # of the format: the pytest-benchmark that it is like
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def _benchmark(measured: Measured, result: Result) -> dict[str, Any]:
    model = os.path.basename(measured.model)
    return {
        "group": model,
        "name": f"{model}[{result.side}]",
        "fullname": f"{measured.model}::{model}[{result.side}]",
        "params": {"side": result.side},
        "param": result.side,
        "extra_info": {
            **{"tsrt": tsrt.__version__, "threads": measured.threads, "to_exact": result.to_exact},
            **{"difference": result.difference, **result.facts},
        },
        "options": {"disable_gc": True, "timer": "perf_counter", "min_rounds": len(result.times)},
        "stats": _stats(result),
    }


def _stats(result: Result) -> dict[str, Any]:
    times = sorted(result.times)
    q1, median, q3 = statistics.quantiles(times, n=4)
    mean, stddev, iqr = statistics.fmean(times), statistics.stdev(times), q3 - q1
    low, high = q1 - 1.5 * iqr, q3 + 1.5 * iqr
    far = sum(not low <= time <= high for time in times)
    further = sum(abs(time - mean) > stddev for time in times)
    return {
        **{"min": times[0], "max": times[-1], "mean": mean, "stddev": stddev},
        **{"rounds": len(times), "median": median, "iqr": iqr, "q1": q1, "q3": q3},
        **{"iqr_outliers": far, "stddev_outliers": further, "outliers": f"{further};{far}"},
        "ld15iqr": min(time for time in times if time >= low),
        "hd15iqr": max(time for time in times if time <= high),
        **{"ops": 1 / mean, "total": sum(times), "iterations": result.passes},
        "data": result.times,
    }


def _machine() -> dict[str, Any]:
    uname = platform.uname()
    return {
        **{"node": uname.node, "machine": uname.machine, "system": uname.system},
        **{"release": uname.release, "python_version": platform.python_version()},
        "python_implementation": platform.python_implementation(),
        "cpu": {"brand_raw": _cpu(), "count": os.cpu_count()},
    }


def _cpu() -> str:
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")


def _commit() -> dict[str, Any]:
    """Of the repository that the command was run in, which is likely to be the model's."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return {"id": "unversioned", "dirty": False, "time": None, "branch": "(unknown)"}
    return {
        **{"id": commit, "dirty": bool(_git("status", "--porcelain"))},
        **{"time": _git("log", "-1", "--format=%cI"), "branch": _git("branch", "--show-current")},
    }


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()
