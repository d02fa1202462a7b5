"""One side of a comparison, in a process of its own: it runs a model when it is asked to.

    python -m tsrt._side RUNTIME MODEL THREADS

_turns.py starts it. Requests come as lines of JSON on standard input, and each gets a line back:

    {"prepare": FILE, "outputs": FILE}  the calls of a pass (pickled), and where to put what the
                                        first pass answers; -> {"seconds": of a pass, "facts": {}}
    {"run": N}                          N passes, timed -> {"seconds": of all of them}

or {"error": TEXT}. A process of its own, because torch and tsrt then are as they are for somebody
who uses one of them, and because threads are set for a process.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from typing import Any

Call = tuple[tuple[Any, ...], dict[str, Any]]  # positional arguments, and those by name


class Runtime:
    """A loaded model. `method` names what is called; None is forward."""

    call: Callable[..., Any]

    def __init__(self, model: str, threads: int, method: str | None) -> None:
        self.facts: dict[str, Any] = {}

    def prepare(self, calls: list[Call]) -> None:
        """What comes before the first call: tuning, compiling."""

    def convert(self, value: Any) -> Any:
        """An argument as the runtime takes it; made once, before the clock starts."""
        return value

    def leaf(self, value: Any) -> Any:
        """A tensor of an answer as an array."""
        return value

    def mode(self) -> AbstractContextManager[Any]:
        """What a thread that calls has to be in; the one that made this is in it already."""
        return nullcontext()


class Exact(Runtime):
    """tsrt as it is without being told anything: the same bits as torch.jit."""

    def __init__(self, model: str, threads: int, method: str | None) -> None:
        super().__init__(model, threads, method)
        import tsrt

        self.model = tsrt.Model(model, threads=threads)
        self.method = method or "forward"
        self.facts["torch"] = tsrt.torch_version()
        self.call = self._method()

    def _method(self) -> Callable[..., Any]:
        if self.method == "forward":
            return self.model.forward
        return lambda *args, **kwargs: self.model.run(self.method, *args, **kwargs)

    def _plan(self) -> str | None:
        for each in self.model.describe()["methods"]:
            if each["name"] == self.method:
                return each.get("plan")
        return None


class Tuned(Exact):
    """tsrt after Model.tune."""

    options: dict[str, Any] = {}  # noqa: RUF012 - a constant

    def prepare(self, calls: list[Call]) -> None:
        args, kwargs = calls[0]
        if kwargs or self.method != "forward":
            raise NotImplementedError("Model.tune is for forward, with its inputs in order")
        start = time.perf_counter()
        self.model.tune(args, **self.options)
        self.facts["tuning_seconds"] = round(time.perf_counter() - start, 3)
        self.facts["plan"] = self._plan()


class TunedBfloat16(Tuned):
    """The same, with weights in bfloat16 where that is faster."""

    options = {"bfloat16": True}  # noqa: RUF012 - a constant


class TorchJit(Runtime):
    """torch.jit, at its best: tensors made before, in inference mode."""

    def __init__(self, model: str, threads: int, method: str | None) -> None:
        super().__init__(model, threads, method)
        import torch

        torch.set_num_threads(threads)
        self.torch: Any = torch
        self._entered = self.mode()
        self._entered.__enter__()  # for the life of the process
        self.facts["torch"] = torch.__version__.partition("+")[0]
        self.module = self._load(model)
        self.call = getattr(self.module, method) if method else self.module

    def mode(self) -> AbstractContextManager[Any]:
        return self.torch.inference_mode()

    def _load(self, model: str) -> Any:
        return self.torch.jit.load(model).eval()

    def convert(self, value: Any) -> Any:
        return self.torch.from_numpy(value) if hasattr(value, "__array_interface__") else value

    def leaf(self, value: Any) -> Any:
        return value.numpy() if isinstance(value, self.torch.Tensor) else value


RUNTIMES: dict[str, type[Runtime]] = {
    "tsrt exact": Exact,
    "tsrt tuned": Tuned,
    "tsrt tuned bf16": TunedBfloat16,
    "torch.jit": TorchJit,
}


def flatten(value: Any, leaf: Callable[[Any], Any]) -> Iterable[Any]:
    """The tensors and numbers of an answer, in order."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (tuple, list)):
        yield leaf(value)
        return
    for each in value:
        yield from flatten(each, leaf)


def serve(make: Callable[[], Runtime]) -> None:
    """Answers requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a model prints must not come between
    runtime: Runtime | None = None
    loop: Callable[[int], None] | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                runtime = runtime or make()
                loop, answer = _prepare(runtime, request)
            else:
                assert loop is not None
                answer = {"seconds": _seconds(loop, request["run"])}
        except Exception as error:
            answer = {"error": str(error) or repr(error), "kind": type(error).__name__}
        print(json.dumps(answer), file=answers, flush=True)


def _prepare(runtime: Runtime, request: dict[str, Any]) -> tuple[Callable[[int], None], dict]:
    with open(request["prepare"], "rb") as file:
        calls: list[Call] = pickle.load(file)
    runtime.prepare(calls)
    ready = [
        (
            tuple(map(runtime.convert, args)),
            {name: runtime.convert(value) for name, value in kwargs.items()},
        )
        for args, kwargs in calls
    ]
    outputs = [list(flatten(runtime.call(*args, **kwargs), runtime.leaf)) for args, kwargs in ready]
    with open(request["outputs"], "wb") as file:
        pickle.dump(outputs, file)
    loop = _loop(runtime.call, ready)
    loop(2)  # torch.jit specializes in its first runs
    return loop, {"seconds": _seconds(loop, 1), "facts": runtime.facts}


def _loop(call: Callable[..., Any], calls: list[Call]) -> Callable[[int], None]:
    """Makes so many passes. One call of one argument has a loop with nothing else in it."""
    (args, kwargs), *more = calls
    if more or kwargs or len(args) != 1:

        def loop(passes: int) -> None:
            for _ in repeat(None, passes):
                for args, kwargs in calls:
                    y = call(*args, **kwargs)
            del y
    else:

        def loop(passes: int) -> None:
            (x,) = args
            for _ in repeat(None, passes):
                y = call(x)
            del y

    return loop


def _seconds(loop: Callable[[int], None], passes: int) -> float:
    """The garbage collector rests meanwhile, as in timeit."""
    gc.disable()
    try:
        start = time.perf_counter()
        loop(passes)
        return time.perf_counter() - start
    finally:
        gc.enable()


def main() -> None:
    name, model, threads, *more = sys.argv[1:]
    method = more[0] if more else None
    serve(lambda: RUNTIMES[name](model, int(threads), method))


if __name__ == "__main__":
    main()
