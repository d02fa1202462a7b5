"""The demo's work through tsrt, in a process without torch: `python with_tsrt.py FOLDER CASE`."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from common import Runtime, main

import tsrt


def load(path: Path) -> tsrt.Model:
    return tsrt.Model(path)


def call(model: tsrt.Model, x: np.ndarray, *rest: Any) -> np.ndarray:
    return model(x, *rest)


def reset(model: tsrt.Model) -> None:
    model.run("reset_states")


if __name__ == "__main__":
    main(Runtime("tsrt", load, call, reset))
    assert "torch" not in sys.modules, "something has imported torch"
