"""Saves a model of the zoo as TorchScript and as ONNX."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import torch

from zoo import Entry, speech, text


def write(entry: Entry, folder: Path) -> None:
    script, twin = folder / f"{entry.name}.pt", folder / f"{entry.name}.onnx"
    if script.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if entry.name == "silero":
        shutil.copy(speech.file("silero_vad.jit"), script)
        shutil.copy(speech.file("silero_vad.onnx"), twin)
        return
    module = entry.make()
    if entry.name == "int8":
        text.write_int8_onnx(twin)
    else:
        to_onnx(module, entry, twin)
    torch.jit.script(module).save(str(script))


def to_onnx(module: torch.nn.Module, entry: Entry, path: Path) -> None:
    """The sizes that may differ from call to call stay open."""
    example = tuple(map(torch.from_numpy, entry.inputs(2)))
    names = [f"x{i}" for i in range(len(example))]
    open_sizes = {0: "batch", 1: "length"} if entry.name == "minilm" else {0: "batch"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this exporter is the older one, and needs only onnx
        torch.onnx.export(
            *(module, example, str(path)),
            dynamo=False,
            input_names=names,
            output_names=["y"],
            dynamic_axes=dict.fromkeys([*names, "y"], open_sizes),
        )
