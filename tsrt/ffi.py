"""Every function of tsrt.h for ctypes: the C interface from Python without the Cython module.

    import ctypes
    from tsrt import ffi

    tsrt = ffi.load()
    data, shape = (ctypes.c_float * 6)(1, 2, 3, 4, 5, 6), (ctypes.c_int64 * 2)(2, 3)
    x = ffi.Tensor(data=ctypes.addressof(data), device=ffi.Device(ffi.TSRT_CPU, 0), ndim=2,
                   dtype=ffi.TSRT_FLOAT32, shape=shape)
    model, y, n = ffi.ModelP(), ffi.ManagedTensorP(), ctypes.c_size_t()
    tsrt.tsrt_model_load(b"model.pt", None, model)
    tsrt.tsrt_model_forward(model, x, 1, y, 1, n)
    print(ctypes.cast(y.contents.tensor.data, ctypes.POINTER(ctypes.c_float))[0])
    tsrt.tsrt_managed_tensor_free(y)
    tsrt.tsrt_model_free(model)

Names, ownership and threads are those of tsrt.h, with three comforts: what returns a tsrt_error
raises the exception of tsrt.errors instead, out-parameters are taken without `byref`, and ctypes
releases the interpreter's lock during every call. For arrays and values as Python knows them there
is tsrt.Model.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_bool,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)

from tsrt import _libtorch, config, errors

TSRT_ABI_VERSION = 0

# ---- the structs ---------------------------------------------------------------------------------


class DType(ctypes.Structure):
    """tsrt_dtype."""

    _fields_ = (("code", c_uint8), ("bits", c_uint8), ("lanes", c_uint16))


class Device(ctypes.Structure):
    """tsrt_device."""

    _fields_ = (("type", c_int32), ("id", c_int32))


class Tensor(ctypes.Structure):
    """tsrt_tensor."""

    _fields_ = (
        ("data", c_void_p),
        ("device", Device),
        ("ndim", c_int32),
        ("dtype", DType),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_uint64),
    )


class Version(ctypes.Structure):
    """DLPack's, in a ManagedTensor."""

    _fields_ = (("major", c_uint32), ("minor", c_uint32))


class ManagedTensor(ctypes.Structure):
    """tsrt_managed_tensor."""

    _fields_ = (
        ("version", Version),
        ("manager_ctx", c_void_p),
        ("deleter", c_void_p),
        ("flags", c_uint64),
        ("tensor", Tensor),
    )


class Error(ctypes.Structure):
    """tsrt_error: only behind a pointer."""


class Value(ctypes.Structure):
    """tsrt_value: only behind a pointer."""


class Model(ctypes.Structure):
    """tsrt_model: only behind a pointer."""


ErrorP = POINTER(Error)
ValueP = POINTER(Value)
ModelP = POINTER(Model)
ManagedTensorP = POINTER(ManagedTensor)
TensorP = POINTER(Tensor)
# Text that the caller frees: c_char_p would become bytes at once, and its address be lost.
TextP = POINTER(ctypes.c_char)
PrintHandler = CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
InterruptCheck = CFUNCTYPE(c_bool, c_void_p)

# ---- the constants -------------------------------------------------------------------------------

TSRT_INVALID_ARGUMENT, TSRT_NOT_FOUND, TSRT_NOT_A_MODEL, TSRT_UNSUPPORTED = 1, 2, 3, 4
TSRT_MISSING_OPERATOR, TSRT_MODEL_ERROR, TSRT_DEVICE, TSRT_OUT_OF_MEMORY = 5, 6, 7, 8
TSRT_NOT_TRUSTED, TSRT_INTERNAL, TSRT_TIMEOUT, TSRT_CANCELLED = 9, 10, 11, 12

TSRT_INT, TSRT_UINT, TSRT_FLOAT, TSRT_BFLOAT, TSRT_COMPLEX, TSRT_BOOL = 0, 1, 2, 4, 5, 6
TSRT_FLOAT8_E4M3FN, TSRT_FLOAT8_E4M3FNUZ = 10, 11
TSRT_FLOAT8_E5M2, TSRT_FLOAT8_E5M2FNUZ, TSRT_FLOAT8_E8M0FNU = 12, 13, 14

TSRT_FLOAT32, TSRT_FLOAT64 = DType(TSRT_FLOAT, 32, 1), DType(TSRT_FLOAT, 64, 1)
TSRT_FLOAT16, TSRT_BFLOAT16 = DType(TSRT_FLOAT, 16, 1), DType(TSRT_BFLOAT, 16, 1)
TSRT_INT8, TSRT_INT16 = DType(TSRT_INT, 8, 1), DType(TSRT_INT, 16, 1)
TSRT_INT32, TSRT_INT64 = DType(TSRT_INT, 32, 1), DType(TSRT_INT, 64, 1)
TSRT_UINT8, TSRT_BOOL8 = DType(TSRT_UINT, 8, 1), DType(TSRT_BOOL, 8, 1)

