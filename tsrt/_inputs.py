"""Which tensors a method takes, as examples show it: names, dtypes, and shapes with the dimensions
that vary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tsrt import _digests
from tsrt.errors import InvalidArgumentError

# An example call: positional arguments, and those by name.
Call = tuple[tuple[Any, ...], dict[str, Any]]


def describe(
    own_names: list[str],
    names: Sequence[str] | None,
    examples: list[Call],
    dynamic: Mapping[str, Mapping[int, str]],
) -> list[dict[str, Any]]:
    """Those arguments that are tensors in every example."""
    shown = _shown_names(own_names, names)
    inputs: list[dict[str, Any]] = []
    for position, (own, name) in enumerate(zip(own_names, shown, strict=True)):
        values = [
            args[position] if position < len(args) else kwargs.get(own) for args, kwargs in examples
        ]
        if any(_digests.is_plain(value) for value in values):
            continue
        arrays = [_digests.to_array(value) for value in values]
        inputs.append(
            {
                "name": name,
                "position": position,
                "dtype": arrays[0].dtype.name,
                "shape": _shape_of(name, arrays, dynamic.get(name, {})),
            }
        )
    unknown = set(dynamic) - {each["name"] for each in inputs}
    if unknown:
        have = ", ".join(each["name"] for each in inputs) or "none"
        raise InvalidArgumentError(
            f"dynamic names '{min(unknown)}', which is no tensor argument: there are {have}"
        )
    return inputs


def _shown_names(own: list[str], names: Sequence[str] | None) -> list[str]:
    if names is None:
        return own
    if isinstance(names, str) or len(names) > len(own) or len(set(names)) < len(names):
        raise InvalidArgumentError(
            f"names is {names!r}: it has to be a list of different names, at most one for each of "
            f"the arguments {', '.join(own)}"
        )
    for name in names:
        _check_name(name)
    return [*names, *own[len(names) :]]


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[^\W\d][\w.]*", name):
        raise InvalidArgumentError(f"{name!r} is no name: use letters, digits and underscores")


def _shape_of(name: str, arrays: list[np.ndarray], dynamic: Mapping[int, str]) -> list[int | str]:
    """The sizes of an input; a name where they vary."""
    kinds = {f"{array.dtype.name} of {array.ndim} dimensions" for array in arrays}
    if len(kinds) > 1:
        raise InvalidArgumentError(f"the examples differ in '{name}': {', '.join(sorted(kinds))}")
    ndim = arrays[0].ndim
    named = {}
    for axis, dimension in dynamic.items():
        if not -ndim <= axis < ndim:
            raise InvalidArgumentError(
                f"dynamic has dimension {axis} of '{name}', which has {ndim} dimensions"
            )
        _check_name(dimension)
        named[axis % ndim] = dimension
    for axis in range(ndim):
        if len({array.shape[axis] for array in arrays}) > 1:
            named.setdefault(axis, re.sub(r"\W", "_", f"{name}_{axis}"))
    return [named.get(axis, size) for axis, size in enumerate(arrays[0].shape)]


def as_line(method: str, about: dict[str, Any]) -> str:
    shape = ",".join(map(str, about["shape"]))
    return f"{method} {about['position']} {about['name']} {about['dtype']}[{shape}]\n"
