"""Modules with a record of code to themselves.

The name of one of torch.nn depends on what was scripted before.
"""

from enum import Enum

import torch
from torch import Tensor, nn


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 4))
        self.bias = nn.Parameter(torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight, self.bias)


class Shade(Enum):
    DARK = 1
    LIGHT = 2


class Tone(Enum):
    LOW = "low"
    HIGH = "high"


class Kinds(nn.Module):
    """Attributes of every kind that a restricted model may have."""

    maybe: int | None
    nothing: str | None
    either: int | str
    rows: list[Tensor | None]
    table: dict[int, tuple[str, float]]

    def __init__(self):
        super().__init__()
        self.maybe = 3
        self.nothing = None
        self.wave = 1 + 2j
        self.where = torch.device("cpu")
        self.shade = Shade.LIGHT
        self.tone = Tone.HIGH
        self.rows = [torch.ones(2), None]
        self.table = {1: ("a", 0.5)}
        self.either = "text"
        self.flags = [True, False]

    def forward(self, x: Tensor) -> Tensor:
        maybe, row = self.maybe, self.rows[0]
        either = self.either
        if maybe is not None:
            x = x + maybe
        if row is not None:
            x = x + row
        if isinstance(either, str):
            x = x + len(either)
        if self.shade == Shade.LIGHT and self.tone == Tone.HIGH and self.flags[0]:
            x = x * self.table[1][1]
        return torch.real(x + self.wave).to(self.where)
