"""Saves kinds.pt, the model of the package's tests: `python export.py`."""

import zipfile
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Color(Enum):
    RED = 1
    GREEN = 2


class Range(NamedTuple):
    low: int
    high: float


@torch.jit.script
class Tally:
    def __init__(self, start: int):
        self.total = start

    def add(self, n: int, times: int = 1) -> int:
        self.total += n * times
        return self.total


class Kinds(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
        self.count = 0
        self.drop = torch.nn.Dropout(1.0)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return x + y, (x - y).t()

    @torch.jit.export
    def echo(self, x: Any) -> Any:
        return x

    @torch.jit.export
    def order(self, a: int, b: int = 2, c: float = 3.0) -> list[float]:
        return [float(a), float(b), c]

    @torch.jit.export
    def tally(self, start: int) -> Tally:
        return Tally(start)

    @torch.jit.export
    def feed(self, tally: Tally, n: int) -> int:
        return tally.add(n)

    @torch.jit.export
    def other(self, color: Color) -> Color:
        return Color.RED if color == Color.GREEN else Color.GREEN

    @torch.jit.export
    def widen(self, r: Range) -> Range:
        return Range(r.low - 1, r.high + 0.5)

    @torch.jit.export
    def place(self, device: torch.device) -> torch.device:
        return torch.zeros(1, device=device).device

    @torch.jit.export
    def cast(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        return x.to(dtype)

    @torch.jit.export
    def quantize(self, x: Tensor) -> Tensor:
        return torch.quantize_per_tensor(x, 0.5, 10, torch.quint8)

    @torch.jit.export
    def dequantize(self, x: Tensor) -> Tensor:
        return x.dequantize()

    @torch.jit.export
    def dropped(self, x: Tensor) -> Tensor:
        return self.drop(x)

    @torch.jit.export
    def random(self) -> Tensor:
        return torch.rand(3)

    @torch.jit.export
    def tick(self) -> int:
        self.count += 1
        return self.count

    @torch.jit.export
    def later(self, x: Tensor) -> torch.jit.Future[Tensor]:
        return torch.jit.fork(torch.neg, x)

    @torch.jit.export
    def endless(self, x: Tensor) -> Tensor:
        while bool(x.sum() > -1):
            x = x + 0
        return x


if __name__ == "__main__":
    model = torch.jit.script(Kinds().eval())
    buffer = BytesIO()
    torch.jit.save(model, buffer, _extra_files={"labels.txt": "Bär\nEule\n".encode()})
    with (
        zipfile.ZipFile(buffer) as whole,
        zipfile.ZipFile(Path(__file__).parent / "kinds.pt", "w") as lean,
    ):
        for record in whole.infolist():
            # Those tell where on this machine the source code lies.
            if not record.filename.endswith(".debug_pkl"):
                lean.writestr(record, whole.read(record))