TSRT_CPU, TSRT_CUDA, TSRT_CUDA_HOST, TSRT_ROCM, TSRT_ONEAPI = 1, 2, 3, 10, 14
TSRT_READ_ONLY, TSRT_QUANTIZED = 1, 1 << 63

TSRT_KIND_NONE, TSRT_KIND_BOOL, TSRT_KIND_INT, TSRT_KIND_FLOAT = 0, 1, 2, 3
TSRT_KIND_COMPLEX, TSRT_KIND_STRING, TSRT_KIND_TENSOR, TSRT_KIND_LIST = 4, 5, 6, 7
TSRT_KIND_TUPLE, TSRT_KIND_DICT, TSRT_KIND_DEVICE, TSRT_KIND_OBJECT = 8, 9, 10, 11
TSRT_KIND_OTHER, TSRT_KIND_ENUM = 12, 13

# ---- the functions -------------------------------------------------------------------------------

# {name: (what it returns, its arguments)}, in the header's order.
PROTOTYPES = {
    "tsrt_version": (c_char_p, ()),
    "tsrt_abi_version": (c_int32, ()),
    "tsrt_torch_version": (c_char_p, ()),
    "tsrt_error_code": (c_int32, (ErrorP,)),
    "tsrt_error_message": (c_char_p, (ErrorP,)),
    "tsrt_error_detail": (c_char_p, (ErrorP,)),
    "tsrt_error_free": (None, (ErrorP,)),
    "tsrt_managed_tensor_free": (None, (ManagedTensorP,)),
    "tsrt_managed_tensor_share": (ErrorP, (ManagedTensorP, POINTER(ManagedTensorP))),
    "tsrt_managed_tensor_quantization": (
        ErrorP,
        (ManagedTensorP, POINTER(ManagedTensorP), POINTER(ManagedTensorP), POINTER(c_int32)),
    ),
    "tsrt_managed_tensor_dequantize": (ErrorP, (ManagedTensorP, POINTER(ManagedTensorP))),
    "tsrt_tensor_copy": (ErrorP, (TensorP, c_char_p, POINTER(ManagedTensorP))),
    "tsrt_value_new_none": (ErrorP, (POINTER(ValueP),)),
    "tsrt_value_new_bool": (ErrorP, (c_bool, POINTER(ValueP))),
    "tsrt_value_new_int": (ErrorP, (c_int64, POINTER(ValueP))),
    "tsrt_value_new_float": (ErrorP, (c_double, POINTER(ValueP))),
    "tsrt_value_new_complex": (ErrorP, (c_double, c_double, POINTER(ValueP))),
    "tsrt_value_new_string": (ErrorP, (c_char_p, c_size_t, POINTER(ValueP))),
    "tsrt_value_new_dtype": (ErrorP, (DType, POINTER(ValueP))),
    "tsrt_value_new_tensor": (ErrorP, (TensorP, POINTER(ValueP))),
    "tsrt_value_new_quantized": (ErrorP, (TensorP, TensorP, TensorP, c_int32, POINTER(ValueP))),
    "tsrt_value_new_tuple": (ErrorP, (POINTER(ValueP), c_size_t, POINTER(ValueP))),
    "tsrt_value_new_list": (ErrorP, (POINTER(ValueP), c_size_t, POINTER(ValueP))),
    "tsrt_value_new_dict": (
        ErrorP,
        (POINTER(ValueP), POINTER(ValueP), c_size_t, POINTER(ValueP)),
    ),
    "tsrt_value_kind": (c_int32, (ValueP,)),
    "tsrt_value_type": (ErrorP, (ValueP, POINTER(c_char_p))),
    "tsrt_value_get_bool": (ErrorP, (ValueP, POINTER(c_bool))),
    "tsrt_value_get_int": (ErrorP, (ValueP, POINTER(c_int64))),
    "tsrt_value_get_float": (ErrorP, (ValueP, POINTER(c_double))),
    "tsrt_value_get_complex": (ErrorP, (ValueP, POINTER(c_double), POINTER(c_double))),
    "tsrt_value_get_string": (ErrorP, (ValueP, POINTER(c_char_p), POINTER(c_size_t))),
    "tsrt_value_get_tensor": (ErrorP, (ValueP, POINTER(ManagedTensorP))),
    "tsrt_value_size": (ErrorP, (ValueP, POINTER(c_size_t))),
    "tsrt_value_item": (ErrorP, (ValueP, c_size_t, POINTER(ValueP))),
    "tsrt_value_field": (ErrorP, (ValueP, c_size_t, POINTER(c_char_p))),
    "tsrt_value_entry": (ErrorP, (ValueP, c_size_t, POINTER(ValueP), POINTER(ValueP))),
    "tsrt_value_call": (ErrorP, (ValueP, c_char_p, ValueP, ValueP, POINTER(ValueP))),
    "tsrt_value_attribute": (ErrorP, (ValueP, c_char_p, POINTER(ValueP))),
    "tsrt_value_describe": (ErrorP, (ValueP, POINTER(TextP))),
    "tsrt_value_free": (None, (ValueP,)),
    "tsrt_model_load": (ErrorP, (c_char_p, c_char_p, POINTER(ModelP))),
    "tsrt_model_load_buffer": (ErrorP, (c_void_p, c_size_t, c_char_p, POINTER(ModelP))),
    "tsrt_model_clone": (ErrorP, (ModelP, POINTER(ModelP))),
    "tsrt_model_share": (ErrorP, (ModelP, c_char_p, POINTER(ModelP))),
    "tsrt_model_cancel": (ErrorP, (ModelP,)),
    "tsrt_model_to": (ErrorP, (ModelP, c_char_p)),
    "tsrt_model_train": (ErrorP, (ModelP, c_bool)),
    "tsrt_model_reset": (ErrorP, (ModelP,)),
    "tsrt_model_get_attribute": (ErrorP, (ModelP, c_char_p, POINTER(ValueP))),
    "tsrt_model_set_attribute": (ErrorP, (ModelP, c_char_p, ValueP)),
    "tsrt_model_forward": (
        ErrorP,
        (ModelP, TensorP, c_size_t, POINTER(ManagedTensorP), c_size_t, POINTER(c_size_t)),
    ),
    "tsrt_model_forward_into": (ErrorP, (ModelP, TensorP, c_size_t, TensorP, c_size_t)),
    "tsrt_model_run": (ErrorP, (ModelP, c_char_p, ValueP, ValueP, POINTER(ValueP))),
    "tsrt_model_tune": (ErrorP, (ModelP, c_char_p, ValueP, c_char_p, POINTER(TextP))),
    "tsrt_model_describe": (ErrorP, (ModelP, POINTER(TextP))),
    "tsrt_model_free": (None, (ModelP,)),
    "tsrt_string_free": (None, (TextP,)),
    "tsrt_inspect": (ErrorP, (c_char_p, POINTER(TextP))),
    "tsrt_inspect_buffer": (ErrorP, (c_void_p, c_size_t, POINTER(TextP))),
    "tsrt_trusted_operators": (ErrorP, (POINTER(TextP),)),
    "tsrt_verify": (ErrorP, (c_char_p,)),
    "tsrt_verify_buffer": (ErrorP, (c_void_p, c_size_t)),
    "tsrt_extra_file": (ErrorP, (c_char_p, c_char_p, POINTER(TextP), POINTER(c_size_t))),
    "tsrt_extra_file_buffer": (
        ErrorP,
        (c_void_p, c_size_t, c_char_p, POINTER(TextP), POINTER(c_size_t)),
    ),
    "tsrt_model_extra_file": (ErrorP, (ModelP, c_char_p, POINTER(TextP), POINTER(c_size_t))),
    "tsrt_devices": (ErrorP, (POINTER(TextP),)),
    "tsrt_load_library": (ErrorP, (c_char_p,)),
    "tsrt_manual_seed": (ErrorP, (c_uint64,)),
    "tsrt_set_quantized_engine": (ErrorP, (c_char_p,)),
    "tsrt_quantized_engine": (ErrorP, (POINTER(TextP),)),
    "tsrt_set_print_handler": (ErrorP, (PrintHandler, c_void_p)),
    "tsrt_set_interrupt_check": (ErrorP, (InterruptCheck, c_void_p)),
    "tsrt_memory": (ErrorP, (POINTER(TextP),)),
    "tsrt_trim_memory": (ErrorP, ()),
    "tsrt_live_handles": (c_int64, ()),
}


