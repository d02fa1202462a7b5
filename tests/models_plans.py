"""Models with what plans rewrite: convolutions, linear layers, attention, LSTMs, beside state."""

import math
from pathlib import Path

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """A convolution, batch norm and residual sum, grouped and strided ones, and a linear layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16))
        self.body = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, groups=4), nn.BatchNorm2d(16))
        self.down = nn.Conv2d(16, 32, 1, stride=2)
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.stem(x))
        x = torch.relu_(self.body(x) + x)
        x = nn.functional.silu(self.down(x)).mean([2, 3])
        return self.head(x)


class Attention(nn.Module):
    """One block of a text encoder, over any number of tokens."""

    def __init__(self, width: int = 64, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width)

    def split(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(q.size(3)), -1)
        x = self.norm(x + (weights @ v).transpose(1, 2).flatten(2))
        return x + self.narrow(nn.functional.gelu(self.wide(x)))


class Recurrent(nn.Module):
    """Two layers of LSTM over a sequence; its weights are in a list."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0])


class Stream(nn.Module):
    """Convolutions over time, and a cell whose state goes on from call to call."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv1d(1, 16, 5, stride=2), nn.Conv1d(16, 24, 3, padding=1)
        self.cell = nn.LSTMCell(24, 16)
        self.head = nn.Linear(16, 1)
        self.h, self.c = torch.zeros(1, 16), torch.zeros(1, 16)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.second(torch.relu(self.first(x[:, None])))).mean(2)
        self.h, self.c = self.cell(y, (self.h, self.c))
        return torch.sigmoid(self.head(self.h))


class Scaled(nn.Module):
    """Attributes of several kinds, which are constants of the code until somebody sets them; a
    submodule's method that writes to a buffer which forward reads."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.inner = Offset()
        self.scale = 2.0
        self.powers = [1, 2]

    def forward(self, x: Tensor) -> Tensor:
        y = self.layer(x) * self.scale + self.inner.offset
        return y ** self.powers[1] if self.scale > 0 else y


class Offset(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("offset", torch.zeros(4))

    @torch.jit.export
    def shift(self, by: float):
        self.offset.add_(by)

    def forward(self) -> Tensor:
        return self.offset


class Dropping(nn.Module):
    """Gives other numbers at each call."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.dropout(self.layer(x), 0.5, training=True)


def write_plan_models(folder: Path) -> None:
    modules = {
        "residual": Residual(),
        "attention": Attention(),
        "recurrent": Recurrent(),
        "stream": Stream(),
        "scaled": Scaled(),
        "dropping": Dropping(),
    }
    for name, module in modules.items():
        torch.jit.script(module.eval()).save(str(folder / f"{name}.pt"))
