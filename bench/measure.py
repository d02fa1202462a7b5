"""How things are measured: round by round and side by side, so that noise hits all sides alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tsrt._clock import Clock
from tsrt._turns import interleave, ratio

__all__ = ["Clock", "difference", "interleave", "memory_kb", "peak_growth_kb", "per_call", "ratio"]


def difference(durations: list[float], base: list[float]) -> float:
    """The median over the rounds of how much longer one side takes, in seconds."""
    return statistics.median(a - b for a, b in zip(durations, base, strict=True))


def per_call(run: Callable[[int], Any], round_seconds: float) -> tuple[Callable[[], float], int]:
    """A task for `interleave`: one round of `run(calls)`, in seconds a call; and the calls.

    The number of calls is chosen so that a round takes about `round_seconds`. The garbage
    collector rests during a round, as in timeit.
    """
    run(100)  # warm
    calls = max(1, int(round_seconds / _seconds(run, 100) * 100))
    return lambda: _seconds(run, calls) / calls, calls


def _seconds(run: Callable[[int], Any], calls: int) -> float:
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = time.perf_counter()
        run(calls)
        return time.perf_counter() - start
    finally:
        if collecting:
            gc.enable()


def memory_kb(field: str) -> int:
    """A figure of this process from /proc/self/status: VmRSS, or VmHWM (the peak of VmRSS)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)


def peak_growth_kb(call: Callable[[], Any]) -> int:
    """How far resident memory rises above what it was, at the highest point of a call."""
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to the present
    before = memory_kb("VmHWM")
    kept = call()
    growth = memory_kb("VmHWM") - before
    del kept
    return growth
