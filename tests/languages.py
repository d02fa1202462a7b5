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
    (line,) = re.findall(r"^Needs (.*?)[:.(]", readme(language), re.MULTILINE)
    return [tool for tool in re.findall(r"`(.*?)`", line) if not shutil.which(tool)]


def commands(language, program):
    """The block of commands whose last line runs this program: "tour" or "bench"."""
    blocks = re.findall(r"(?:^    .+\n)+", readme(language) + "\n", re.MULTILINE)
    (found,) = [block for block in blocks if program in block.splitlines()[-1]]
    return found


def run(language, program, examples):
    """Runs them in `examples`, a copy of the folder."""
    return subprocess.run(
        ["sh", "-ec", config.env() + "\n" + commands(language, program)],
        cwd=examples / language,
        capture_output=True,
        text=True,
        timeout=300,
    )
