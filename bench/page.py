"""`make bench-report`: the last saved run as one page, and as tables for README.md.

    python bench/page.py [RUN]

writes build/bench/report.html with its plots (build/bench/*.png), and README.md between its marks.
"""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

import plots
from report import KINDS, figure, limit
from saved import ROOT, Groups, Row, newest, read
from targets import bars

BUILD = ROOT / "build" / "bench"
README = ROOT / "README.md"
MARK = "<!-- {} of what `make bench-report` writes -->"
STYLE = """
body { font: 15px/1.45 sans-serif; max-width: 1250px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 0.5em 0 1.5em; font-size: 13px; }
th, td { padding: 2px 10px; text-align: right; border-bottom: 1px solid #ccc; }
th { border-bottom: 1px solid black; } th:first-child, td:first-child { text-align: left; }
caption { text-align: left; font-weight: bold; padding: 4px 0; } img { max-width: 100%; }
tr.bad td:last-child { font-weight: bold; } .about { color: #444; }
"""
HOW = """Medians over interleaved rounds; ratios are medians of those within each round. Every side
is a process of its own for models and streams. Bars show medians, the thin lines the quartiles; in
brackets is the time by that of the first side. All answers were compared before they were timed."""


# What is drawn: the file, a heading, and which groups under which titles.
def drawn(groups: Groups) -> list[tuple[str, str, dict[str, str]]]:
    def of(kind: str, ending: str = "") -> dict[str, str]:
        return {
            name: name.removeprefix(kind + ": ").removesuffix(ending)
            for name in groups
            if name.startswith(kind + ":") and name.endswith(ending)
        }

    one, two = of("model", ", batch 1, 1 thread"), of("model", ", 2 threads")
    return [
        ("models", "Models: batch 1, one thread", one),
        ("batches", "Models: batch 8, one thread", of("model", ", batch 8, 1 thread")),
        ("two_threads", "Models: two threads within an operator", two),
        ("streams", "Streams of mixed shapes, a call", of("stream")),
        ("calls", "What one call costs, from LibTorch in C++ up", of("call")),
        ("starts", "From the start of a process to its first output", of("cold start")),
        ("first_calls", "The first call after a load", of("first call")),
        ("host_threads", "Two host threads on one model", of("host threads")),
        ("operator_threads", "Threads within an operator", of("operator threads")),
        ("sizes", "Inputs from 1 KB to 1 GB", of("size ladder")),
    ]


def cell(text: Any, tag: str = "td") -> str:
    return f"<{tag}>{html.escape(str(text))}</{tag}>"


def table(title: str, columns: list[str], lines: list[list[str]], bad: set[int]) -> str:
    rows = [
        f"<tr{' class=bad' if i in bad else ''}>{''.join(map(cell, line))}</tr>"
        for i, line in enumerate(lines)
    ]
    head = "".join(cell(column, "th") for column in columns)
    caption = f"<caption>{html.escape(title)}</caption>"
    return f"<table>{caption}<tr>{head}</tr>{''.join(rows)}</table>"


