"""The examples in every language: what each needs, and the commands of its README."""

import re
import shutil
import subprocess
from pathlib import Path

from tsrt import config

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted({path.parent.name for path in EXAMPLES.glob("*/README.md")} - {"custom_op", "demo"})


def readme(language):
    return (EXAMPLES / language / "README.md").read_text()


def missing_tools(language):
    """A README names the commands that it needs: "Needs `go` and `pkg-config`: ..."."""
    (line,) = re.findall(r"^Needs (.*?)(?:[:.(]| with )", readme(language), re.MULTILINE)
    return [tool for tool in re.findall(r"`(.*?)`", line) if not shutil.which(tool)]


# How the last line of each of a README's blocks of commands tells what the block is for.
LAST_LINE = {"tour": r"tour\.pt$", "bench": r"identity\.pt$", "test": r"\btest\b"}


def commands(language, purpose):
    """The README's block of commands for this purpose; None if it has none."""
    blocks = re.findall(r"(?:^    .+\n)+", readme(language) + "\n", re.MULTILINE)
    for block in blocks:
        if re.search(LAST_LINE[purpose], block.splitlines()[-1]):
            return block
    return None


def run(language, purpose, examples):
    """Runs that block in `examples`, a copy of the folder."""
    return subprocess.run(
        ["sh", "-ec", config.env() + "\n" + commands(language, purpose)],
        cwd=examples / language,
        capture_output=True,
        text=True,
        timeout=300,
    )
