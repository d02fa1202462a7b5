"""What tsrt.check found: one line for each output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tsrt import _digests

IDENTICAL, CLOSE, DIFFERENT = "identical", "close", "different"


@dataclass(frozen=True)
class Output:
    """One output of one example: "identical", "close" or "different", and by how much."""

    name: str
    verdict: str
    max_abs: float | None = None  # of the samples; None where there is nothing to subtract
    max_rel: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Report:
    """Whether a model still gives the numbers that it gave where it was annotated."""

    model: str
    made_with: dict[str, str]
    checked_with: dict[str, str]
    outputs: tuple[Output, ...]

    @property
    def ok(self) -> bool:
        """Is no output different?"""
        return all(output.verdict != DIFFERENT for output in self.outputs)

    def __str__(self) -> str:
        width = max((len(output.name) for output in self.outputs), default=0)
        lines = [f"{self.model}: {'ok' if self.ok else 'DIFFERENT'}"]
        for about, verb in ((self.made_with, "made"), (self.checked_with, "checked")):
            lines.append(f"  {verb} with " + ", ".join(f"{key} {about[key]}" for key in about))
        for output in self.outputs:
            line = f"  {output.name:{width}}  {output.verdict:9}"
            if output.max_abs is not None:
                line += f"  max abs {output.max_abs:.3g}, max rel {output.max_rel:.3g}"
            lines.append(f"{line}  {output.note}".rstrip())
        return "\n".join(lines)


def compare(expected: list[Any], found: list[Any], rtol: float, atol: float) -> list[Output]:
    """The outputs of each example, in order; both lists as JSON with digests."""
    outputs: list[Output] = []
    for i, (theirs, ours) in enumerate(zip(expected, found, strict=True)):
        prefix = f"example {i}, output" if len(expected) > 1 else "output"
        outputs.extend(
            _compare_values(
                dict(_digests.leaves(theirs, prefix)),
                dict(_digests.leaves(ours, prefix)),
                rtol,
                atol,
            )
        )
    return outputs


def _compare_values(
    theirs: dict[str, Any], ours: dict[str, Any], rtol: float, atol: float
) -> Iterator[Output]:
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        if name not in ours:
            yield Output(name, DIFFERENT, note="is not there any more")
        elif name not in theirs:
            yield Output(name, DIFFERENT, note="was not there")
        elif _kind(theirs[name]) == _kind(ours[name]) == "tensor":
            yield _compare_tensors(name, theirs[name]["tensor"], ours[name]["tensor"], rtol, atol)
        elif theirs[name] == ours[name]:
            yield Output(name, IDENTICAL)
        elif _kind(theirs[name]) == _kind(ours[name]) == "float":
            were, are = (np.array([float(each[name]["float"])]) for each in (theirs, ours))
            yield _compare_numbers(name, were, are, True, rtol, atol)
        else:
            yield Output(name, DIFFERENT, note=f"was {theirs[name]!r}, is {ours[name]!r}")


def _kind(json: Any) -> str:
    return next(iter(json)) if isinstance(json, dict) else ""


def _compare_tensors(
    name: str, theirs: dict[str, Any], ours: dict[str, Any], rtol: float, atol: float
) -> Output:
    were, are = (f"{each['dtype']}{each['shape']}" for each in (theirs, ours))
    if were != are:
        return Output(name, DIFFERENT, note=f"was {were}, is {are}")
    if theirs["sha256"] == ours["sha256"]:
        return Output(name, IDENTICAL)
    if "samples" not in theirs:
        return Output(name, DIFFERENT, note=f"{are} with other values")
    expected, found = (np.array(each["samples"], np.float64) for each in (theirs, ours))
    return _compare_numbers(
        name, expected, found, _sums_agree(theirs, ours, rtol, atol), rtol, atol
    )


def _sums_agree(theirs: dict[str, Any], ours: dict[str, Any], rtol: float, atol: float) -> bool:
    """Would the sums be so if every element, not just the samples, were within its tolerance?"""
    if not np.isfinite(float(theirs["abs_sum"])):
        return theirs["abs_sum"] == ours["abs_sum"]
    n = np.prod(theirs["shape"], dtype=np.float64) * (2 if "complex" in theirs["dtype"] else 1)
    room = atol * n + rtol * theirs["abs_sum"]
    return all(abs(float(ours[each]) - theirs[each]) <= room for each in ("sum", "abs_sum"))


def _compare_numbers(
    name: str, expected: np.ndarray, found: np.ndarray, sums_agree: bool, rtol: float, atol: float
) -> Output:
    near = np.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
    both = np.isfinite(expected) & np.isfinite(found)
    apart = np.abs(found - expected, where=both, out=np.zeros_like(expected))
    size = np.abs(expected, where=both & (expected != 0), out=np.full_like(expected, np.inf))
    verdict = CLOSE if near.all() and sums_agree else DIFFERENT
    note = "the samples are close, the sums are not" if near.all() and not sums_agree else ""
    if not near[~both].all():
        note = "other infinities or NaN"
    max_abs, max_rel = (float(each.max(initial=0)) for each in (apart, apart / size))
    return Output(name, verdict, max_abs, max_rel, note)