def image(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img alt="{path.stem}" src="data:image/png;base64,{data}">'


def group_table(name: str, rows: dict[str, Row]) -> str:
    columns, cells = KINDS[name.partition(":")[0]]
    return table(name, columns, [[side, *cells(row)] for side, row in rows.items()], set())


def target_section(promises: list[dict[str, Any]]) -> list[str]:
    path = BUILD / "targets.png"
    parts = ["<h2>What tsrt promises</h2>"]
    if any(bar["median"] is not None for bar in promises):
        plots.targets(promises, path)
        parts.append(image(path))
    lines = [
        [bar["name"], limit(bar), figure(bar["median"]), figure(bar["best"]), bar["verdict"]]
        for bar in promises
    ]
    bad = {i for i, bar in enumerate(promises) if bar["verdict"] != "met"}
    return [*parts, table("", ["target", "limit", "median", "best", "verdict"], lines, bad)]


def write_page(groups: Groups, about: dict[str, Any], promises: list[dict[str, Any]]) -> Path:
    parts = ["<!doctype html><meta charset=utf-8><title>tsrt: benchmarks</title>"]
    parts.append(f"<style>{STYLE}</style><h1>tsrt: benchmarks</h1>")
    facts = ", ".join(f"{key} {value}" for key, value in about.items())
    parts += [f"<p class=about>{html.escape(facts)}</p><p>{HOW}</p>", *target_section(promises)]
    for name, heading, titles in drawn(groups):
        if not titles:
            continue
        path = BUILD / f"{name}.png"
        plots.panels(groups, titles, path)
        parts += [f"<h2>{html.escape(heading)}</h2>", image(path)]
        parts += [group_table(group, groups[group]) for group in titles]
    page = BUILD / "report.html"
    page.write_text("\n".join(parts))
    return page


def markdown(columns: list[str], lines: list[list[str]]) -> list[str]:
    written = ["| " + " | ".join(line) + " |" for line in (columns, *lines)]
    return [written[0], "|" + "---|" * len(columns), *written[1:]]


def relative_table(
    groups: Groups, titles: dict[str, str], base: str, sides: list[str]
) -> list[str]:
    """Times by that of the base, which is given in full; medians of the ratios in each round."""
    sides = [side for side in sides if any(side in groups[group] for group in titles)]
    to_base = "to_tsrt" if base == "tsrt" else f"to {base}"
    lines = []
    for group, title in titles.items():
        rows = groups[group]
        if base not in rows:
            continue
        line = [title]
        for side in sides:
            row = rows.get(side)
            text = f"{row[to_base]:.2f}" if row else ""
            line.append(f"1 ({plots.duration(row['median'])})" if side == base else text)
        lines.append(line)
    return markdown(["", *sides], lines)


def readme_text(groups: Groups, about: dict[str, Any]) -> str:
    drawings = {name: titles for name, _, titles in drawn(groups)}
    models = drawings["models"]
    tuned = any("tsrt tuned" in groups[group] for group in models)
    base = "tsrt tuned" if tuned else "tsrt exact"
    lines = [
        f"Time of one call from Python, batch 1, one thread, relative to {base} (less is faster);",
        f"medians over interleaved rounds on a {about['cores']}-core {about['cpu']},",
        f"LibTorch {about['torch'].partition('+')[0]}, ONNX Runtime {about['onnxruntime']},",
        f"OpenVINO {about['openvino']}, answers compared first:",
        *("", *relative_table(groups, models, base, list(plots.LOOKS)), ""),
        "The same calls from below, one process, relative to tsrt from Python:",
    ]
    rungs = ["C++ floor", "C ABI", "tsrt", "tsrt tuned", "torch.jit", "ONNX Runtime"]
    lines += ["", *relative_table(groups, drawings["calls"], "tsrt", rungs), ""]
    lines += ["From process start to the first output, and resident memory then:", ""]
    return "\n".join([*lines, *start_table(groups, drawings["starts"])])


def start_table(groups: Groups, titles: dict[str, str]) -> list[str]:
    sides = ["C++ (LibTorch)", "C (tsrt)", "tsrt", "torch", "onnxruntime"]
    names = [*sides[:3], "torch.jit", "ONNX Runtime"]
    lines = []
    for group, title in titles.items():
        rows = [groups[group][side] for side in sides]
        times = [
            f"{row['median'] * 1e3:.0f} ms, {row['resident_kb'] / 1024:.0f} MB" for row in rows
        ]
        lines.append([title, *times])
    return markdown(["", *names], lines)


def write_readme(text: str) -> None:
    begin, end = MARK.format("begin"), MARK.format("end")
    before, _, rest = README.read_text().partition(begin)
    README.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")


def main() -> None:
    path = newest()
    groups, about = read(path)
    BUILD.mkdir(parents=True, exist_ok=True)
    print(f"{path.name} -> {write_page(groups, about, bars(groups)).relative_to(ROOT)}")
    whole = all(any(name.startswith(kind + ":") for name in groups) for kind in KINDS)
    if whole:
        write_readme(readme_text(groups, about))
        print(f"{path.name} -> {README.relative_to(ROOT)}")
    else:
        print("a run of a part of the benchmarks: README.md stays as it is")


if __name__ == "__main__":
    main()
