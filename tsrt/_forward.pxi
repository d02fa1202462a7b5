# Model.forward as a method of its own making. Included by _core.pyx.

cdef extern from "Python.h":
    ctypedef struct PyMethodDef:
        const char *ml_name
        PyCFunction ml_meth
        int ml_flags
        const char *ml_doc
    int METH_FASTCALL, METH_KEYWORDS
    object PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *method)
    void PyType_Modified(PyTypeObject *type)


# `forward` takes its arguments as the interpreter has them, without a tuple and a dict for each
# call, which Cython's own methods cannot: that is a tenth of a microsecond.
cdef bytes FORWARD_DOC = b"""forward($self, /, *args, out=None, timeout=None, **kwargs)
--

Runs the model.

args, kwargs: what its forward takes. Arrays are used where they lie, without a copy:
    NumPy arrays, anything with __dlpack__ or the buffer protocol, tsrt.Tensor. Any shape,
    any strides, all dtypes that LibTorch has. Also numbers, strings, None, and lists,
    tuples and dicts of all these, converted by forward's signature. The model never
    changes your arrays and never keeps their memory.
out: an array, or a tuple of them, that the results are written into. Shape and dtype have
    to match exactly. The same object is returned.

timeout: how many seconds the call may take; None is the model's own. It is stopped between
    two operators, or while it waits for the model. State that the model had changed by then
    stays changed. (A forward with arguments of its own called `out` or `timeout` takes
    them by position.)

Returns what forward returns, with NumPy arrays for tensors (tsrt.Tensor for a model on a
device that was given device tensors). Arrays own their memory and outlive the model.

Raises ModelError for what the model itself raises, InvalidArgumentError (a ValueError and
a TypeError) for arguments that do not fit, TimedOutError (a TimeoutError), CancelledError,
UnsupportedError, DeviceError, OutOfMemoryError. The model stays usable.
"""
cdef PyMethodDef FORWARD = PyMethodDef(
    "forward", <PyCFunction><void *>forward, METH_FASTCALL | METH_KEYWORDS, FORWARD_DOC)


cdef object forward(Model self, PyObject *const *args, Py_ssize_t n, PyObject *names):
    if names == NULL:
        return self._forward(args, n, None)
    if len(<tuple>names) == 1 and (<tuple>names)[0] == "out":
        return self._forward(args, n, <object>args[n])
    kwargs = {name: <object>args[n + i] for i, name in enumerate(<tuple>names)}
    out = kwargs.pop("out", None)
    timeout = kwargs.pop("timeout", None)
    if timeout is not None:
        self = self.share(timeout=timeout)
    if kwargs:
        return self._run("forward", as_tuple(args, n), kwargs, out)
    return self._forward(args, n, out)


(<dict>(<PyTypeObject *>Model).tp_dict)["forward"] = PyDescr_NewMethod(
    <PyTypeObject *>Model, &FORWARD)
PyType_Modified(<PyTypeObject *>Model)
