"""The models that are timed, and what they are given. No torch in here: a side that does without it
reads this as well.

Each has a module and a function that makes it in torch.nn; `write` saves it as NAME.pt, and as
NAME.onnx where it can be exported.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Call = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """A model: how it is made, what it is given, and where it is measured."""

    name: str
    title: str
    maker: str  # "module:function", in this package
    inputs: Callable[..., tuple[Any, ...]]  # (batch) or (batch, length)
    batches: tuple[int, ...] = (1, 8)
    threads: tuple[int, ...] = (1,)
    bfloat16: bool = False
    tolerance: float = 1e-3  # of the greatest number, between sides
    onnx_tolerance: float = 1e-3  # the same, where the twin is not the same arithmetic
    has_source: bool = True  # can torch run it eagerly and compile it?

    def make(self) -> Any:
        """The module, with the same weights each time."""
        module, function = self.maker.split(":")
        return getattr(importlib.import_module(f"zoo.{module}"), function)()

    def calls(self, batch: int) -> list[Call]:
        return [(self.inputs(batch), {})]


def _floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


def _tokens(batch: int, length: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Tokens of words, and a mask that leaves out the last of them in every other text."""
    tokens = np.random.default_rng(length).integers(1000, 30000, (batch, length))
    mask = np.ones_like(tokens)
    mask[1::2, length - length // 4 :] = 0
    return tokens, mask


def _sound(batch: int) -> tuple[np.ndarray, int]:
    raise NotImplementedError("speech comes as a stream: see Speech.calls")


class Speech(Entry):
    """Silero VAD: a pass is a whole recording, chunk by chunk, with the state carried along."""

    def calls(self, batch: int) -> list[Call]:
        from zoo import speech

        return [((chunk, speech.RATE), {}) for chunk in speech.chunks()]


def _row(batch: int) -> tuple[np.ndarray]:
    return (_floats(batch, 16),)


ENTRIES = {
    entry.name: entry
    for entry in (
        Entry("identity", "identity", "small:identity", _row, batches=(1,)),
        Entry("add_one", "x+1", "small:add_one", _row, batches=(1,)),
        Entry("mlp", "MLP 16-32-32-4", "small:mlp", _row),
        Speech(
            *("silero", "Silero VAD", "speech:silero", _sound),
            batches=(1,),
            has_source=False,
            onnx_tolerance=0.02,
        ),
        Entry(
            *("minilm", "MiniLM, seq 32", "text:minilm", _tokens),
            threads=(1, 2),
        ),
        Entry(
            *("resnet18", "ResNet-18", "vision:resnet18"),
            lambda batch: (_floats(batch, 3, 224, 224),),
            threads=(1, 2),
            bfloat16=True,
        ),
        Entry(
            *("unet", "U-Net, 128 x 128", "vision:unet"),
            lambda batch: (_floats(batch, 3, 128, 128),),
        ),
        Entry("lstm", "LSTM, seq 50", "text:lstm", lambda batch: (_floats(batch, 50, 64),)),
        Entry(
            *("int8", "int8 linears", "text:int8", lambda batch: (_floats(batch, 512),)),
            onnx_tolerance=0.1,  # ONNX Runtime rounds the weights and inputs in its own way
        ),
    )
}


def write(entry: Entry, folder: Path) -> None:
    """Saves a model for every side that can have it, unless it is there already."""
    from zoo import export

    export.write(entry, folder)
