"""Signatures: what a model takes and what it answered, kept inside its file.

`annotate` runs a model on examples and writes into its archive, in the folder `extra/tsrt`:

    signature.json   {"format": 1,
                      "made_with": {"tsrt", "libtorch", "machine"},
                      "method", "seed",
                      "inputs": [{"name", "position", "dtype", "shape"}],
                      "examples": [{"args": [value], "kwargs": {name: value}, "result": value}]}
    inputs.txt       the same inputs, a line each: `forward 0 x float32[batch,3,224,224]`
    inputs/N         the arrays of the examples: row-major, little-endian

`inputs` has the arguments that are tensors; a dimension is a number, or a name where it varies. A
value is as in _digests.py: the arrays of examples have a `record`, and those of results the sha256
of their bytes and, for floats, up to 256 evenly spaced `samples`, their `sum` and their `abs_sum`.

PyTorch and tsrt load such a file as before.
"""

from __future__ import annotations

import io
import json
import os
import platform
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

import numpy as np

import tsrt
from tsrt import _digests, _inputs, _records
from tsrt._inputs import Call
from tsrt.errors import (
    InvalidArgumentError,
    ModelError,
    NotAModelError,
    NotFoundError,
    UnsupportedError,
)
from tsrt.model import Model
from tsrt.report import Report, compare

FORMAT = 1
SEED = 0
_FOLDER = "extra/tsrt"


