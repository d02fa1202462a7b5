"""Saves the model that the package's tests call: `python export.py` writes values.pt."""

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


class Found(NamedTuple):
    score: float
    label: str


@torch.jit.script
class Tally:
    def __init__(self, start: int):
        self.total = start

    def add(self, n: int) -> int:
        self.total += n
        return self.total

    def fail(self) -> int:
        raise ValueError("the tally has failed")


class Values(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]), requires_grad=False)
        self.scale = 2.0

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The second output does not lie row by row."""
        return x + y, x.t()

    @torch.jit.export
    def same(self, x: Any) -> Any:
        return x

    @torch.jit.export
    def sum(self, xs: list[Tensor]) -> Tensor:
        total = torch.zeros([])
        for x in xs:
            total = total + x.sum()
        return total

    @torch.jit.export
    def numbers(self, xs: list[int], by: dict[str, float], shift: int = 1) -> list[float]:
        return [self.scale * x + by["by"] + shift for x in xs]

    @torch.jit.export
    def nested(self, x: Tensor) -> list[dict[str, list[Tensor]]]:
        return [{"a": [x, x + 1]}, {"b": []}]

    @torch.jit.export
    def found(self) -> Found:
        return Found(0.5, "cat")

    @torch.jit.export
    def where(self, device: torch.device) -> torch.device:
        return device

    @torch.jit.export
    def other(self, color: Color) -> Color:
        return Color.RED if color == Color.GREEN else Color.GREEN

    @torch.jit.export
    def tally(self, start: int) -> Tally:
        return Tally(start)

    @torch.jit.export
    def feed(self, tally: Tally, n: int) -> int:
        return tally.add(n)

    @torch.jit.export
    def quantized(self, x: Tensor) -> Tensor:
        return torch.quantize_per_tensor(x, 0.5, 10, torch.quint8)

    @torch.jit.export
    def dequantized(self, x: Tensor) -> Tensor:
        return x.dequantize()

    @torch.jit.export
    def endless(self, x: Tensor) -> Tensor:
        while bool((x == x).all()):
            x = x + 1
        return x

    @torch.jit.export
    def noise(self) -> Tensor:
        return torch.rand([4])


if __name__ == "__main__":
    buffer = BytesIO()
    torch.jit.save(
        torch.jit.script(Values().eval()), buffer, _extra_files={"labels.txt": "cat\0dog"}
    )
    # Without the record that tells where on this machine the source code lies.
    path = Path(__file__).parent / "values.pt"
    with zipfile.ZipFile(buffer) as whole, zipfile.ZipFile(path, "w") as lean:
        for record in whole.infolist():
            if not record.filename.endswith(".debug_pkl"):
                lean.writestr(record, whole.read(record))
