"""Models for the tests of what a process inherits, and of the floating-point environment."""

from pathlib import Path

import torch
from torch import Tensor, nn


class Parallel(nn.Module):
    """Matrix products and convolutions, which LibTorch spreads over its threads."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 32, 3)
        self.layer = nn.Linear(512, 512)

    def forward(self, image: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        return torch.relu(self.convolution(image)), torch.tanh(self.layer(rows))


class Tasks(nn.Module):
    """Two tasks that run beside each other."""

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(256, 256)
        self.right = nn.Linear(256, 256)

    def forward(self, x: Tensor) -> Tensor:
        left = torch.jit.fork(self.left, x)
        right = torch.jit.fork(self.right, x)
        return torch.jit.wait(left) + torch.jit.wait(right)


class Steps(nn.Module):
    """State that is written all the time."""

    total: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(64, 64))

    def forward(self, x: Tensor, steps: int) -> Tensor:
        for _ in range(steps):
            self.total.add_(x)
        return self.total


class Delicate(nn.Module):
    """Not a number of what is negative, denormal numbers of what is small, and rounding."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sqrt(x) / 3 * 1e-27 if x.numel() == 4 else x * 1e-10


def write_fork_models(folder: Path) -> None:
    torch.manual_seed(0)
    for name, module in {
        "parallel": Parallel(),
        "tasks": Tasks(),
        "steps": Steps(),
        "delicate": Delicate(),
    }.items():
        torch.jit.script(module.eval()).save(str(folder / f"{name}.pt"))
