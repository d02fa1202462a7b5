"""The sides that models are timed on besides tsrt and torch.jit, each in a process of its own.

    python sides.py SIDE MODEL THREADS    (see tsrt/_side.py)

MODEL is the path of the .pt file; the name of the model is its stem.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import zoo
from zoo import speech

from tsrt._side import RUNTIMES, Call, Runtime, TorchJit, serve
from tsrt._turns import tsrt_commands

BUILD = Path(__file__).parents[1] / "build" / "bench"
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(BUILD / "inductor"))


class OnnxRuntime(Runtime):
    """`session.run`: NumPy arrays in, new NumPy arrays out."""

    def __init__(self, model: str, threads: int, method: str | None) -> None:
        super().__init__(model, threads, method)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        path = Path(model).with_suffix(".onnx")
        self.session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self.facts["onnxruntime"] = onnxruntime.__version__
        run = self.session.run
        names = [each.name for each in self.session.get_inputs()]
        if Path(model).stem == "silero":
            self.call = _with_silero_state(lambda feed: run(None, feed))
        elif len(names) == 1:
            (name,) = names
            self.call = lambda x: run(None, {name: x})[0]
        else:
            self.call = lambda *args: run(None, dict(zip(names, args, strict=True)))


def _with_silero_state(run):
    """The state, and the end of the chunk before, are the caller's to carry in ONNX."""
    rate = np.array(speech.RATE, np.int64)
    state = np.zeros((2, 1, 128), np.float32)
    context = np.zeros((1, speech.CONTEXT), np.float32)

    def call(chunk, _):
        nonlocal state, context
        feed = {"input": np.concatenate((context, chunk), 1), "state": state, "sr": rate}
        answer, state = run(feed)
        context = chunk[:, -speech.CONTEXT :]
        return answer

    return call


class OpenVino(Runtime):
    """An infer request in float32, compiled for the shape that it gets; the input is not copied."""

    def __init__(self, model: str, threads: int, method: str | None) -> None:
        super().__init__(model, threads, method)
        import openvino

        self.core, self.path = openvino.Core(), Path(model).with_suffix(".onnx")
        self.facts["openvino"] = openvino.__version__.partition("-")[0]
        self.settings = {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
        }

    def prepare(self, calls: list[Call]) -> None:
        silero = self.path.stem == "silero"
        path = speech.file("silero_vad_openvino_16k.onnx") if silero else self.path
        model = self.core.read_model(path)
        if len(calls) == 1:
            args, _ = calls[0]
            shapes = [arg.shape for arg in args]
            model.reshape(dict(zip((each.any_name for each in model.inputs), shapes, strict=True)))
        infer = self.core.compile_model(model, "CPU", self.settings).create_infer_request().infer
        if silero:
            self.call = _with_silero_state(lambda feed: _silero(infer, feed))
        else:
            self.call = lambda *args: infer(list(args), share_inputs=True)[0]


def _silero(infer, feed):
    feed.pop("sr")
    answer = infer(feed, share_inputs=True)
    return answer[0], answer[1]


class Eager(TorchJit):
    """The module itself, in inference mode."""

    def _load(self, model: str) -> Any:
        return zoo.ENTRIES[Path(model).stem].make()


class Compiled(Eager):
    """torch.compile with its default backend, for one shape."""

    def _load(self, model: str) -> Any:
        return self.torch.compile(super()._load(model), dynamic=False)


MORE: dict[str, type[Runtime]] = {
    "torch eager": Eager,
    "torch.compile": Compiled,
    "ONNX Runtime": OnnxRuntime,
    "OpenVINO": OpenVino,
}
# In the order of the tables. The first two are what a user of tsrt gets.
NAMES = [*RUNTIMES, *MORE]


def commands(model: Path, threads: int, names: list[str]) -> dict[str, list[str]]:
    """How each of these sides is started."""
    known = tsrt_commands(model, threads, [name for name in names if name in RUNTIMES])
    for name in names:
        if name in MORE:
            known[name] = [sys.executable, "-W", "ignore", __file__, name, str(model), str(threads)]
    return known


if __name__ == "__main__":
    side, path, thread_count = sys.argv[1:]
    serve(lambda: MORE[side](path, int(thread_count), None))