def load(path: str | os.PathLike[str] | None = None) -> ctypes.CDLL:
    """The library with all its prototypes.

    path: of libtsrt; the one of this package if it is not given. LibTorch is looked for as
        tsrt.Model does it.

    Raises LibTorchError, and ImportError for a library with another ABI version.
    """
    _libtorch.load()
    library = ctypes.CDLL(os.fspath(path or config.LIBRARY))
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
        if result is ErrorP:
            function.errcheck = lambda error, *_: _raise(library, error)
    found = library.tsrt_abi_version()
    if found != TSRT_ABI_VERSION:
        raise ImportError(
            f"{path or config.LIBRARY} has ABI version {found} and this is for {TSRT_ABI_VERSION}"
        )
    return library


def _raise(library: ctypes.CDLL, error: ctypes._Pointer[Error]) -> None:
    if not error:
        return
    try:
        texts = [library.tsrt_error_message(error), library.tsrt_error_detail(error)]
        raise errors.from_code(
            library.tsrt_error_code(error), *[text.decode("utf-8", "replace") for text in texts]
        )
    finally:
        library.tsrt_error_free(error)


def text(library: ctypes.CDLL, pointer: ctypes._Pointer[ctypes.c_char], size: int = -1) -> bytes:
    """Text that a function made, as bytes; frees it. Up to its zero byte, if no size is given."""
    try:
        return ctypes.string_at(pointer, size)
    finally:
        library.tsrt_string_free(pointer)
