"""What `python -m tsrt bench` prints. With rich where that is installed, plain without."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tsrt.bench import Measured, Result

COLUMNS = ["", "median", "IQR", "best", "x exact", "apart", "passes x rounds", "plan"]


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A function that is told what is done and how much of it; shown on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda what, done: None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield lambda what, done: print(f"\r{what}: {done:4.0%} ", end="", file=sys.stderr)
        print(file=sys.stderr)
        return
    # Drawn between rounds, by no thread of its own: that would be timed along.
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, done: bar.update(task, description=what, completed=done, refresh=True)


def show(measured: Measured) -> None:
    threads = f"{measured.threads} thread" + "s" * (measured.threads > 1)
    about = [measured.model, f"LibTorch {measured.results[0].facts['torch']}", threads]
    print(", ".join(about))
    _table([COLUMNS, *map(cells, measured.results)])
    for side, reason in measured.left_out.items():
        print(f"without {side}: {reason}")


def cells(result: Result) -> list[str]:
    times = [duration(seconds) for seconds in (result.median, result.iqr, min(result.times))]
    apart = f"{result.difference:.1e}" if result.difference else "0"
    counts = f"{result.passes} x {len(result.times)}"
    plan = result.facts.get("plan") or ""
    return [result.side, *times, f"{result.to_exact:.2f}", apart, counts, plan]


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _table(rows: list[list[str]]) -> None:
    if not any(row[-1] for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        _plain_table(rows)
        return
    if not sys.stdout.isatty():
        _plain_table(rows)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for i, title in enumerate(rows[0]):
        table.add_column(title, justify="right" if i else "left")
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)


def _plain_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        line = [first.ljust(widths[0])]
        line += [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        print("  ".join(line).rstrip())
