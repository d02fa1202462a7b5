"""What the README of each language's folder says, for the tests and for the page of all languages.

A README has a line "Needs `go` and `pkg-config` (packages)", blocks of commands, the lines
"Mechanism: ...", "Copied: ..." and "Threads: ...", and an excerpt of its tour.
"""

import re
import shutil
import subprocess
from pathlib import Path

from tsrt import config

EXAMPLES = Path(__file__).parent
NAMES = sorted({path.parent.name for path in EXAMPLES.glob("*/README.md")} - {"custom_op", "demo"})

# How the last line of a block of commands tells what the block is for.
LAST_LINE = {"tour": r"tour\.pt$", "bench": r"identity\.pt$", "test": r"\btest\b"}


def readme(language):
    return (EXAMPLES / language / "README.md").read_text()


def title(language):
    return readme(language).splitlines()[0].removeprefix("# ")


def missing_tools(language):
    (line,) = re.findall(r"^Needs (.*?) \(", readme(language), re.MULTILINE | re.DOTALL)
    return [tool for tool in re.findall(r"`(.*?)`", line) if not is_there(tool)]


def is_there(tool):
    """A command, a file, or a line for the shell that succeeds."""
    if " " in tool:
        return subprocess.run(tool, shell=True, capture_output=True).returncode == 0
    return shutil.which(tool) or Path(tool).exists()


def fact(language, name):
    """What follows on "Mechanism:" and its like."""
    found = re.search(rf"^{name}: (.+?)(?:\n\n|\Z)", readme(language), re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split())


def excerpt(language):
    """The name of the language for highlighting, and a few lines of its tour."""
    return re.search(r"^```(\w+)\n(.*?)^```", readme(language), re.M | re.S).groups()


def commands(language, purpose):
    """The block of commands for this purpose; None if there is none."""
    for block in re.findall(r"(?:^    .+\n)+", readme(language) + "\n", re.MULTILINE):
        if re.search(LAST_LINE[purpose], block.splitlines()[-1]):
            return block
    return None


def run(language, commands, examples):
    """Runs them in `examples`, a copy of the folder. Returns what they print."""
    done = subprocess.run(
        ["sh", "-ec", config.env() + "\n" + commands],
        cwd=examples / language,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(f"{language}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
