"""Saves the demo's two models as TorchScript: `python export.py FOLDER`. Needs torch."""

import sys
from pathlib import Path

import torch
from resnet import resnet18
from torch import Tensor, nn


class MyModule(nn.Module):
    """A branch that depends on the data: tracing would keep one side, scripting keeps both."""

    def __init__(self, N: int, M: int):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(N, M))

    def forward(self, input: Tensor) -> Tensor:
        if input.sum() > 0:  # noqa: SIM108 - so that it reads as a branch
            output = self.weight.mv(input)
        else:
            output = self.weight + input
        return output


def export(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    with torch.no_grad():
        traced = torch.jit.trace(resnet18(), torch.ones(1, 3, 224, 224))
    traced.save(str(folder / "resnet18.pt"))
    torch.jit.script(MyModule(10, 20)).save(str(folder / "branch.pt"))


if __name__ == "__main__":
    export(Path(sys.argv[1]))
