"""What the demo prints: tables and a timeline, in colour in a terminal and plain elsewhere."""

from collections.abc import Iterable, Sequence
from typing import Any

import timeline
from common import CHUNK, RATE, Case
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

NARROWEST, WIDEST = 80, 100
NAMES = {"torch": "torch", "tsrt": "tsrt Python", "c": "tsrt C"}
ASCII_HEAD = box.Box("    \n    \n -- \n" + "    \n" * 5, ascii=True)  # a line under the header
LABEL = 8  # characters before a line of the timeline

console = Console(highlight=False)
console.width = min(max(console.width, NARROWEST), WIDEST) if console.is_terminal else WIDEST
# Pipes and old terminals get ASCII.
plain = not console.is_terminal or console.options.ascii_only


def heading(title: str, sentence: str) -> None:
    console.print()
    console.print(Text(title, style="bold cyan"))
    console.print(Text(sentence))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A name on the left, then numbers."""
    style = ASCII_HEAD if plain else box.SIMPLE_HEAD
    grid = Table(box=style, header_style="bold", show_edge=False, pad_edge=False)
    for i, column in enumerate(columns):
        grid.add_column(column, justify="right" if i else "left", no_wrap=True)
    for row in rows:
        grid.add_row(*row)
    console.print(grid)


def verdict(same: bool, what: str) -> None:
    mark, style = ("yes", "bold green") if same else ("NO", "bold red")
    console.print(Text.assemble(f"{what}, identical bit for bit: ", (mark, style)))


def milliseconds(ms: float) -> str:
    """Three digits that count, and never more than six characters."""
    if ms < 0.1:
        return f"{ms:.4f}"
    return f"{ms:.0f}" if ms >= 100 else f"{ms:#.3g}"


def five(numbers: Iterable[float]) -> str:
    return " ".join(f"{x:.4f}" for x in numbers)


def case(which: Case, reports: dict[str, dict[str, Any]], count: int, same: bool) -> None:
    shape = ", ".join(map(str, which.shape)) + ("," if len(which.shape) == 1 else "")
    heading(
        which.title,
        f"Input: shape ({shape}), all {which.value:g}. Times in ms; a call is array to array.",
    )
    times = ("load_ms", "first_ms", "call_ms")
    rows = [
        (NAMES[name], five(report["five"]), *(milliseconds(report[key]) for key in times))
        for name, report in reports.items()
    ]
    table(("", "first five outputs", "load", "first", "call"), rows)
    verdict(same, f"All {count} outputs of the first and of the last call")


def processes(which: Case, reports: dict[str, dict[str, Any]]) -> None:
    heading(
        "What it takes to get there",
        f"{which.title.split(',')[0]}'s first answer, each in a process of its own, "
        "files already in memory.",
    )
    rows = [
        (
            NAMES[name],
            f"{report['start_ms'] / 1e3:.2f} s",
            f"{report['peak_mb']:.0f} MB",
            "yes" if report.get("torch_imported") else "no",
        )
        for name, report in reports.items()
    ]
    table(("", "start to answer", "peak resident memory", "imports torch"), rows)


def speech(sound: Sequence[float], reports: dict[str, dict[str, Any]], same: bool) -> None:
    chunk = CHUNK / RATE
    count = len(reports["tsrt"]["probabilities"])
    heading(
        "Silero VAD, the file from its package, on speech, silence and noise",
        f"{count} chunks in a row, as the model has state. Bars: loudness and probability.",
    )
    found = timeline.segments(reports["tsrt"]["probabilities"], chunk)
    draw(sound, reports, found, count * chunk)
    rows = [
        (f"speech {i}", f"{start:.2f} s", f"{end:.2f} s", f"{end - start:.2f} s")
        for i, (start, end) in enumerate(found, 1)
    ]
    table(("segment", "from", "to", "length"), rows)
    times = ", ".join(f"{name} {milliseconds(r['call_ms'])}" for name, r in reports.items())
    console.print(f"One chunk, median in ms: {times}")
    verdict(same, f"All {count} probabilities of torch and tsrt")


def draw(
    sound: Sequence[float],
    reports: dict[str, dict[str, Any]],
    found: Sequence[tuple[float, float]],
    seconds: float,
) -> None:
    width = console.width - LABEL
    ramp = timeline.ASCII if plain else timeline.BLOCKS
    levels = [timeline.loudness(sound[i : i + CHUNK]) for i in range(0, len(sound), CHUNK)]
    lines = [("sound", timeline.bars(levels, width, ramp), "cyan")]
    for name, report in reports.items():
        lines.append((name, timeline.bars(report["probabilities"], width, ramp), "yellow"))
    mark = "=" if plain else "━"
    lines.append(("speech", timeline.marks(found, seconds, width, mark), "bold green"))
    lines.append(("", timeline.axis(seconds, width), "dim"))
    for label, line, style in lines:
        console.print(Text.assemble(f"{label:{LABEL}}", (line.rstrip(), style)), no_wrap=True)
