"""What a call costs on a GPU, beside torch.jit; `make gpu-test` ends with it.

From the host (a NumPy array in, one out: both copies are in the time) and on the device (tensors
stay there). Results are checked first; medians over interleaved rounds, in one process.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import measure
import numpy as np
import torch

import tsrt

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "demo"))
from resnet import resnet18

ROUNDS = 30
MLP = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 4))
MODELS = {
    "MLP, batch 1": (MLP, (1, 16)),
    "ResNet-18, batch 1": (resnet18().eval(), (1, 3, 224, 224)),
    "ResNet-18, batch 32": (resnet18().eval(), (32, 3, 224, 224)),
}


def sides(path: Path, x: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Each gives the result on the host, whatever it left on the device before."""
    ours = tsrt.Model(path, device="cuda")
    theirs = torch.jit.load(str(path), map_location="cuda")
    on_device = torch.from_numpy(x).cuda()

    def synchronized() -> torch.Tensor:
        y = theirs(on_device)
        torch.cuda.synchronize()
        return y

    return {
        "tsrt, host": lambda: ours(x),
        "torch.jit, host": lambda: theirs(torch.from_numpy(x).cuda()).cpu(),
        "tsrt, device": lambda: ours(on_device),
        "torch.jit, device": synchronized,
    }


def check(runs: dict[str, Callable[[], object]]) -> None:
    wanted = runs["torch.jit, device"]().cpu().numpy()
    for name, run in runs.items():
        y = run()
        y = y if isinstance(y, np.ndarray) else torch.from_dlpack(y).cpu().numpy()
        np.testing.assert_allclose(y, wanted, 1e-4, 1e-5, err_msg=name)


def timed(run: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def show(name: str, ours: list[float], theirs: list[float]) -> None:
    us = [statistics.median(side) * 1e6 for side in (ours, theirs)]
    ratio = measure.ratio(ours, theirs)
    print(f"{name:30} tsrt {us[0]:8.1f} us   torch.jit {us[1]:8.1f} us   ratio {ratio:.2f}")


def main() -> None:
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, tsrt {tsrt.__version__}")
    with torch.inference_mode(), tempfile.TemporaryDirectory() as folder:
        for name, (model, shape) in MODELS.items():
            path = Path(folder) / "model.pt"
            torch.jit.script(model).save(str(path))
            runs = sides(path, np.random.default_rng(0).random(shape, np.float32))
            for _ in range(20):  # torch.jit's executor settles
                check(runs)
            tasks = {each: lambda run=run: timed(run, 20) for each, run in runs.items()}
            times = measure.interleave(tasks, ROUNDS)
            for where in ("host", "device"):
                show(f"{name}, {where}", times[f"tsrt, {where}"], times[f"torch.jit, {where}"])


if __name__ == "__main__":
    main()
