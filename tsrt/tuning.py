"""What Model.tune has tried and chosen."""

from __future__ import annotations

import io
import os
from typing import Any

from tsrt import _records

_RECORD = "plans.txt"


class TuneReport:
    """What `Model.tune` has tried. Printed, it is a table.

    method, plan: the method, and the name of the plan that it runs by now.
    plans: what was tried, each a dict with `name`, `what` it does, `chosen`, `dropped` (why, or
        None), `error` (the largest difference in a tensor by the largest number in the exact one,
        or None), `ratio` (of its time to that of "exact"; the geometric mean over the examples, or
        None), `seconds` (the median time of a call, for each example).
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.method: str = data["method"]
        self.plan: str = data["plan"]
        self.plans: list[dict[str, Any]] = data["plans"]
        self._file: str = data["file"]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the choice to a small file, for tsrt.Model(..., optimize="auto", plans=path)."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._file)

    def save_into(self, model: str | os.PathLike[str]) -> None:
        """Writes the choice into a model's archive, for tsrt.Model(model, optimize="auto"). The
        archive has its old content or the new one, whatever happens in between."""
        records = _records.read(os.fspath(model), "extra/tsrt") | {_RECORD: self._file.encode()}
        with open(model, "rb") as source:
            contents = io.BytesIO(source.read())
        _records.write(contents, os.fspath(model), "extra/tsrt", records)

    def __str__(self) -> str:
        rows = [("plan", "a call", "of exact", "error", "")]
        rows += [_row(each) for each in self.plans]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = [
            f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  "
            f"{row[3]:>{widths[3]}}  {row[4]}".rstrip()
            for row in rows
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<tsrt.TuneReport: {self.method} runs by {self.plan!r}>"


def _row(plan: dict[str, Any]) -> tuple[str, str, str, str, str]:
    error = "" if plan["error"] is None else f"{plan['error']:.1e}"
    if plan["dropped"] is not None:
        return plan["name"], "", "", error, f"dropped: {plan['dropped']}"
    times = ", ".join(_time(seconds) for seconds in plan["seconds"])
    remark = plan["what"] + (", chosen" if plan["chosen"] else "")
    return plan["name"], times, f"{plan['ratio']:.2f}", error, remark


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
