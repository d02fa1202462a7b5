"""Runs serialized PyTorch models on NumPy arrays, without importing torch.

    import numpy as np
    import tsrt

    model = tsrt.Model("model.pt")
    y = model.forward(np.ones((1, 3, 224, 224), np.float32))

Importing tsrt is cheap; LibTorch is mapped when something first needs it.
"""

from __future__ import annotations

from tsrt.errors import (
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
    UnsupportedError,
)

TYPE_CHECKING = False  # type checkers know the name; importing typing would double our time
if TYPE_CHECKING:
    from typing import Any

    from tsrt._core import Object as Object
    from tsrt._core import Tensor as Tensor
    from tsrt._core import live_handles as live_handles
    from tsrt._core import torch_version as torch_version
    from tsrt.model import Model as Model
    from tsrt.values import EnumMember as EnumMember
    from tsrt.values import QuantizedTensor as QuantizedTensor

__version__ = "0.1.0"

__all__ = [
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
    "UnsupportedError",
    "devices",
    "live_handles",
    "torch_version",
]


def devices() -> list[str]:
    """The devices that LibTorch can use here, such as ["cpu", "cuda:0"]."""
    import json

    return json.loads(_native("devices")())


def _native(name: str) -> Any:
    from tsrt import _libtorch

    _libtorch.load()
    from tsrt import _core

    return getattr(_core, name)


def __getattr__(name: str) -> Any:
    if name in ("Object", "Tensor", "live_handles", "torch_version"):
        value = _native(name)
    elif name == "Model":
        _native("Model")
        from tsrt.model import Model as value
    elif name in ("EnumMember", "QuantizedTensor"):
        from tsrt import values

        value = getattr(values, name)
    else:
        raise AttributeError(f"module 'tsrt' has no attribute {name!r}")
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
