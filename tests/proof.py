"""The last line of each long run: what was promised and what was found, for the table."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "build" / "proof"


def write_summary(name, summary):
    """`summary` has promise, seconds, runs and findings, and what else there is to say."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    line = json.dumps(summary)
    (FOLDER / f"{name}.json").write_text(line + "\n")
    print(line, flush=True)
