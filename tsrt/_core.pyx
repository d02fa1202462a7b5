"""The bridge between Python objects and the C API of tsrt.h.

Validates and holds references under the GIL, calls without it, checks, converts. What is not on
the path of a call is in plain Python, in model.py.
"""
import enum
import functools
import json
import os
import threading

import numpy as np

from tsrt import errors, values

cimport cython
cimport numpy as cnp
from cpython.pycapsule cimport (
    PyCapsule_Destructor,
    PyCapsule_GetPointer,
    PyCapsule_IsValid,
    PyCapsule_New,
)
from cpython.object cimport PyCFunction, PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

from tsrt._capi cimport *

cdef extern from "Python.h":
    PyObject **PySequence_Fast_ITEMS(tuple items)
    void PyErr_SetObject(object kind, object value)
    void PyErr_WriteUnraisable(object where)

cnp.import_array()

# Calls with up to this many tensors a side need no allocation for their descriptions.
cdef enum:
    FEW = 8


cdef int check(tsrt_error *error) except -1:
    """Raises the exception for an error, and frees it."""
    if error == NULL:
        return 0
    try:
        exception = errors.from_code(
            tsrt_error_code(error),
            tsrt_error_message(error).decode("utf-8", "replace"),
            tsrt_error_detail(error).decode("utf-8", "replace"))
    finally:
        tsrt_error_free(error)
    raise_interrupt()
    raise exception


cdef bytes encode(object text, str what):
    if not isinstance(text, str) or "\0" in text:
        raise errors.InvalidArgumentError(f"{what} is {text!r}: it has to be a string")
    return text.encode(errors="surrogatepass")


cdef object take_json(char *text):
    try:
        return (<bytes>text).decode("utf-8", "replace")
    finally:
        tsrt_string_free(text)


cdef tuple as_tuple(PyObject *const *args, Py_ssize_t n):
    cdef Py_ssize_t i
    return tuple([<object>args[i] for i in range(n)])


include "_interrupt.pxi"
include "_tensor.pxi"
include "_objects.pxi"
include "_arrays.pxi"
include "_values.pxi"
include "_files.pxi"


