# What belongs to the whole process. Included by _core.pyx.

cdef object _on_print = None


cdef void bring_to_python(const char *text, size_t size, void *unused) noexcept with gil:
    """LibTorch's thread, whichever it is, with what a model printed."""
    # Read here and not handed through C, so that a callback that is replaced now lives long enough.
    callback = _on_print
    if callback is None:
        return
    try:
        callback(text[:size].decode("utf-8", "replace"))
    except BaseException as error:
        report_unraisable(error, callback)


cdef void report_unraisable(object error, object callback) noexcept:
    """sys.unraisablehook, since there is no caller in Python to raise it in."""
    PyErr_SetObject(type(error), error)
    PyErr_WriteUnraisable(callback)


def set_print_callback(callback):
    """Models print by this function from now on; None is the standard error output."""
    global _on_print
    cdef print_handler handler = NULL
    cdef tsrt_error *error
    if callback is not None:
        _on_print = callback
        handler = bring_to_python
    # Without the GIL: this waits for the threads that are in the former callback.
    with nogil:
        error = tsrt_set_print_handler(handler, NULL)
    check(error)
    if callback is None:
        _on_print = None


def manual_seed(number):
    """Seeds LibTorch's generators."""
    cdef uint64_t seed = number & 0xffffffffffffffff
    cdef tsrt_error *error
    with nogil:
        error = tsrt_manual_seed(seed)
    check(error)


def quantized_engine():
    """The quantized engines, as JSON text."""
    cdef char *text = NULL
    check(tsrt_quantized_engine(&text))
    return take_json(text)


def set_quantized_engine(name):
    """Chooses the quantized engine."""
    cdef bytes text = encode(name, "the quantized engine")
    check(tsrt_set_quantized_engine(text))


def memory():
    """What is in memory, as JSON text."""
    cdef char *text = NULL
    cdef tsrt_error *error
    with nogil:
        error = tsrt_memory(&text)
    check(error)
    return take_json(text)


def trim_memory():
    """Gives unused memory back to the system."""
    cdef tsrt_error *error
    with nogil:
        error = tsrt_trim_memory()
    check(error)


def load_library(path):
    """Loads a library of operators."""
    cdef bytes encoded = os.fsencode(path)
    cdef const char *text = encoded
    cdef tsrt_error *error
    if b"\0" in encoded:
        raise errors.InvalidArgumentError(f"the path {path!r} has a zero byte in it")
    with nogil:
        error = tsrt_load_library(text)
    check(error)
