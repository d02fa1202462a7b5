"""The rungs: each runs the same model on the same input, nearer to or farther from LibTorch.

A rung is a function that takes a number of calls, makes them one after the other, each output
replacing the one before it, and returns the last output. All rungs live in one process, on one
thread. What is made once and not in the loop is said with each; the Python rungs pay for their
`for` loop (about 0.01 us a call), the native ones do not.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_float, c_int32, c_int64, c_size_t, c_void_p
from itertools import repeat
from pathlib import Path

import capi
import numpy as np
import onnxruntime
import torch

import tsrt

Rung = Callable[[int], np.ndarray]

LIBRARY = Path(tsrt.__file__).parent / "lib" / "libtsrt.so.0"


def native(library_path: Path, model: Path, x: np.ndarray) -> Rung:
    """A rung of rung.h: the loop is native code, so ctypes is paid once a round."""
    library = ctypes.CDLL(str(library_path))
    library.rung_new.restype = c_void_p
    library.rung_new.argtypes = [c_char_p, POINTER(c_float), POINTER(c_int64), c_int32]
    library.rung_run.argtypes = [c_void_p, c_int64]
    library.rung_output.restype = c_int64
    library.rung_output.argtypes = [c_void_p, POINTER(c_float), c_int64]
    shape = (c_int64 * x.ndim)(*x.shape)
    data = x.ctypes.data_as(POINTER(c_float))
    handle = library.rung_new(str(model).encode(), data, shape, x.ndim)
    assert handle, f"{library_path.name} cannot load {model}"
    output = np.empty(1024, np.float32)

    def run(calls: int) -> np.ndarray:
        assert library.rung_run(handle, calls) == 0
        pointer = output.ctypes.data_as(POINTER(c_float))
        return output[: library.rung_output(handle, pointer, output.size)].copy()

    run.borrowed = (x, shape)  # kept as long as the rung, which looks at their memory
    return run


def with_ctypes(model: Path, x: np.ndarray) -> Rung:
    """The C ABI from Python's ctypes. The input's description and all references are made once."""
    library = capi.open_library(LIBRARY)
    handle = capi.load(library, model)
    view, output, n = capi.view(x), POINTER(capi.ManagedTensor)(), c_size_t()
    arguments = (handle, byref(view), 1, byref(output), 1, byref(n))
    forward, free = library.tsrt_model_forward, library.tsrt_managed_tensor_free

    def run(calls: int) -> np.ndarray:
        for _ in repeat(None, calls):
            free(output)
            error = forward(*arguments)
            if error:
                raise RuntimeError(library.tsrt_error_message(error).decode())
        return capi.copy(output.contents.tensor)

    run.borrowed = x
    return run


def with_tsrt(model: Path, x: np.ndarray) -> Rung:
    """`forward` of a tsrt.Model: a NumPy array in, a new NumPy array out."""
    forward = tsrt.Model(model).forward

    def run(calls: int) -> np.ndarray:
        for _ in repeat(None, calls):
            y = forward(x)
        return y

    return run


def with_tsrt_tuned(model: Path, x: np.ndarray) -> Rung:
    """The same after Model.tune."""
    tuned = tsrt.Model(model)
    tuned.tune(x)
    forward = tuned.forward

    def run(calls: int) -> np.ndarray:
        for _ in repeat(None, calls):
            y = forward(x)
        return y

    return run


def with_tsrt_out(model: Path, x: np.ndarray) -> Rung:
    """The same into an array that the caller has: no output is made."""
    forward = tsrt.Model(model).forward
    y = forward(x)

    def run(calls: int) -> np.ndarray:
        for _ in repeat(None, calls):
            forward(x, out=y)
        return y

    return run


def with_torch(model: Path, x: np.ndarray, *, by_forward: bool = False) -> Rung:
    """torch.jit's module, called, or its `forward` without the hooks that a call looks for.

    Tensor in, tensor out: the conversions from and to NumPy are not part of it. Inference mode
    is entered once a round.
    """
    module = torch.jit.load(str(model)).eval()
    call = module.forward if by_forward else module
    tensor = torch.from_numpy(x)

    def run(calls: int) -> np.ndarray:
        with torch.inference_mode():
            for _ in repeat(None, calls):
                y = call(tensor)
        return y.numpy()

    return run


def with_onnxruntime(model: Path, x: np.ndarray) -> Rung:
    """ONNX Runtime's `run`: a NumPy array in, a new NumPy array out. One thread."""
    run_session = _session(model).run

    def run(calls: int) -> np.ndarray:
        for _ in repeat(None, calls):
            y = run_session(None, {"x": x})
        return y[0]

    return run


def with_onnxruntime_bound(model: Path, x: np.ndarray) -> Rung:
    """ONNX Runtime on memory that is bound to the session's names before the loop."""
    session = _session(model)
    binding = session.io_binding()
    binding.bind_cpu_input("x", x)
    binding.bind_output("y")
    run_bound = session.run_with_iobinding

    def run(calls: int) -> np.ndarray:
        for _ in repeat(None, calls):
            run_bound(binding)
        return binding.copy_outputs_to_cpu()[0]

    return run


def _session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = str(model.with_suffix(".onnx"))
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


TUNED = {"tsrt tuned": lambda model, x, natives: with_tsrt_tuned(model, x)}

# The lowest first. Each is made from a model's path, the input, and the folder of native rungs.
RUNGS: dict[str, Callable[[Path, np.ndarray, Path], Rung]] = {
    "C++ floor": lambda model, x, natives: native(natives / "libfloor.so", model, x),
    "C ABI": lambda model, x, natives: native(natives / "libc_abi.so", model, x),
    "ctypes": lambda model, x, natives: with_ctypes(model, x),
    "tsrt": lambda model, x, natives: with_tsrt(model, x),
    **TUNED,
    "tsrt out=": lambda model, x, natives: with_tsrt_out(model, x),
    "torch.jit forward": lambda model, x, natives: with_torch(model, x, by_forward=True),
    "torch.jit": lambda model, x, natives: with_torch(model, x),
    "ONNX Runtime": lambda model, x, natives: with_onnxruntime(model, x),
    "ONNX Runtime bound": lambda model, x, natives: with_onnxruntime_bound(model, x),
}
