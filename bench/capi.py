"""The part of tsrt.h that the ctypes rung needs: what a foreign function interface can do."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import ClassVar

import numpy as np


class Dtype(ctypes.Structure):
    _fields_: ClassVar = [
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
    ]


class Device(ctypes.Structure):
    _fields_: ClassVar = [("type", c_int32), ("id", c_int32)]


class Tensor(ctypes.Structure):
    _fields_: ClassVar = [
        ("data", c_void_p),
        ("device", Device),
        ("ndim", c_int32),
        ("dtype", Dtype),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_uint64),
    ]


class ManagedTensor(ctypes.Structure):
    _fields_: ClassVar = [
        ("version", ctypes.c_uint32 * 2),
        ("manager_ctx", c_void_p),
        ("deleter", c_void_p),
        ("flags", c_uint64),
        ("tensor", Tensor),
    ]


def open_library(path: Path) -> ctypes.CDLL:
    """libtsrt with the prototypes of what is used here. LibTorch has to be mapped already."""
    library = ctypes.CDLL(str(path))
    library.tsrt_error_message.restype = c_char_p
    library.tsrt_error_message.argtypes = [c_void_p]
    library.tsrt_model_load.restype = c_void_p
    library.tsrt_model_load.argtypes = [c_char_p, c_char_p, POINTER(c_void_p)]
    library.tsrt_model_forward.restype = c_void_p
    library.tsrt_model_forward.argtypes = [
        *(c_void_p, POINTER(Tensor), c_size_t),
        *(POINTER(POINTER(ManagedTensor)), c_size_t, POINTER(c_size_t)),
    ]
    library.tsrt_managed_tensor_free.restype = None
    library.tsrt_managed_tensor_free.argtypes = [POINTER(ManagedTensor)]
    return library


def load(library: ctypes.CDLL, path: Path) -> c_void_p:
    model = c_void_p()
    error = library.tsrt_model_load(str(path).encode(), None, byref(model))
    if error:
        raise RuntimeError(library.tsrt_error_message(error).decode())
    return model


def view(array: np.ndarray) -> Tensor:
    """The array's memory as a tsrt_tensor; the array has to outlive it."""
    return Tensor(
        array.ctypes.data,
        Device(1, 0),
        array.ndim,
        Dtype(2, 32, 1),
        (c_int64 * array.ndim)(*array.shape),
    )


def copy(tensor: Tensor) -> np.ndarray:
    """A row-major float32 tensor as an array of its own."""
    shape = tensor.shape[: tensor.ndim]
    data = ctypes.cast(tensor.data + tensor.byte_offset, POINTER(ctypes.c_float))
    return np.ctypeslib.as_array(data, shape).copy()
