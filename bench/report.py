"""Prints what a run of the benchmarks shows, and saves it as JSON.

    python bench/report.py [RUN]

RUN is a file that pytest-benchmark saved; the newest in .benchmarks if none is named. Figures are
medians over the rounds; ratios and differences are medians too, of those within each round. The
bars say what the project promises: they are printed as met or not, and nothing fails. The same
goes to build/bench/report.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "build" / "bench" / "report.json"
MILLI, MICRO = 1e3, 1e6
ABOUT = ("commit", "tsrt", "torch", "onnxruntime", "cpu", "threads")

Row = dict[str, Any]
Groups = dict[str, dict[str, Row]]


def read(path: Path) -> tuple[Groups, dict[str, Any]]:
    """The rows of a run by group and side (and size), and what the figures depend on."""
    groups: Groups = {}
    extra: dict[str, Any] = {}
    for benchmark in json.loads(path.read_text())["benchmarks"]:
        extra, stats = benchmark["extra_info"], benchmark["stats"]
        row = {key: stats[key] for key in ("median", "iqr", "min", "rounds")}
        row |= {key: value for key, value in extra.items() if key not in ABOUT}
        group = groups.setdefault(benchmark["group"], {})
        group[extra.get("size", extra["side"])] = row
    return groups, {key: extra[key] for key in ABOUT}


def bars(groups: Groups) -> list[dict[str, Any]]:
    """Each promise: the figure by medians and by best rounds, and the limit that it has to keep."""
    call, ladder = groups["call: identity"], groups["size ladder: tsrt"]
    cold = groups["cold start: MLP 16-32-32-4"]

    def times(rows: dict[str, Row], slower: str) -> list[float]:
        return [rows[slower]["to_tsrt"], rows[slower]["min"] / rows["tsrt"]["min"]]

    over = [call["tsrt"]["over_floor"], call["tsrt"]["min"] - call["C++ floor"]["min"]]
    size = [ladder["1 GB"]["to_1_kb"], ladder["1 GB"]["min"] / ladder["1 KB"]["min"]]
    memory, growth = cold["tsrt"]["memory_to_torch"], ladder["1 GB"]["growth_kb"]
    rows = [("identity: tsrt over the C++ floor, us", "<=", 0.25, [x * MICRO for x in over])]
    for slower in ("torch.jit", "torch.jit forward", "ONNX Runtime"):
        rows.append((f"identity: {slower} / tsrt", ">=", 3, times(call, slower)))
    rows += [
        ("first output: torch / tsrt", ">=", 4, times(cold, "torch")),
        ("resident memory: tsrt / torch", "<=", 0.6, [memory, memory]),
        ("1 GB input: time / that of 1 KB", "<=", 1.1, size),
        ("1 GB input: growth of memory, KB", "<=", 64, [growth, growth]),
    ]
    return [judge(*row) for row in rows]


def judge(name: str, sense: str, limit: float, values: list[float]) -> dict[str, Any]:
    """By medians; noise from other work on the machine can spoil them, so best rounds are said."""
    met, best_met = (value <= limit if sense == "<=" else value >= limit for value in values)
    verdict = "met" if met else "met in the best rounds only" if best_met else "not met"
    median, best = values
    return {
        **{"name": name, "sense": sense, "limit": limit},
        **{"median": median, "best": best, "verdict": verdict},
    }


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
}


def show(groups: Groups, about: dict[str, Any], promises: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    plain = not console.is_terminal
    if plain:
        console.width = 100
    console.print(", ".join(f"{key} {value}" for key, value in about.items()), "\n")
    for kind, (columns, cells) in KINDS.items():
        for group, rows in groups.items():
            if group.startswith(kind + ":"):
                lines = [[side, *cells(row)] for side, row in rows.items()]
                console.print(table(group, columns, lines, plain))
    columns = ["bar", "limit", "median", "best", "verdict"]
    lines = [
        [bar["name"], f"{bar['sense']} {bar['limit']:g}", *scaled(bar, 1, "median", "best")]
        for bar in promises
    ]
    for line, bar in zip(lines, promises, strict=True):
        line.append(bar["verdict"])
    console.print(table("what tsrt promises", columns, lines, plain))


def newest() -> Path:
    runs = list((ROOT / ".benchmarks").glob("*/*.json"))
    if not runs:
        sys.exit("no saved run in .benchmarks: `make bench` makes one")
    return max(runs, key=lambda path: path.stat().st_mtime)


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else newest()
    groups, about = read(path)
    try:
        promises = bars(groups)
    except KeyError as missing:
        sys.exit(f"{path} is of a part of the benchmarks: {missing} is not in it")
    show(groups, about, promises)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"run": path.name, "about": about, "groups": groups, "bars": promises}
    OUTPUT.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{path.name} -> {OUTPUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
