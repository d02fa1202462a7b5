"""The Model class as users see it; its calls into the library are in _core."""

from __future__ import annotations

import ast
import inspect
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tsrt import _core, files
from tsrt.errors import InvalidArgumentError
from tsrt.tuning import TuneReport
from tsrt.values import named_tuple


class Model(_core.Model):
    """A serialized PyTorch model, loaded and ready to run.

    source: a path, the bytes of a file (any buffer), or an open binary file.
    device: where the model lives and runs: "cpu", "cuda", "cuda:1", ...
    threads: how many threads one operator may use, at least 1; None leaves it to LibTorch.
    timeout: how many seconds each call may take; None is any time. See forward.
    libraries: shared libraries with operators that the model needs, as for tsrt.load_library.
    verify: check the file's checksums first; LibTorch by itself loads damaged weights silently.
    mmap: leave the weights in the file, shared with other processes that do the same. The file
        must not change while the model lives. For paths, on the CPU.
    signature: when the file has a signature (see tsrt.annotate), check inputs against it.
    trust: "full", which is what torch.jit.load does; or "restricted", for files from elsewhere:
        read first, and refused unless all that they do is compute, with the operators of
        tsrt.trusted_operators(). tsrt.inspect(source)["restricted"] tells what stands against it.
        No limit on time, memory or prints.
    warmup: run the signature's examples: a plan that compiles for the shapes that it meets then has
        met them.
    optimize: "exact", the same numbers as torch.jit gives, to the bit, and the first call as fast
        as the next; "none", LibTorch's own executor; or "auto", as `tune` has chosen: what `plans`
        or the archive says, and where they say nothing `tune` is called with `example_inputs`.
    example_inputs: for optimize="auto", what `tune` takes: an array or a tuple of arguments, or a
        list of such for several shapes.
    plans: for optimize="auto", the path of a small file that keeps the choice; it is written when
        the choice is made, and read at the next load. See TuneReport.save.
    tuning: further arguments of `tune`, as a dict such as {"bfloat16": True}.

    Call it, or its `forward`, with NumPy arrays. Threads may share a model: methods that only
    read run in parallel, methods that change its state wait for each other. A model file is a
    program: load only files that you trust, or use trust="restricted".

    Raises NotFoundError (a FileNotFoundError), NotAModelError (a ValueError, says what the file
    is instead), NotTrustedError (trust="restricted"), MissingOperatorError, UnsupportedError,
    DeviceError, and InvalidArgumentError for
    bad options. All of them are tsrt.Error.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | Any,
        *,
        device: str = "cpu",
        threads: int | None = None,
        timeout: float | None = None,
        libraries: Iterable[str | os.PathLike[str]] = (),
        verify: bool = True,
        mmap: bool = False,
        signature: bool = True,
        trust: str = "full",
        warmup: bool = False,
        optimize: str = "exact",
        example_inputs: Any = None,
        plans: str | os.PathLike[str] | None = None,
        tuning: Mapping[str, Any] | None = None,
    ) -> None:
        options = [f"device={device}", *_call_options(threads, timeout)]
        if not verify:
            options.append("verify=no")
        if mmap:
            options.append("mmap=yes")
        if not signature:
            options.append("signature=no")
        if trust != "full":
            options.append(f"trust={trust}")
        options += _plan_options(optimize, example_inputs, plans, tuning)
        self._arguments: dict[str, Any] = {
            "device": device,
            "threads": threads,
            "timeout": timeout,
            "verify": verify,
            "mmap": mmap,
            "signature": signature,
            "trust": trust,
            "warmup": warmup,
            "optimize": optimize,
            "plans": plans,
        }
        if libraries:
            self._arguments["libraries"] = _load_libraries(libraries)
        self._path, data = files.split(source)
        self._load(self._path, data, ",".join(options))
        self._learn_outputs()
        if example_inputs is not None and not self._tuned():
            examples = example_inputs if isinstance(example_inputs, list) else [example_inputs]
            report = self.tune(*examples, **tuning or {})
            if plans is not None:
                report.save(plans)
        if warmup:
            from tsrt.signature import run_examples

            run_examples(self.clone())  # the model's own state stays as it was loaded

    def _learn_outputs(self) -> None:
        for method in self.describe()["methods"]:
            if method["name"] == "forward":
                fields = method["field_names"]
                named = named_tuple(method["returns"], fields) if fields else None
                self._set_outputs(method["outputs"], method["n_outputs"], named)

    def _tuned(self) -> bool:
        return any(each["plan"] != "exact" for each in self.describe()["methods"])

    def tune(
        self,
        *examples: Any,
        method: str = "forward",
        tolerance: float | None = None,
        seconds: float = 2.0,
        bfloat16: bool = False,
    ) -> TuneReport:
        """Finds the fastest way to run a method here, and runs it that way from now on.

        examples: one for each shape that matters: a tuple of the method's arguments, or the
            argument itself where there is one. Any other inputs work afterwards as well.
        tolerance: how far results may be off, as the largest difference in a tensor by the largest
            number in it; 1e-4, and 0.02 for plans in bfloat16.
        seconds: how long to time, about; to prepare what is timed comes on top.
        bfloat16: try plans that compute with 8 bits of precision, too.

        The plans are tried in copies of the model, whose state and results stay as they are
        meanwhile; one that fails, gives other results or is slower is not taken. The report says
        what was tried: print it, look into it, save the choice with it. With "exact" chosen,
        nothing is faster. What the method raises on the examples is raised here.
        """
        options = [f"seconds={float(seconds)!r}", f"bfloat16={'yes' if bfloat16 else 'no'}"]
        if tolerance is not None:
            options.append(f"tolerance={float(tolerance)!r}")
        arguments = tuple(each if isinstance(each, tuple) else (each,) for each in examples)
        return TuneReport(json.loads(self._tune(method, arguments, ",".join(options))))

    @property
    def methods(self) -> dict[str, inspect.Signature]:
        """The methods that `run` takes, by name, with types in TorchScript's notation."""
        return {each["name"]: _signature(each) for each in self.describe()["methods"]}

    @property
    def __signature__(self) -> inspect.Signature:
        # What editors show for model(...).
        try:
            return self.methods["forward"]
        except (KeyError, ValueError):
            raise AttributeError("__signature__") from None

    @property
    def submodules(self) -> dict[str, list[str]]:
        """The submodules by path, each with its methods: run one as "encoder.forward"."""
        return {each["name"]: each["methods"] for each in self.describe()["submodules"]}

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

    def get_attribute(self, name: str) -> Any:
        """An attribute, parameter or buffer, such as "count" or "encoder.weight".

        Arrays are read-only and lie over the model's own memory. They stay valid; a later run of a
        stateful model may show in them or not, so read again. Lists, dicts and objects are copies.

        Raises NotFoundError (lists the names there are).
        """
        return self._get_attribute(name)

    def set_attribute(self, name: str, value: Any) -> None:
        """Replaces an attribute by a copy of `value`, converted to the attribute's type; a
        parameter keeps its shape and dtype. Clones keep theirs.

        Raises NotFoundError, or InvalidArgumentError when the value does not fit.
        """
        self._set_attribute(name, value)

    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name, as read-only arrays over the model's memory."""
        return self._tensors("parameters")

    def buffers(self) -> dict[str, np.ndarray]:
        """The buffers and other tensor attributes by name, likewise."""
        return self._tensors("buffers")

    def state_dict(self) -> dict[str, np.ndarray]:
        """Parameters and buffers by name, likewise."""
        return self.parameters() | self.buffers()

    def _tensors(self, kind: str) -> dict[str, np.ndarray]:
        return {each["name"]: self.get_attribute(each["name"]) for each in self.describe()[kind]}

    def train(self, mode: bool = True) -> Model:
        """Puts the model into training mode, or into evaluation mode; returns the model itself.

        Not the model's own methods of these names: those are `model.run("train")`.
        Raises UnsupportedError when a frozen model is to be trained.
        """
        self._train(mode)
        return self

    def eval(self) -> Model:
        """The same as train(False)."""
        return self.train(False)

    def reset(self) -> None:
        """Back to the state that the model had when it was loaded."""
        self._reset()

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
        copy = self._beside()
        copy._clone_from(self)
        return copy

    def share(self, *, threads: int | None = None, timeout: float | None = None) -> Model:
        """Another handle to the same model: the same weights, state and lock. Its calls have limits
        of their own where those are given, and its `cancel` stops them alone.

            request = model.share(timeout=0.5)
            request.run("decode", audio)  # any method, within the time
        """
        handle = self._beside()
        handle._share_from(self, ",".join(_call_options(threads, timeout)))
        for name, value in (("threads", threads), ("timeout", timeout)):
            if value is not None:
                handle._arguments[name] = value
        return handle

    def _beside(self) -> Model:
        """A Model without a handle, from the same file."""
        other = type(self).__new__(type(self))
        other._path = self._path
        other._arguments = dict(self._arguments)
        return other

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
        methods = ", ".join(f"{each['name']}{_signature(each)}" for each in about["methods"])
        return f"<tsrt.Model {source} on {about['device']}: {methods or 'no methods'}>"


