"""Values as JSON: inputs in full, with their bytes in records, and outputs as digests.

JSON has no difference between 1 and 1.0 and between a list and a tuple, and no infinities. So a
value is a JSON string, int, bool or null, or one of {"float": "0.1"}, {"tuple": [...]},
{"list": [...]}, {"dict": [[key, value], ...]} and {"tensor": {"dtype", "shape", ...}}.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tsrt import _core
from tsrt.errors import UnsupportedError

N_SAMPLES = 256

Json = Any


def encode(value: Any, tensor: Callable[[np.ndarray], Json]) -> Json:
    """A value as JSON; `tensor` says what becomes of an array in it."""
    if not is_plain(value):
        return {"tensor": tensor(to_array(value))}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [encode(item, tensor) for item in value]}
    if isinstance(value, dict):
        pairs = [[encode(key, tensor), encode(item, tensor)] for key, item in value.items()]
        return {"dict": pairs}
    return value


def is_plain(value: Any) -> bool:
    """Is it a Python value that a model does not take as a tensor?"""
    kinds = (type(None), bool, int, float, str, list, tuple, dict)
    return isinstance(value, kinds) and not isinstance(value, np.generic)


def decode(json: Json, tensor: Callable[[Json], np.ndarray]) -> Any:
    """The value again."""
    if not isinstance(json, dict):
        return json
    ((kind, content),) = json.items()
    if kind == "float":
        return float(content)
    if kind in ("tuple", "list"):
        items = [decode(item, tensor) for item in content]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return {decode(key, tensor): decode(item, tensor) for key, item in content}
    return tensor(content)


def to_array(value: Any) -> np.ndarray:
    """Whatever a model takes as a tensor, as an array on the host."""
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    tensor = value if isinstance(value, _core.Tensor) else _core.Tensor(value)
    return tensor.numpy()


def to_bytes(array: np.ndarray) -> bytes:
    """Row-major and little-endian."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def from_bytes(data: bytes, dtype: str, shape: list[int]) -> np.ndarray:
    return np.frombuffer(data, dtype_named(dtype)).reshape(shape)


def dtype_named(name: str) -> np.dtype:
    try:
        return np.dtype(name)
    except TypeError:
        try:
            import ml_dtypes
        except ImportError:
            raise UnsupportedError(
                f"the signature has an array of dtype {name}: `pip install ml_dtypes`"
            ) from None
        return np.dtype(getattr(ml_dtypes, name))


def digest(array: np.ndarray) -> Json:
    """What is kept of an output: enough to see whether another one is the same, or close."""
    kept: dict[str, Json] = {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "sha256": hashlib.sha256(to_bytes(array)).hexdigest(),
    }
    numbers = as_floats(array)
    if numbers is not None:
        # Nine digits tell any two float32 apart, and 17 any two float64.
        digits = 17 if array.dtype in (np.float64, np.complex128) else 9
        kept["samples"] = [_number(number, digits) for number in samples(numbers)]
        kept["sum"] = _number(numbers.sum(), 17)
        kept["abs_sum"] = _number(np.abs(numbers).sum(), 17)
    return kept


def as_floats(array: np.ndarray) -> np.ndarray | None:
    """The numbers of a float array in a row; real and imaginary parts of a complex one. None for
    integers and bools."""
    if array.dtype.kind in "iub":
        return None
    flat = np.ascontiguousarray(array).reshape(-1)
    if array.dtype.kind == "c":
        flat = flat.view(f"f{array.dtype.itemsize // 2}")
    return flat.astype(np.float64)


def samples(numbers: np.ndarray) -> np.ndarray:
    """Up to 256 of them, evenly spaced, with the first and the last."""
    n = min(len(numbers), N_SAMPLES)
    return numbers[np.linspace(0, max(len(numbers) - 1, 0), n).astype(np.int64)]


def leaves(json: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Every value that is no container, with its place, such as "output[1]['scores']"."""
    kind, content = next(iter(json.items())) if isinstance(json, dict) else ("", json)
    if kind in ("tuple", "list"):
        for i, item in enumerate(content):
            yield from leaves(item, f"{path}[{i}]")
    elif kind == "dict":
        for key, item in content:
            yield from leaves(item, f"{path}[{key!r}]")
    else:
        yield path, json


def _number(number: float, digits: int) -> float | str:
    return float(f"{number:.{digits}g}") if math.isfinite(number) else str(float(number))
