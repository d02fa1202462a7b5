"""The Model class as users see it; its calls into the library are in _core."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from tsrt import _core, files


class Model(_core.Model):
    """A serialized PyTorch model, loaded and ready to run.

    source: a path, the bytes of a file (any buffer), or an open binary file.
    device: where the model lives and runs: "cpu", "cuda", "cuda:1", ...
    threads: how many threads one operator may use, at least 1; None leaves it to LibTorch.
    verify: check the file's checksums first; LibTorch by itself loads damaged weights silently.
    mmap: leave the weights in the file, shared with other processes that do the same. The file
        must not change while the model lives. For paths, on the CPU.

    Call it, or its `forward`, with NumPy arrays. Threads may share a model: methods that only
    read run in parallel, methods that change its state wait for each other. A model file is a
    program: load only files that you trust.

    Raises NotFoundError (a FileNotFoundError), NotAModelError (a ValueError, says what the file
    is instead), MissingOperatorError, UnsupportedError, DeviceError, and InvalidArgumentError for
    bad options. All of them are tsrt.Error.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | Any,
        *,
        device: str = "cpu",
        threads: int | None = None,
        verify: bool = True,
        mmap: bool = False,
    ) -> None:
        options = f"device={device}"
        if threads is not None:
            options += f",threads={threads}"
        if not verify:
            options += ",verify=no"
        if mmap:
            options += ",mmap=yes"
        self._arguments = {"device": device, "threads": threads, "verify": verify, "mmap": mmap}
        self._path, data = files.split(source)
        self._load(self._path, data, options)
        self._learn_outputs()

    def _learn_outputs(self) -> None:
        for method in self.describe()["methods"]:
            if method["name"] == "forward":
                self._set_outputs(method["outputs"], method["n_outputs"])

    @property
    def methods(self) -> dict[str, str]:
        """The methods that `run` takes, by name, with their signatures as text."""
        return {each["name"]: _signature(each) for each in self.describe()["methods"]}

    @property
    def device(self) -> str:
        """Where the model is, such as "cpu" or "cuda:0"."""
        return self.describe()["device"]

    @property
    def extra_files(self) -> Mapping[str, bytes]:
        """The files that were saved with the model, as a read-only mapping from names to
        contents."""
        return files.ExtraFiles(self.describe()["extra_files"], self._extra_file)

    def describe(self) -> dict[str, Any]:
        """Everything there is to know of the model: format, device, threads, methods with
        arguments and results, parameters and buffers with dtype and shape, extra files. The
        fields are those of tsrt_model_describe in tsrt.h."""
        return json.loads(self._describe())

    def to(self, device: str) -> Model:
        """Moves the model, with its state, to a device; returns the model itself.

        Waits for running calls. Raises DeviceError when the device is absent; the model then is
        where it was.
        """
        self._to(device)
        self._arguments["device"] = device
        return self

    def clone(self) -> Model:
        """A second model with state of its own and the same weights in the same memory: one for
        each stream of a stateful model."""
        copy = type(self).__new__(type(self))
        copy._clone_from(self)
        copy._path = self._path
        copy._arguments = dict(self._arguments)
        return copy

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._path is None:
            raise TypeError("only a model loaded from a path can be pickled; this one was not")
        return _reload, (type(self), os.path.abspath(self._path), self._arguments)

    def __repr__(self) -> str:
        source = repr(self._path) if self._path is not None else "<buffer>"
        try:
            about = self.describe()
        except ValueError:
            return f"<tsrt.Model {source}, closed>"
        signatures = ", ".join(_signature(method) for method in about["methods"])
        return f"<tsrt.Model {source} on {about['device']}: {signatures or 'no methods'}>"


def _reload(kind: type[Model], path: str, arguments: dict[str, Any]) -> Model:
    return kind(path, **arguments)


def _signature(method: dict[str, Any]) -> str:
    def text(argument: dict[str, Any]) -> str:
        default = f" = {argument['default']}" if "default" in argument else ""
        return f"{argument['name']}: {argument['type']}{default}"

    arguments = ", ".join(text(argument) for argument in method["arguments"])
    return f"{method['name']}({arguments}) -> {method['returns']}"
