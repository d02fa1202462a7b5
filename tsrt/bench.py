"""How fast a model is in tsrt, and in torch.jit beside it: `python -m tsrt bench`.

Each side runs in a process of its own, so neither tsrt nor this process imports torch. Their
answers are compared before anything is timed; rounds take turns.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tsrt import _libtorch, _turns
from tsrt.errors import InvalidArgumentError, NotFoundError

EXACT, TUNED, TORCH = "tsrt exact", "tsrt tuned", "torch.jit"
TOLERANCE = 1e-3  # of the greatest number in the answers, between sides


@dataclass(frozen=True)
class Result:
    """One side: seconds a pass in each round, and what is to be said of it."""

    side: str
    times: list[float]
    passes: int
    to_exact: float
    difference: float  # from the first side's answers, relative to their greatest number
    facts: dict[str, Any]

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        first, _, third = statistics.quantiles(self.times, n=4)
        return third - first


@dataclass(frozen=True)
class Measured:
    """All sides of one model, and why others are not there."""

    model: str
    threads: int
    results: list[Result]
    left_out: dict[str, str] = field(default_factory=dict)


def measure(
    model: str | os.PathLike[str],
    calls: list[Any],
    *,
    method: str | None = None,
    threads: int = 1,
    seconds: float = 5.0,
    tune: bool = True,
    progress: Callable[[str, float], None] = lambda what, done: None,
) -> Measured:
    """Times a model: exact, tuned, and torch.jit where torch is installed.

    calls: what a pass consists of, as a list of (args, kwargs).
    progress: is told what is done, and how much of it from 0 to 1.

    Raises _turns.SideError when tsrt itself cannot run the calls, and when the answers of two sides
    are apart.
    """
    names = [EXACT, *([TUNED] if tune else []), *([TORCH] if _has_torch() else [])]
    commands = _turns.tsrt_commands(model, threads, names, method)
    with _turns.Sides(commands, threads) as all_sides:
        progress("loading, tuning, comparing", 0.0)
        sides = all_sides.prepare(calls, needed=EXACT)
        if TORCH not in names:
            all_sides.left_out[TORCH] = "torch is not installed as a Python package"
        apart = {name: _turns.difference(side, sides[EXACT]) for name, side in sides.items()}
        _check_equal(apart)
        times = _take_turns(sides, seconds, progress)
        results = [
            Result(
                name,
                times[name],
                side.passes,
                _turns.ratio(times[name], times[EXACT]),
                apart[name],
                side.facts,
            )
            for name, side in sides.items()
        ]
        return Measured(os.fspath(model), threads, results, all_sides.left_out)


def _check_equal(apart: dict[str, float]) -> None:
    for name, difference in apart.items():
        if not difference <= TOLERANCE:
            raise _turns.SideError(
                f"the answers of {name} differ from those of {EXACT} by {difference:.2g} of the "
                "greatest number in them: they are not timed"
            )


def _take_turns(
    sides: dict[str, _turns.Side], seconds: float, progress: Callable[[str, float], None]
) -> dict[str, list[float]]:
    rounds, done = _turns.rounds_within(sides, seconds), 0

    def count() -> None:
        nonlocal done
        done += 1
        progress("timing", done / rounds)

    rounds_of = {name: side.round for name, side in sides.items()}
    return _turns.interleave(rounds_of, rounds, count)


def _has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def inputs_of(
    model: str, shapes: Sequence[str], dtypes: Sequence[str], files: Sequence[str]
) -> tuple[list[Any], str | None]:
    """The calls to time and their method: the inputs that are named, or the signature's examples.

    Raises InvalidArgumentError or NotFoundError, which say what to do.
    """
    if files and shapes:
        raise InvalidArgumentError("--input and --shape are both given: one of them is enough")
    if files:
        return [(tuple(_read(file) for file in files), {})], None
    if shapes:
        return [(tuple(_random_arrays(shapes, dtypes)), {})], None
    _libtorch.load()  # which the next import needs
    from tsrt import signature

    try:
        saved = signature.saved_calls(model)
    except NotFoundError as error:
        if not Path(model).exists():
            raise
        raise NotFoundError(
            f"'{model}' has no signature that says what it takes: give a --shape (such as "
            "1,3,224,224) or an --input for each argument, or write a signature with tsrt.annotate"
        ) from error
    return saved.calls, None if saved.method == "forward" else saved.method


def _read(file: str) -> np.ndarray:
    try:
        return np.load(file)
    except (OSError, ValueError) as error:
        raise InvalidArgumentError(
            f"--input '{file}' is not an array of NumPy's: {error}"
        ) from None


def _random_arrays(shapes: Sequence[str], dtypes: Sequence[str]) -> list[np.ndarray]:
    """Seeded: floats from -1 to 1, integers that are 0 or 1, which fit any table."""
    if len(dtypes) not in (0, 1, len(shapes)):
        raise InvalidArgumentError(
            f"there are {len(shapes)} --shape and {len(dtypes)} --dtype: give one --dtype for all "
            "or one for each"
        )
    names = list(dtypes) or ["float32"]
    names *= len(shapes) if len(names) == 1 else 1
    random = np.random.default_rng(0)
    return [_random(random, *each) for each in zip(map(_shape, shapes), names, strict=True)]


def _random(random: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise InvalidArgumentError(f"--dtype '{dtype}' is none of NumPy's") from None
    if kind.kind in "iub":
        return random.integers(0, 2, shape).astype(kind)
    return random.uniform(-1, 1, shape).astype(kind)


def _shape(text: str) -> tuple[int, ...]:
    try:
        shape = tuple(int(size) for size in text.split(",") if size.strip())
    except ValueError:
        shape = (-1,)
    if any(size < 0 for size in shape):
        raise InvalidArgumentError(f"--shape '{text}' has to be sizes such as 1,3,224,224")
    return shape


def main(arguments: argparse.Namespace) -> int:
    """Runs the command; its errors are the caller's to print."""
    from tsrt import _bench_output

    if arguments.threads < 1 or not arguments.seconds > 0:
        raise InvalidArgumentError("--threads has to be at least 1, and --seconds more than 0")
    calls, method = inputs_of(arguments.model, arguments.shape, arguments.dtype, arguments.input)
    with _bench_output.progress() as progress:
        measured = measure(
            arguments.model,
            calls,
            **{"method": method, "threads": arguments.threads, "seconds": arguments.seconds},
            tune=not arguments.no_tune,
            progress=progress,
        )
    _bench_output.show(measured)
    if arguments.json:
        from tsrt import _bench_json

        _bench_json.save(measured, Path(arguments.json))
    return 0
