"""Models that take pictures."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "demo"))
import resnet


def resnet18() -> nn.Module:
    """The demo's."""
    torch.manual_seed(0)
    return resnet.resnet18()


class DoubleConvolution(nn.Sequential):
    """Two 3x3 convolutions, each normalized and rectified."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__(
            *(nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()),
            *(nn.Conv2d(n_out, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()),
        )


class UNet(nn.Module):
    """Three levels down and up again, each way up beside what came down (Ronneberger et al.,
    2015)."""

    def __init__(self, width: int = 16, n_classes: int = 4):
        super().__init__()
        sizes = [width, width * 2, width * 4, width * 8]
        self.first = DoubleConvolution(3, width)
        pairs = list(pairwise(sizes))
        self.down = nn.ModuleList(DoubleConvolution(*pair) for pair in pairs)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(n_in, n_out, 2, stride=2) for n_out, n_in in reversed(pairs)
        )
        self.join = nn.ModuleList(
            DoubleConvolution(2 * n_out, n_out) for n_out, _ in reversed(pairs)
        )
        self.last = nn.Conv2d(width, n_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        before: list[Tensor] = []
        for level in self.down:
            before.append(x)
            x = level(torch.max_pool2d(x, 2))
        for up, join in zip(self.up, self.join):  # noqa: B905 - TorchScript has no strict
            x = join(torch.cat([before.pop(), up(x)], 1))
        return self.last(x)


def unet() -> nn.Module:
    torch.manual_seed(0)
    return UNet().eval()
