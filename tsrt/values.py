"""Python forms of what TorchScript has and Python or NumPy have not."""

from __future__ import annotations

import collections
from typing import Any, NamedTuple

import numpy as np


class EnumMember(NamedTuple):
    """A member of an enum class of the model's. Where a method wants one, its name will do."""

    type: str
    name: str
    value: Any


class QuantizedTensor:
    """Integers that stand for numbers: (int_repr - zero_point) * scale.

    int_repr: an array of int8, uint8 or int32, any shape.
    scale, zero_point: a number each; or an array each, with one for every index along `axis`.
    axis: None when there is one scale for all.

    Models take and return it for torch's qint8, quint8 and qint32.
    """

    def __init__(self, int_repr: Any, scale: Any, zero_point: Any = 0, axis: int | None = None):
        self.int_repr = np.asarray(int_repr)
        self.scale = scale
        self.zero_point = zero_point
        self.axis = axis

    @property
    def shape(self) -> tuple[int, ...]:
        """That of int_repr."""
        return self.int_repr.shape

    @property
    def dtype(self) -> str:
        """By torch's name: "quint8"."""
        return f"q{self.int_repr.dtype}"

    def dequantize(self) -> np.ndarray:
        """The numbers that it stands for, as float32."""
        scale, zero_point = self.scale, self.zero_point
        if self.axis is not None:
            shape = [1] * self.int_repr.ndim
            shape[self.axis] = -1
            scale, zero_point = np.reshape(scale, shape), np.reshape(zero_point, shape)
        steps = self.int_repr.astype(np.int64) - zero_point
        return steps.astype(np.float32) * np.asarray(scale, np.float32)

    def __repr__(self) -> str:
        return (
            f"QuantizedTensor({self.int_repr!r}, scale={self.scale!r}, "
            f"zero_point={self.zero_point!r}, axis={self.axis!r})"
        )


_named_tuples: dict[tuple[str, ...], Any] = {}


def named_tuple(type_name: str, fields: list[str]) -> Any:
    """The class for a model's named tuple, always the same; odd field names become _0, _1, ..."""
    key = (type_name, *fields)
    if key not in _named_tuples:
        name = type_name.rpartition(".")[2]
        if not name.isidentifier():
            name = "NamedTuple"
        _named_tuples[key] = collections.namedtuple(name, fields, rename=True)
    return _named_tuples[key]
