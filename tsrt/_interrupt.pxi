# Ctrl-C and other signals while a model runs. Included by _core.pyx.

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1
    unsigned long PyThread_get_thread_ident() nogil

# Python runs handlers of signals on its main thread alone, and not while that thread is in a model.
cdef unsigned long main_thread = threading.main_thread().ident

# What a handler raised, on its way through the library.
cdef object raised_by_signal = None


cdef cbool has_signal(void *unused) noexcept nogil:
    return PyThread_get_thread_ident() == main_thread and run_signal_handlers()


cdef bint run_signal_handlers() noexcept with gil:
    global raised_by_signal
    try:
        PyErr_CheckSignals()
    except BaseException as error:
        raised_by_signal = error
        return True
    return False


cdef int raise_interrupt() except -1:
    """Raises what a handler of a signal raised while this thread was in the library."""
    global raised_by_signal
    if raised_by_signal is None or PyThread_get_thread_ident() != main_thread:
        return 0
    error, raised_by_signal = raised_by_signal, None
    raise error


def _after_fork():
    global main_thread
    main_thread = PyThread_get_thread_ident()


os.register_at_fork(after_in_child=_after_fork)
tsrt_set_interrupt_check(has_signal, NULL)