def _call_options(threads: int | None, timeout: float | None) -> list[str]:
    options = []
    if threads is not None:
        options.append(f"threads={threads}")
    if timeout is not None:
        try:
            options.append(f"timeout={float(timeout)!r}")
        except (TypeError, ValueError):
            raise InvalidArgumentError(f"timeout is {timeout!r}: it has to be seconds") from None
    return options


def _plan_options(
    optimize: str, example_inputs: Any, plans: Any, tuning: Mapping[str, Any] | None
) -> list[str]:
    if optimize != "auto":
        given = {"example_inputs": example_inputs, "plans": plans, "tuning": tuning}
        for name, value in given.items():
            if value is not None:
                raise InvalidArgumentError(f"{name} has no effect without optimize='auto'")
    options = [] if optimize == "exact" else [f"optimize={optimize}"]
    if plans is not None and os.path.exists(plans):
        options.append(f"plans={os.fspath(plans)}")
    return options


def _load_libraries(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    if isinstance(paths, (str, bytes, os.PathLike)):
        raise InvalidArgumentError(f"libraries is {paths!r}: it has to be a list of paths")
    absolute = [os.path.abspath(os.fspath(path)) for path in paths]
    for path in absolute:
        _core.load_library(path)
    return absolute


def _reload(kind: type[Model], path: str, arguments: dict[str, Any]) -> Model:
    return kind(path, **arguments)


class _Text(str):
    """A type or default in TorchScript's notation, shown as it is."""

    def __repr__(self) -> str:
        return str(self)


def _default(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _Text(text)


def _signature(method: dict[str, Any]) -> inspect.Signature:
    parameters = [
        inspect.Parameter(
            each["name"],
            inspect.Parameter.KEYWORD_ONLY
            if each["keyword_only"]
            else inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=_default(each["default"]) if "default" in each else inspect.Parameter.empty,
            annotation=_Text(each["type"]),
        )
        for each in method["arguments"]
    ]
    return inspect.Signature(parameters, return_annotation=_Text(method["returns"]))
