"""The models whose archives are damaged, of ten kinds: `python tests/damage_seeds.py FOLDER`."""

import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import models as model_zoo
import torch
from archives import rewrite, scripted
from torch import Tensor, nn

NAMES = {"conv": "batch_norm_eval", "lstm": "lstm_state", "compressed": "mlp"}
NAMES |= {name: name for name in ("counter", "objects", "attributes")}


class QuantizedState(nn.Module):
    def __init__(self):
        super().__init__()
        x = torch.arange(8.0).reshape(2, 4)
        self.register_buffer("whole", torch.quantize_per_tensor(x, 0.5, 3, torch.quint8))
        rows = torch.tensor([0.5, 0.25]), torch.tensor([0, 1])
        self.register_buffer("rows", torch.quantize_per_channel(x, *rows, 0, torch.qint8))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.whole.dequantize().sum(0) + self.rows.dequantize().sum(0)


def constants():
    table = torch.arange(4.0)
    return torch.jit.trace(lambda x: x * table + torch.tensor([1.0, 2, 3, 4]), torch.ones(1, 4))


def write(folder):
    zoo = folder / "zoo"
    model_zoo.write_all(zoo)
    made = {name: (zoo / f"{theirs}.pt").read_bytes() for name, theirs in NAMES.items()}
    made["quantized"] = scripted(QuantizedState())
    made["compressed"] = rewrite(made["compressed"], lambda n, d: d, zipfile.ZIP_DEFLATED)
    made["linear"] = scripted(model_zoo.Linear(), _extra_files={"labels.txt": "a\nb", "x/y": ""})
    made["silero"] = (files("silero_vad") / "data" / "silero_vad.jit").read_bytes()
    for name, data in made.items():
        (folder / f"{name}.pt").write_bytes(data)
    constants().save(str(folder / "constants.pt"))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
