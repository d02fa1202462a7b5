"""More models that the tests run: those for kinds of values, attributes and modes."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from models_objects import Objects
from torch import Tensor, nn


class Range(NamedTuple):
    low: int
    high: float


class Kinds(nn.Module):
    """A method for each kind of value that is no tensor, object or enum member."""

    @torch.jit.export
    def rotate(self, z: complex) -> complex:
        return z * 1j

    @torch.jit.export
    def turn(self, x: Tensor) -> Tensor:
        return x * 1j

    @torch.jit.export
    def place(self, device: torch.device) -> torch.device:
        return torch.zeros(1, device=device).device

    @torch.jit.export
    def widen(self, r: Range) -> Range:
        return Range(r.low - 1, r.high + 0.5)

    @torch.jit.export
    def cast(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        return x.to(dtype)

    @torch.jit.export
    def rows(self, x: dict[str, Tensor]) -> list[dict[str, Tensor]]:
        result: list[dict[str, Tensor]] = []
        for name, tensor in x.items():
            for row in tensor:
                result.append({name: row})
        return result

    @torch.jit.export
    def lists(self, x: dict[str, list[Tensor]]) -> int:
        return len(x)

    @torch.jit.export
    def order(self, a: int, b: int = 2, c: int = 3) -> list[int]:
        return [a, b, c]

    @torch.jit.export
    def maybe(self, n: int | None) -> int | None:
        return None if n is None else n + 1

    @torch.jit.export
    def union(self, x: str | int | list[str]) -> str:
        if isinstance(x, str):
            return "str"
        if isinstance(x, int):
            return "int"
        return "list"

    @torch.jit.export
    def scalar(self, x: int | float | complex) -> Tensor:
        return torch.mul(torch.ones(1), x)

    @torch.jit.export
    def anything(self, x: Any) -> str:
        if isinstance(x, Tensor):
            return "tensor"
        if isinstance(x, list[int]):
            return "ints"
        if isinstance(x, str):
            return "str"
        return "other"

    @torch.jit.export
    def echo(self, x: Any) -> Any:
        return x

    @torch.jit.export
    def total(self, x: list[tuple[str, int]]) -> tuple[str, int]:
        text, n = "", 0
        for name, number in x:
            text += name
            n += number
        return text, n

    @torch.jit.export
    def names(self, x: dict[int, str]) -> dict[int, str]:
        result: dict[int, str] = {}
        for number, name in x.items():
            result[-number] = name
        return result

    @torch.jit.export
    def empty(
        self, a: list[int], b: dict[str, Tensor], c: list[Tensor]
    ) -> tuple[list[int], dict[str, Tensor], list[Tensor], int]:
        return a, b, c, len(a) + len(b) + len(c)

    @torch.jit.export
    def bytes_in(self, text: str) -> int:
        return len(text)

    @torch.jit.export
    def first_byte(self, text: str) -> str:
        return text[0]


def _work(x: Tensor) -> Tensor:
    return x + 1


def _fail(x: Tensor) -> Tensor:
    return x.view(7)


class Futures(nn.Module):
    @torch.jit.export
    def later(self, x: Tensor) -> torch.jit.Future[Tensor]:
        return torch.jit.fork(_work, x)

    @torch.jit.export
    def several(self, x: Tensor) -> list[torch.jit.Future[Tensor]]:
        return [torch.jit.fork(_work, x), torch.jit.fork(_work, x + 1)]

    @torch.jit.export
    def failing(self, x: Tensor) -> torch.jit.Future[Tensor]:
        return torch.jit.fork(_fail, x)


class Quantized(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.quantize_per_tensor(x, 0.5, 10, torch.quint8)

    @torch.jit.export
    def by_row(self, x: Tensor) -> Tensor:
        scales = torch.tensor([0.5, 2.0])
        return torch.quantize_per_channel(x, scales, torch.tensor([0, 3]), 0, torch.qint8)

    @torch.jit.export
    def numbers(self, q: Tensor) -> Tensor:
        return q.dequantize()

    @torch.jit.export
    def same(self, q: Tensor) -> Tensor:
        return q


class Encoder(nn.Module):
    """A submodule with a parameter, and state that a method replaces."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.steps = 0

    def forward(self, x: Tensor) -> Tensor:
        self.steps += 1
        return x * self.weight

    @torch.jit.export
    def shift(self, x: Tensor, by: float = 1.0) -> Tensor:
        return x + by


class Attributes(nn.Module):
    """An attribute of each kind."""

    count: Tensor
    modes: list[str]

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.register_buffer("count", torch.zeros(1))
        self.encoder = Encoder()
        self.label = "none"
        self.scale = 2.0
        self.sizes = [1, 2, 3]
        self.table = {"a": torch.ones(2)}
        self.modes = []

    def forward(self, x: Tensor) -> Tensor:
        self.count += 1
        self.sizes.append(len(self.sizes))
        return self.encoder(x) * self.weight * self.scale

    @torch.jit.export
    def weights(self) -> Tensor:
        return self.weight

    @torch.jit.export
    def train(self, mode: bool = True) -> str:
        """Not what nn.Module calls so."""
        self.modes.append("train" if mode else "eval")
        return "my own"


def training() -> nn.Module:
    """What training mode changes: batch norm's statistics, dropout's zeros."""
    return nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5))


def write_values(folder: Path) -> None:
    scripted = {
        "objects": Objects(),
        "kinds": Kinds(),
        "futures": Futures(),
        "quantized": Quantized(),
        "attributes": Attributes(),
        "training": training().eval(),
    }
    for name, module in scripted.items():
        torch.jit.script(module).save(str(folder / f"{name}.pt"))
    torch.jit.freeze(torch.jit.script(training().eval())).save(str(folder / "frozen.pt"))
