"""What belongs to the whole process: devices, memory, random numbers, the quantized engine,
operators, and where the text goes that models print."""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Callable
from typing import Any

from tsrt import _core
from tsrt.errors import InvalidArgumentError, UnsupportedError


def devices() -> list[str]:
    """The devices that LibTorch can use here, such as ["cpu", "cuda:0"]."""
    return json.loads(_core.devices())


def memory() -> dict[str, Any]:
    """What is in memory now, in bytes: "resident" and "private" of the process; "malloc" and
    "malloc_free", what the C library has given out and what it keeps; "weights" by device, and
    "mapped_weights", what all loaded models hold, shared memory once; "busy_models", how many were
    left out since a call has been changing them for long; "outputs", the memory of arrays and
    tensors that tsrt returned and something still holds; "handles", the number of objects by kind;
    "devices", LibTorch's caches on devices in use. See tsrt_memory in tsrt.h.
    """
    return json.loads(_core.memory())


def trim_memory() -> None:
    """Gives memory that is kept for later use back to the system, on the host and on devices: after
    a large model is gone, say. It takes milliseconds."""
    _core.trim_memory()


def manual_seed(seed: int) -> None:
    """Seeds LibTorch's random generators on every device: models then draw the numbers that they
    draw after torch.manual_seed(seed).

    The generators belong to the process: all models, all threads, and torch if it is there.
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise InvalidArgumentError(f"the seed is {seed!r}: it has to be a whole number")
    number = seed.__index__()
    if not -(1 << 63) <= number < 1 << 64:
        raise InvalidArgumentError(f"the seed {number} does not fit into 64 bits")
    _core.manual_seed(number)


def quantized_engine() -> dict[str, Any]:
    """{"current": the engine that quantized operators use, "supported": those that there are}."""
    return json.loads(_core.quantized_engine())


def set_quantized_engine(name: str) -> None:
    """Chooses the engine of quantized operators, for the whole process: "x86", "fbgemm", "onednn",
    "qnnpack" or "none". Choose before loading a model: its weights are packed for the engine.

    Raises InvalidArgumentError when LibTorch does not have it here; the message lists what it has.
    """
    _core.set_quantized_engine(name)


def on_print(callback: Callable[[str], object] | None) -> None:
    """Brings the text that models print to `callback`; None: to the standard error output again.

    It holds for the whole process. The callback gets one string for each print, newline included,
    on the thread that runs the model; what it raises goes to sys.unraisablehook and the model runs
    on. It must not run or change the model that prints. When this returns, the former callback has
    ended.
    """
    if callback is not None and not callable(callback):
        raise InvalidArgumentError(f"{callback!r} cannot be called: give a function, or None")
    if callback is not None and _ending:
        raise UnsupportedError("the interpreter is exiting: what models print goes to stderr now")
    _core.set_print_callback(callback)


_ending = False


# Threads that still print while the interpreter ends must not enter it any more: it ends threads
# that do, in the middle of a call.
@atexit.register
def _stop_printing() -> None:
    global _ending
    _ending = True
    _core.set_print_callback(None)


def load_library(path: str | os.PathLike[str]) -> None:
    """Loads a shared library that registers operators or classes with TORCH_LIBRARY, for models
    that need them. They belong to the process and stay as long as it; loading twice does nothing.
    The library is a program: load only what you trust.

    Raises NotFoundError, UnsupportedError (it was built for another LibTorch, or needs libraries
    that are not there) and InvalidArgumentError (it is no shared library, or defines what another
    one has defined already).
    """
    _core.load_library(path)
