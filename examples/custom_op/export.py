"""Writes model.pt, a model that uses ctc::greedy_decode and holds a ctc::Alphabet, and prints its
answer. Only this program needs the Python package torch.

    python export.py build/libctc.so model.pt
"""

import sys

import torch
from torch import Tensor, nn

LETTERS = "-abcdefghijklmnopqrstuvwxyz "


class Transcriber(nn.Module):
    """Frames of features to text; a linear layer stands for the acoustic model."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, len(LETTERS))
        self.alphabet = torch.classes.ctc.Alphabet(LETTERS)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        scores = self.layer(frames).log_softmax(1)
        return torch.ops.ctc.greedy_decode(scores)

    @torch.jit.export
    def transcribe(self, frames: Tensor) -> str:
        return self.alphabet.text(self.forward(frames)[0])


def main(library: str, path: str) -> None:
    torch.ops.load_library(library)
    torch.manual_seed(0)
    model = torch.jit.script(Transcriber().eval())
    model.save(path)
    frames = torch.sin(torch.arange(200, dtype=torch.float32)).reshape(25, 8)
    with torch.no_grad():
        labels, begins = model(frames)
        print(model.transcribe(frames))
    print(*labels.tolist())
    print(*(f"{begin:.4f}" for begin in begins.tolist()))


main(*sys.argv[1:])
