"""Prints what a run of the benchmarks shows, and saves it as JSON.

    python bench/report.py [RUN]

RUN is a file that pytest-benchmark saved; the newest in .benchmarks if none is named. Figures are
medians over the rounds; ratios and differences are medians too, of those within each round. The
bars say what the project promises: they are printed as met or not, and nothing fails. The same
goes to build/bench/report.json.
"""

from __future__ import annotations

import json
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from saved import ROOT, Groups, Row, newest, read
from targets import bars

OUTPUT = ROOT / "build" / "bench" / "report.json"
MILLI, MICRO = 1e3, 1e6


def table(title: str, columns: list[str], rows: list[list[str]], plain: bool) -> Table:
    shape = box.ASCII if plain else box.SIMPLE_HEAD
    made = Table(title=title, title_justify="left", title_style="bold", box=shape)
    for i, column in enumerate(columns):
        made.add_column(column, justify="right" if i else "left", no_wrap=True)
    for row in rows:
        made.add_row(*row)
    return made


def scaled(row: Row, factor: float, *keys: str) -> list[str]:
    digits = {MILLI: 0, MICRO: 2}.get(factor, 3)
    return [f"{row[key] * factor:.{digits}f}" for key in keys]


def call_row(row: Row) -> list[str]:
    times = scaled(row, MICRO, "median", "iqr", "min", "over_floor")
    return [*times, f"{row['to_tsrt']:.2f}", f"{row['calls']} x {row['rounds']}"]


def ladder_row(row: Row) -> list[str]:
    times = scaled(row, MICRO, "median", "iqr", "min")
    return [*times, f"{row['to_1_kb']:.2f}", str(row["growth_kb"])]


def cold_row(row: Row) -> list[str]:
    times = scaled(row, MILLI, "median", "iqr", "min")
    memory = [f"{row[key] / 1024:.0f}" for key in ("resident_kb", "peak_kb")]
    return [*times, f"{row['to_tsrt']:.2f}", *memory, f"{row['memory_to_torch']:.2f}"]


def scale_of(seconds: float) -> tuple[float, str]:
    """The unit in which a duration reads well."""
    return (MILLI, "ms") if seconds >= MILLI / 1e6 else (MICRO, "us")


def short(value: float) -> str:
    """Three digits, or all that there are before the point."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def model_row(row: Row) -> list[str]:
    factor, unit = scale_of(row["median"])
    times = [short(row[key] * factor) for key in ("median", "iqr", "min")]
    ratios = [
        f"{row[key]:.2f}" if key in row else ""
        for key in ("to tsrt exact", "to tsrt tuned", "to ONNX Runtime")
    ]
    plan = row.get("plan") or ""
    return [unit, *times, *ratios, f"{row['calls']} x {row['rounds']}", plan]


def threads_row(row: Row) -> list[str]:
    return [*scaled(row, MILLI, "median", "iqr", "min"), f"{row['gain']:.2f}"]


def operator_row(row: Row) -> list[str]:
    return [*scaled(row, MILLI, "median", "iqr", "min"), f"{row['to_one']:.2f}"]


def first_row(row: Row) -> list[str]:
    factor, unit = scale_of(row["settled"])
    times = [short(row[key] * factor) for key in ("median", "min", "settled")]
    return [unit, *times, f"{row['to_settled']:.2f}"]


COMPARED = [
    *("", "median", "IQR", "best"),
    *("x exact", "x tuned", "x ONNX Runtime", "calls x rounds", "plan"),
]

# By kind of group, in the order of the report: the columns, and what fills a row.
KINDS = {
    "call": (
        ["us a call", "median", "IQR", "best", "over floor", "x tsrt", "calls x rounds"],
        call_row,
    ),
    "size ladder": (
        ["us a call", "median", "IQR", "best", "x 1 KB", "memory growth, KB"],
        ladder_row,
    ),
    "cold start": (
        ["ms to the output", "median", "IQR", "best", "x tsrt", "MB", "peak MB", "MB, x torch"],
        cold_row,
    ),
    "first call": (["after the load", "", "first", "best first", "settled", "ratio"], first_row),
    "model": (["a call", *COMPARED], model_row),
    "stream": (["a call", *COMPARED], model_row),
    "host threads": (["ms for two threads", "median", "IQR", "best", "gain"], threads_row),
    "operator threads": (["ms a call", "median", "IQR", "best", "x 1 thread"], operator_row),
}


def limit(bar: dict[str, Any]) -> str:
    return f"{bar['sense']} {bar['limit']:g}"


def figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def show(groups: Groups, about: dict[str, Any], promises: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    plain = not console.is_terminal
    if plain:
        console.width = 130
    console.print(", ".join(f"{key} {value}" for key, value in about.items()), "\n")
    for kind, (columns, cells) in KINDS.items():
        for group, rows in groups.items():
            if group.startswith(kind + ":"):
                lines = [[side, *cells(row)] for side, row in rows.items()]
                console.print(table(group, columns, lines, plain))
    columns = ["bar", "limit", "median", "best", "verdict"]
    lines = [
        [bar["name"], limit(bar), figure(bar["median"]), figure(bar["best"]), bar["verdict"]]
        for bar in promises
    ]
    console.print(table("what tsrt promises", columns, lines, plain))


def main() -> None:
    path = newest()
    groups, about = read(path)
    promises = bars(groups)
    show(groups, about, promises)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"run": path.name, "about": about, "groups": groups, "bars": promises}
    OUTPUT.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{path.name} -> {OUTPUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
