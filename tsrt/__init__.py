"""Runs serialized PyTorch models on NumPy arrays, without importing torch.

    import numpy as np
    import tsrt

    model = tsrt.Model("model.pt")
    y = model.forward(np.ones((1, 3, 224, 224), np.float32))

Importing tsrt is cheap; LibTorch is mapped when something first needs it.
"""

from __future__ import annotations

from tsrt.errors import (
    CancelledError,
    DeviceError,
    Error,
    InternalError,
    InvalidArgumentError,
    LibTorchError,
    MissingOperatorError,
    ModelError,
    NotAModelError,
    NotFoundError,
    NotTrustedError,
    OutOfMemoryError,
    TimedOutError,
    UnsupportedError,
)

TYPE_CHECKING = False  # type checkers know the name; importing typing would double our time
if TYPE_CHECKING:
    from typing import Any

    from tsrt._core import Object as Object
    from tsrt._core import Tensor as Tensor
    from tsrt._core import live_handles as live_handles
    from tsrt._core import torch_version as torch_version
    from tsrt.files import extra_files as extra_files
    from tsrt.files import inspect as inspect
    from tsrt.files import trusted_operators as trusted_operators
    from tsrt.files import verify as verify
    from tsrt.model import Model as Model
    from tsrt.process import devices as devices
    from tsrt.process import load_library as load_library
    from tsrt.process import manual_seed as manual_seed
    from tsrt.process import memory as memory
    from tsrt.process import on_print as on_print
    from tsrt.process import quantized_engine as quantized_engine
    from tsrt.process import set_quantized_engine as set_quantized_engine
    from tsrt.process import trim_memory as trim_memory
    from tsrt.signature import annotate as annotate
    from tsrt.signature import check as check
    from tsrt.values import EnumMember as EnumMember
    from tsrt.values import QuantizedTensor as QuantizedTensor

__version__ = "0.1.0"

__all__ = [
    "CancelledError",
    "DeviceError",
    "EnumMember",
    "Error",
    "InternalError",
    "InvalidArgumentError",
    "LibTorchError",
    "MissingOperatorError",
    "Model",
    "ModelError",
    "NotAModelError",
    "NotFoundError",
    "NotTrustedError",
    "Object",
    "OutOfMemoryError",
    "QuantizedTensor",
    "Tensor",
    "TimedOutError",
    "UnsupportedError",
    "annotate",
    "check",
    "devices",
    "extra_files",
    "inspect",
    "live_handles",
    "load_library",
    "manual_seed",
    "memory",
    "on_print",
    "quantized_engine",
    "set_quantized_engine",
    "torch_version",
    "trim_memory",
    "trusted_operators",
    "verify",
]

# Where the names are that need LibTorch: the module is imported when one is first used.
_MODULES = {
    "Object": "_core",
    "Tensor": "_core",
    "live_handles": "_core",
    "torch_version": "_core",
    "extra_files": "files",
    "inspect": "files",
    "trusted_operators": "files",
    "verify": "files",
    "Model": "model",
    "annotate": "signature",
    "check": "signature",
    "devices": "process",
    "load_library": "process",
    "manual_seed": "process",
    "memory": "process",
    "on_print": "process",
    "quantized_engine": "process",
    "set_quantized_engine": "process",
    "trim_memory": "process",
    "EnumMember": "values",
    "QuantizedTensor": "values",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'tsrt' has no attribute {name!r}")
    import importlib

    from tsrt import _libtorch

    _libtorch.load()
    value = getattr(importlib.import_module(f"tsrt.{_MODULES[name]}"), name)
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
