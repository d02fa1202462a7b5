"""`make languages`: what a call costs in each language, and the page docs/languages.md.

Every language's bench (its README says how it is built and run) makes 150,000 calls of a model that
returns its input, one float32 tensor of four elements, reads the first number of the output and
frees it. The languages take turns, so that a machine that speeds up or slows down does so for all.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "examples"))

import languages  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import track  # noqa: E402
from rich.table import Table  # noqa: E402

PAGE = ROOT / "docs" / "languages.md"
MARK = "<!-- {} of what `make languages` writes -->"


def measure(names, rounds):
    """{language: [nanoseconds a call, one for each round]}"""
    with tempfile.TemporaryDirectory() as folder:
        examples = shutil.copytree(languages.EXAMPLES, Path(folder) / "examples")
        times = {name: [] for name in names}
        for name in track(names, "building"):
            languages.run(name, languages.commands(name, "bench"), examples)
        for _ in track(range(rounds), "calling"):
            for name in names:
                command = languages.commands(name, "bench").splitlines()[-1]
                times[name].append(float(languages.run(name, command, examples)))
    return times


def rows(times):
    """Language, nanoseconds a call, and how many more than in C; the fastest first."""
    medians = {name: statistics.median(all_of) for name, all_of in times.items()}
    more = {
        name: statistics.median(mine - c for mine, c in zip(all_of, times["c"], strict=True))
        for name, all_of in times.items()
    }
    return [(name, medians[name], more[name]) for name in sorted(medians, key=medians.get)]


def show(found):
    table = Table("language", "ns a call", "more than C")
    for name, nanoseconds, more in found:
        table.add_row(languages.title(name), f"{nanoseconds:.0f}", f"{more:+.0f}")
    Console().print(table)


def write_page(found):
    lines = [
        "| Language | Mechanism | A call, ns | More than C | Copied | Threads |",
        "|---|---|---|---|---|---|",
    ]
    for name, nanoseconds, more in found:
        facts = [languages.fact(name, what) for what in ("Mechanism", "Copied", "Threads")]
        link = f"[{languages.title(name)}](../examples/{name})"
        cells = [link, facts[0], f"{nanoseconds:.0f}", f"{more:+.0f}", *facts[1:]]
        lines.append("| " + " | ".join(cells) + " |")
    for name in languages.NAMES:
        highlight, code = languages.excerpt(name)
        lines += ["", f"### {languages.title(name)}", "", f"```{highlight}", code.rstrip(), "```"]
    begin, end = MARK.format("begin"), MARK.format("end")
    before, _, rest = PAGE.read_text().partition(begin)
    text = "\n".join(lines)
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the page, too")
    options = parser.parse_args()
    missing = {name: languages.missing_tools(name) for name in languages.NAMES}
    for name, tools in missing.items():
        if tools:
            print(f"{name} is left out: {', '.join(tools)} not installed", file=sys.stderr)
    found = rows(measure([name for name, tools in missing.items() if not tools], options.rounds))
    show(found)
    if options.write:
        write_page(found)


if __name__ == "__main__":
    main()
