"""The demo's work through torch: `python with_torch.py FOLDER CASE`."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import Runtime, main


def load(path: Path) -> torch.jit.ScriptModule:
    return torch.jit.load(str(path))


def call(model: torch.jit.ScriptModule, x: np.ndarray, *rest: Any) -> np.ndarray:
    return model(torch.from_numpy(x), *rest).numpy()


def reset(model: torch.jit.ScriptModule) -> None:
    model.reset_states()


if __name__ == "__main__":
    with torch.inference_mode():
        main(Runtime("torch", load, call, reset))