cdef class Model:
    """The handle of a loaded model; tsrt.Model is what users see."""

    cdef tsrt_model *handle
    cdef int running     # calls on the handle now; it is freed when none is left
    cdef bint closed
    cdef int n_outputs   # of forward; -1 when only a general run can tell
    cdef bint one_output
    cdef object named_tuple  # the class of what forward returns, if it is one

    def __cinit__(self):
        self.handle = NULL
        self.running = 0
        self.closed = False
        self.n_outputs = -1
        self.one_output = False

    def __dealloc__(self):
        tsrt_model_free(self.handle)

    cdef tsrt_model *enter(self) except NULL:
        if self.handle == NULL or self.closed:
            raise errors.InvalidArgumentError("the model is closed: load it again")
        self.running += 1
        return self.handle

    cdef void leave(self) noexcept:
        self.running -= 1
        self.release()

    cdef void release(self) noexcept:
        if self.closed and self.running == 0:
            tsrt_model_free(self.handle)
            self.handle = NULL

    def close(self):
        """Frees the model. Calls that run in other threads finish first; outputs stay valid."""
        self.closed = True
        self.release()

    def _load(self, path, data, options):
        cdef tsrt_model *handle = NULL
        cdef tsrt_error *error
        cdef bytes encoded_options = encode(options, "options")
        cdef const char *c_options = encoded_options
        cdef Source source = Source(path, data)
        if self.handle != NULL:
            raise errors.InvalidArgumentError("the model is loaded already: make another")
        with nogil:
            if source.path != NULL:
                error = tsrt_model_load(source.path, c_options, &handle)
            else:
                error = tsrt_model_load_buffer(source.data, source.size, c_options, &handle)
        check(error)
        self.handle = handle

    def _set_outputs(self, kind, n_outputs, named_tuple):
        self.one_output = kind == "tensor"
        self.named_tuple = named_tuple
        self.n_outputs = n_outputs if kind in ("tensor", "tuple") else -1

    def _describe(self):
        cdef tsrt_model *handle = self.enter()
        cdef char *text = NULL
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_describe(handle, &text)
        self.leave()
        check(error)
        return take_json(text)

    def _extra_file(self, name):
        cdef bytes encoded = encode(name, "name")
        cdef const char *c_name = encoded
        cdef tsrt_model *handle = self.enter()
        cdef char *contents = NULL
        cdef size_t size = 0
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_extra_file(handle, c_name, &contents, &size)
        self.leave()
        check(error)
        return take_bytes(contents, size)

    def _clone_from(self, Model other):
        cdef tsrt_model *handle = other.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_clone(handle, &self.handle)
        other.leave()
        check(error)
        self.n_outputs = other.n_outputs
        self.one_output = other.one_output
        self.named_tuple = other.named_tuple

    def _share_from(self, Model other, options):
        cdef bytes encoded = encode(options, "options")
        cdef const char *c_options = encoded
        cdef tsrt_model *handle = other.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_share(handle, c_options, &self.handle)
        other.leave()
        check(error)
        self.n_outputs = other.n_outputs
        self.one_output = other.one_output
        self.named_tuple = other.named_tuple

    def cancel(self):
        """Stops the calls that run now in other threads, or wait for the model: each raises
        CancelledError before its next operator. Calls that start later run as ever."""
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error = tsrt_model_cancel(handle)
        self.leave()
        check(error)

    def _to(self, device):
        cdef bytes name = encode(device, "device")
        cdef const char *text = name
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_to(handle, text)
        self.leave()
        check(error)

    def _train(self, training):
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        cdef cbool mode = training
        with nogil:
            error = tsrt_model_train(handle, mode)
        self.leave()
        check(error)

    def _reset(self):
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_reset(handle)
        self.leave()
        check(error)

    def _tune(self, method, examples, options):
        cdef list keep = []
        cdef bytes name = encode(method, "method"), encoded_options = encode(options, "options")
        cdef const char *c_name = name
        cdef const char *c_options = encoded_options
        cdef Value c_examples = to_value(examples, keep)
        cdef tsrt_model *handle = self.enter()
        cdef char *text = NULL
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_tune(handle, c_name, c_examples.handle, c_options, &text)
        self.leave()
        check(error)
        return take_json(text)

    def _get_attribute(self, name):
        cdef bytes encoded = encode(name, "the name of the attribute")
        cdef const char *text = encoded
        cdef Value value = Value.__new__(Value)
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_get_attribute(handle, text, &value.handle)
        self.leave()
        check(error)
        return from_value(value)

    def _set_attribute(self, name, x):
        cdef bytes encoded = encode(name, "the name of the attribute")
        cdef const char *text = encoded
        cdef list keep = []
        cdef Value value = to_value(x, keep)
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_set_attribute(handle, text, value.handle)
        self.leave()
        check(error)

    def __call__(self, *args, out=None, timeout=None, **kwargs):
        """The same as forward."""
        if timeout is not None:
            return self.share(timeout=timeout)(*args, out=out, **kwargs)
        if kwargs:
            return self._run("forward", args, kwargs, out)
        return self._forward(PySequence_Fast_ITEMS(args), len(args), out)

    def run(self, method, /, *args, **kwargs):
        """Runs any method by name; arguments, results and errors as in forward.

        A submodule's by its path: "encoder.forward". Raises NotFoundError when there is no such
        method (lists those there are).
        """
        return self._run(method, args, kwargs, None)

    cdef object _forward(self, PyObject *const *args, Py_ssize_t n, object out):
        cdef tsrt_tensor tensors[FEW]
        cdef Dims dims[FEW]
        cdef Py_ssize_t i
        cdef list keep = None
        cdef object x
        if self.n_outputs < 0 or self.n_outputs > FEW or n > FEW:
            return self._run("forward", as_tuple(args, n), {}, out)
        for i in range(n):
            x = <object>args[i]
            if cnp.PyArray_CheckExact(x) and not fill_from_array(&tensors[i], dims[i], x, False):
                continue
            if is_plain(x):
                return self._run("forward", as_tuple(args, n), {}, out)
            if keep is None:
                keep = []
            fill(&tensors[i], dims[i], x, keep)
        if out is not None:
            return self._forward_into(tensors, n, out)
        return self._forward_tensors(tensors, n)

    cdef object _forward_tensors(self, const tsrt_tensor *inputs, Py_ssize_t n):
        cdef tsrt_managed_tensor *outputs[FEW]
        cdef size_t n_outputs = 0, capacity = self.n_outputs
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_forward(handle, inputs, n, outputs, capacity, &n_outputs)
        self.leave()
        check(error)
        if self.one_output:
            return output_of(outputs[0])
        results = gather(outputs, n_outputs)
        return results if self.named_tuple is None else self.named_tuple._make(results)

    cdef object _forward_into(self, const tsrt_tensor *inputs, Py_ssize_t n, object out):
        cdef tsrt_tensor targets[FEW]
        cdef Dims dims[FEW]
        cdef tuple places = <tuple>out if isinstance(out, tuple) else (out,)
        cdef Py_ssize_t n_places = len(places), i
        cdef tsrt_model *handle
        cdef tsrt_error *error
        if n_places != self.n_outputs:
            raise errors.InvalidArgumentError(
                f"forward returns {self.n_outputs} arrays and out has {n_places}")
        for i in range(n_places):
            fill_output(&targets[i], dims[i], places[i])
        handle = self.enter()
        with nogil:
            error = tsrt_model_forward_into(handle, inputs, n, targets, n_places)
        self.leave()
        check(error)
        return out

    cdef object _run(self, object method, tuple args, dict kwargs, object out):
        cdef list keep = []
        cdef bytes name = encode(method, "method")
        cdef const char *c_name = name
        cdef Value c_args = to_value(args, keep)
        cdef Value c_kwargs = to_value(kwargs, keep)
        cdef Value result = Value.__new__(Value)
        cdef tsrt_model *handle = self.enter()
        cdef tsrt_error *error
        with nogil:
            error = tsrt_model_run(
                handle, c_name, c_args.handle, c_kwargs.handle, &result.handle)
        self.leave()
        check(error)
        answer = from_value(result)
        return answer if out is None else write_into(out, answer)


def torch_version():
    """The version of LibTorch in this process, such as "2.13.0"."""
    return tsrt_torch_version().decode()


def live_handles():
    """How many objects of the C library have not been freed: models, tensors, values, errors."""
    return tsrt_live_handles()


def devices():
    """The devices that this LibTorch can use now, as JSON text."""
    cdef char *text = NULL
    check(tsrt_devices(&text))
    return take_json(text)


include "_process.pxi"
include "_forward.pxi"
