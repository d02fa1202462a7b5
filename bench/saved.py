"""Reads a run that pytest-benchmark saved."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ABOUT = ("commit", "tsrt", "torch", "onnxruntime", "openvino", "cpu", "cores", "threads")

Row = dict[str, Any]
Groups = dict[str, dict[str, Row]]


def read(path: Path) -> tuple[Groups, dict[str, Any]]:
    """The rows of a run by group and side (and size), and what the figures depend on."""
    groups: Groups = {}
    about: dict[str, Any] = {}
    document = json.loads(path.read_text())
    for benchmark in document["benchmarks"]:
        extra, stats = benchmark["extra_info"], benchmark["stats"]
        row = {key: stats[key] for key in ("median", "iqr", "q1", "q3", "min", "rounds")}
        row |= {key: value for key, value in extra.items() if key not in ABOUT}
        group = groups.setdefault(benchmark["group"], {})
        group[extra.get("size", extra["side"])] = row
        about |= {key: extra[key] for key in ABOUT if key in extra}
    return groups, {"date": document["datetime"][:10], **about}


def newest() -> Path:
    """The run that is to be reported: the one that is named, or the last one."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    runs = list((ROOT / ".benchmarks").glob("*/*.json"))
    if not runs:
        sys.exit("no saved run in .benchmarks: `make bench` makes one")
    return max(runs, key=lambda path: path.stat().st_mtime)
