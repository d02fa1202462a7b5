"""Saves the models that the examples of all languages run: `python export.py` writes tour.pt, which
they tour, and identity.pt, with which they measure what a call costs.

The weights are sums of powers of two, so every machine and language prints the same digits.
"""

import zipfile
from io import BytesIO
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent


class Tour(torch.nn.Module):
    total: float
    count: int

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
        self.layer.weight.data = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]])
        self.layer.bias.data = torch.tensor([0.125, -1.0])
        self.total = 0.0
        self.count = 0

    def forward(self, x: Tensor) -> Tensor:
        """Rows of three numbers become rows of two."""
        return self.layer(x)

    @torch.jit.export
    def shares(self, prefix: str, amounts: dict[str, float]) -> dict[str, float]:
        """Each amount's share of their sum, under its name with a prefix."""
        total = 0.0
        for amount in amounts.values():
            total += amount
        return {prefix + name: amount / total for name, amount in amounts.items()}

    @torch.jit.export
    def average(self, samples: Tensor) -> float:
        """The average of all samples so far: state that lasts from call to call."""
        if samples.numel() == 0:
            raise ValueError("there is nothing to average")
        self.total += float(samples.sum())
        self.count += samples.numel()
        return self.total / self.count


class Identity(torch.nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


def save(model, path):
    """Without the records that tell where on this machine the source code lies."""
    buffer = BytesIO()
    torch.jit.save(torch.jit.script(model.eval()), buffer)
    with zipfile.ZipFile(buffer) as whole, zipfile.ZipFile(path, "w") as lean:
        for record in whole.infolist():
            if not record.filename.endswith(".debug_pkl"):
                lean.writestr(record, whole.read(record))


if __name__ == "__main__":
    save(Tour(), HERE / "tour.pt")
    save(Identity(), HERE / "identity.pt")
