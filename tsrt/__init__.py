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

    from tsrt._core import Tensor as Tensor
    from tsrt._core import live_handles as live_handles
    from tsrt._core import torch_version as torch_version
    from tsrt.files import extra_files as extra_files
    from tsrt.files import inspect as inspect
    from tsrt.files import verify as verify
    from tsrt.model import Model as Model

__version__ = "0.1.0"

__all__ = [
    "DeviceError",
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
    "OutOfMemoryError",
    "Tensor",
    "UnsupportedError",
    "devices",
    "extra_files",
    "inspect",
    "live_handles",
    "torch_version",
    "verify",
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
    if name in ("Tensor", "live_handles", "torch_version"):
        value = _native(name)
    elif name == "Model":
        _native("Model")
        from tsrt.model import Model as value
    elif name in ("extra_files", "inspect", "verify"):
        _native("inspect")
        from tsrt import files

        value = getattr(files, name)
    else:
        raise AttributeError(f"module 'tsrt' has no attribute {name!r}")
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