def annotate(
    path: str | os.PathLike[str] | bytes | Any,
    example_inputs: Any,
    *,
    method: str = "forward",
    names: Sequence[str] | None = None,
    dynamic: Mapping[str, Mapping[int, str]] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> None:
    """Writes into a model's file what it takes, and what it answers to examples.

    path: the model's file; it is replaced in one step. With `out` that file is written instead;
        needed when the model is given as bytes or as an open file.
    example_inputs: a tuple of positional arguments, a dict of arguments by name, or one array. A
        list of such examples is run in order on one model, so that its state goes on.
    method: the method that the examples are for.
    names: what to call the arguments, in order; None takes the method's own names.
    dynamic: the dimensions that may vary, as {"x": {0: "batch"}}. Those in which the examples
        differ are found without it.

    The model's answers are kept as digests; tsrt.check compares with them. Random numbers are
    seeded with tsrt.manual_seed(0), which holds for the process. Raises InvalidArgumentError when
    an example does not fit or the file cannot be written.
    """
    if out is None and not isinstance(path, (str, os.PathLike)):
        raise InvalidArgumentError("the model is not given as a path: say where to write with out=")
    model, file, shown = _open(path, "cpu")
    with file:
        own_names = _argument_names(model, method)
        examples = [_as_call(each) for each in _as_list(example_inputs)]
        results = _run(model, method, examples, SEED)
        inputs = _inputs.describe(own_names, names, examples, dynamic or {})
        arrays: dict[str, bytes] = {}
        signature = {
            "format": FORMAT,
            "made_with": _here(),
            "method": method,
            "seed": SEED,
            "inputs": inputs,
            "examples": [
                {**_keep(args, kwargs, arrays), "result": result}
                for (args, kwargs), result in zip(examples, results, strict=True)
            ],
        }
        records = {
            "signature.json": _as_text(signature).encode(),
            "inputs.txt": "".join(_inputs.as_line(method, each) for each in inputs).encode(),
            **arrays,
        }
        _records.write(file, os.fspath(shown if out is None else out), _FOLDER, records)


def check(
    path: str | os.PathLike[str] | bytes | Any,
    *,
    device: str = "cpu",
    rtol: float = 1e-3,
    atol: float = 1e-5,
) -> Report:
    """Does this file still give the numbers that it gave where it was annotated?

    Loads the model, runs it on the examples in its signature and compares: outputs are "identical",
    "close" (within atol + rtol * |number|) or "different". `report.ok` says whether none is
    different; print the report for the whole story.

    Raises NotFoundError when the file has no signature, and what tsrt.Model raises.
    """
    model, file, shown = _open(path, device)
    with file:
        records = _records.read(file, _FOLDER)
    saved = _read(records, shown)
    outputs = compare(saved.results, _run(model, saved.method, saved.calls, saved.seed), rtol, atol)
    return Report(shown, saved.made_with, {**_here(), "device": device}, tuple(outputs))


def run_examples(model: Model) -> None:
    """Runs the examples in the signature of a model's file, which may change the model's state.

    Raises NotFoundError when the file has no signature.
    """
    prefix = _FOLDER.removeprefix("extra/") + "/"
    files = model.extra_files
    records = {name.removeprefix(prefix): files[name] for name in files if name.startswith(prefix)}
    saved = _read(records, "the model")
    for args, kwargs in saved.calls:
        model.run(saved.method, *args, **kwargs)


def saved_calls(path: str | os.PathLike[str]) -> _Saved:
    """The examples in a file's signature, without loading the model.

    Raises NotFoundError when there is no such file, or no signature in it.
    """
    shown = os.fspath(path)
    try:
        with open(path, "rb") as file:
            return _read(_records.read(file, _FOLDER), shown)
    except FileNotFoundError as error:
        raise NotFoundError(f"'{shown}' does not exist") from error


class _Saved(NamedTuple):
    """A signature as it was read."""

    made_with: dict[str, str]
    method: str
    seed: int
    calls: list[Call]
    results: list[Any]


def _read(records: Mapping[str, bytes], shown: str) -> _Saved:
    if "signature.json" not in records:
        raise NotFoundError(
            f"'{shown}' has no signature: write one with tsrt.annotate(path, example_inputs)"
        )
    try:
        signature = json.loads(records["signature.json"])
        _check_format(signature["format"], shown)
        calls = [_call_again(each, records) for each in signature["examples"]]
        results = [each["result"] for each in signature["examples"]]
        made_with, method, seed = (signature[key] for key in ("made_with", "method", "seed"))
        return _Saved(made_with, method, seed, calls, results)
    except (KeyError, TypeError, ValueError) as error:
        raise NotAModelError(
            f"the signature of '{shown}' is damaged ({error!r}): annotate it again"
        ) from error


def _open(path: Any, device: str) -> tuple[Model, IO[bytes], str]:
    """The model, its file for reading, and what to call it."""
    if isinstance(path, (str, os.PathLike)):
        return Model(path, device=device, signature=False), open(path, "rb"), os.fspath(path)
    data = path.read() if hasattr(path, "read") else path
    return Model(data, device=device, signature=False), io.BytesIO(data), "the model"


def _here() -> dict[str, str]:
    return {
        "tsrt": tsrt.__version__,
        "libtorch": tsrt.torch_version(),
        "machine": platform.machine(),
    }


def _as_list(example_inputs: Any) -> list[Any]:
    if not isinstance(example_inputs, list):
        return [example_inputs]
    if not example_inputs:
        raise InvalidArgumentError("example_inputs is an empty list: give at least one example")
    return example_inputs


def _as_call(example: Any) -> Call:
    if isinstance(example, tuple):
        return example, {}
    if isinstance(example, dict):
        return (), example
    return (example,), {}


def _argument_names(model: Model, method: str) -> list[str]:
    methods = model.describe()["methods"]
    for each in methods:
        if each["name"] == method:
            return [argument["name"] for argument in each["arguments"]]
    have = ", ".join(each["name"] for each in methods) or "none"
    raise NotFoundError(f"the model has no method '{method}': it has {have}")


def _run(model: Model, method: str, calls: list[Call], seed: int) -> list[Any]:
    """The results of the calls in order, as JSON with digests."""
    tsrt.manual_seed(seed)
    results = []
    for i, (args, kwargs) in enumerate(calls):
        try:
            result = model.run(method, *args, **kwargs)
        except (InvalidArgumentError, ModelError) as error:
            error.args = (f"example {i}: {error}", *error.args[1:])
            raise
        results.append(_digests.encode(result, _digests.digest))
    return results


def _keep(args: tuple[Any, ...], kwargs: dict[str, Any], arrays: dict[str, bytes]) -> dict:
    """An example as JSON; the bytes of its arrays go into `arrays`."""

    def tensor(array: np.ndarray) -> dict[str, Any]:
        record = f"inputs/{len(arrays)}"
        arrays[record] = _digests.to_bytes(array)
        return {"dtype": array.dtype.name, "shape": list(array.shape), "record": record}

    return {
        "args": [_digests.encode(each, tensor) for each in args],
        "kwargs": {name: _digests.encode(each, tensor) for name, each in kwargs.items()},
    }


def _check_format(number: int, shown: str) -> None:
    if number > FORMAT:
        raise UnsupportedError(
            f"the signature of '{shown}' has format {number}, which this tsrt does not know: use a "
            "newer tsrt"
        )


def _call_again(example: dict[str, Any], records: Mapping[str, bytes]) -> Call:
    """An example as it was given."""

    def array(about: dict[str, Any]) -> np.ndarray:
        return _digests.from_bytes(records[about["record"]], about["dtype"], about["shape"])

    kwargs = {name: _digests.decode(each, array) for name, each in example["kwargs"].items()}
    return tuple(_digests.decode(each, array) for each in example["args"]), kwargs


def _as_text(signature: dict[str, Any]) -> str:
    """One line for each fact and each example."""
    examples = ",\n  ".join(map(json.dumps, signature["examples"]))
    facts = [f'"{key}": {json.dumps(signature[key])}' for key in signature if key != "examples"]
    return "{" + ",\n ".join([*facts, f'"examples": [\n  {examples}]']) + "}\n"
