"""Sides of a comparison that take turns, each in a process of its own (see _side.py).

Rounds are interleaved, and ratios taken within each round: a machine that is slow for a while is
slow for all sides.
"""

from __future__ import annotations

import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROUND_SECONDS = 0.003  # short enough to fit, mostly, between two interruptions by other work
LONG_SECONDS = 0.03  # a pass that takes so long warms itself
MANY_ROUNDS = 200


class SideError(RuntimeError):
    """A side could not be run; says why."""


class Side:
    """A child process that runs a model when it is asked to."""

    def __init__(self, name: str, command: Sequence[str], threads: int) -> None:
        self.name = name
        self.facts: dict[str, Any] = {}
        self.seconds = 0.0  # of a pass
        self.passes = 1  # in a round
        self.outputs: list[list[Any]] = []
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        )

    def prepare(self, calls: Path) -> None:
        """Loads the model, tunes it if that is its way, and makes the first pass."""
        outputs = calls.with_name("outputs")
        answer = self._ask(prepare=str(calls), outputs=str(outputs))
        self.seconds, self.facts = answer["seconds"], answer["facts"]
        self.passes = max(1, int(ROUND_SECONDS / self.seconds))
        self.outputs = pickle.loads(outputs.read_bytes())

    @property
    def round_seconds(self) -> float:
        """What a round takes, about."""
        return self.seconds * (self.passes + (self.seconds < LONG_SECONDS))

    def round(self) -> float:
        """One round: the seconds that a pass takes in it. A short pass is made once untimed: its
        memory is not in the caches any more, and the other side's threads may still spin."""
        if self.seconds < LONG_SECONDS:
            self._ask(run=1)
        return self._ask(run=self.passes)["seconds"] / self.passes

    def close(self) -> None:
        self._process.kill()  # it holds nothing that wants an end, and LibTorch's takes a while
        self._process.communicate()
        self._errors.close()

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SideError(f"the process of {self.name} ended: {self._last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise SideError(answer["error"])
        return answer

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"status {self._process.wait()}"


class Sides:
    """All sides of a comparison: started together, prepared one after the other."""

    def __init__(self, commands: Mapping[str, Sequence[str]], threads: int = 1) -> None:
        self.left_out: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="tsrt-bench-")
        self._sides = {name: Side(name, command, threads) for name, command in commands.items()}

    def __enter__(self) -> Sides:
        return self

    def __exit__(self, *exception: object) -> None:
        for side in self._sides.values():
            side.close()
        self._folder.cleanup()

    def prepare(
        self, calls: list[Any], needed: str | None = None, only: Sequence[str] | None = None
    ) -> dict[str, Side]:
        """The sides that can make these calls. What the others say is in `left_out`; the one that
        is needed raises it."""
        file = Path(self._folder.name) / "calls"
        file.write_bytes(pickle.dumps(calls))
        ready = {}
        for name, side in self._sides.items():
            if only is not None and name not in only:
                continue
            try:
                side.prepare(file)
                ready[name] = side
            except SideError as error:
                if name == needed:
                    raise
                self.left_out[name] = str(error).splitlines()[0]
        return ready


def tsrt_commands(
    model: str | os.PathLike[str], threads: int, names: Sequence[str], method: str | None = None
) -> dict[str, list[str]]:
    """How the runtimes of _side.py are started."""
    words = [os.fspath(model), str(threads), *([method] if method else [])]
    return {name: [sys.executable, "-m", "tsrt._side", name, *words] for name in names}


def rounds_within(sides: Mapping[str, Side], seconds: float) -> int:
    """How many rounds fit in; at least five."""
    round_seconds = sum(side.round_seconds for side in sides.values())
    return max(5, min(MANY_ROUNDS, int(seconds / round_seconds)))


def interleave(
    tasks: Mapping[str, Callable[[], float]],
    rounds: int,
    done: Callable[[], None] = lambda: None,
) -> dict[str, list[float]]:
    """What each task returns (seconds), `rounds` times; every round starts with the next task."""
    names = list(tasks)
    times: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        first = i % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(tasks[name]())
        done()
    return times


def ratio(times: Sequence[float], base: Sequence[float]) -> float:
    """The median over the rounds of one side's time by the other's in the same round."""
    return statistics.median(a / b for a, b in zip(times, base, strict=True))


def difference(side: Side, base: Side) -> float:
    """The greatest difference between the answers, by the size of the greatest number in them; 0
    when all is the same, infinite when the answers are not of one shape."""
    worst = 0.0
    for ours, theirs in zip(side.outputs, base.outputs, strict=True):
        if len(ours) != len(theirs):
            return float("inf")
        worst = max([worst, *map(_apart, ours, theirs)])
    return worst


def _apart(ours: Any, theirs: Any) -> float:
    if not isinstance(theirs, (np.ndarray, int, float, complex)):
        return 0.0 if ours == theirs else float("inf")
    a, b = np.asarray(ours), np.asarray(theirs)
    if a.shape != b.shape:
        return float("inf")
    if np.array_equal(a, b, equal_nan=b.dtype.kind in "fc"):
        return 0.0
    kind = np.complex128 if b.dtype.kind == "c" else np.float64
    a, b = a.astype(kind), b.astype(kind)
    apart = np.abs(a - b)[~(np.isnan(a) & np.isnan(b))].max(initial=0)
    scale = np.abs(b)[np.isfinite(b)].max(initial=0)
    found = float(apart / scale) if scale else float("inf")
    return found if np.isfinite(found) else float("inf")
