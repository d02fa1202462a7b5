# Files: what they are, whether they are whole, and what was saved with a model.

@cython.internal
@cython.final
cdef class Source:
    """A path or a buffer, as the C functions want it; holds on to what their pointers refer to."""

    cdef bytes encoded
    cdef const uint8_t[::1] view
    cdef const char *path   # NULL for a buffer
    cdef const void *data
    cdef size_t size

    def __cinit__(self, path, data):
        self.path = NULL
        self.data = NULL
        self.size = 0
        if path is not None:
            self.encoded = os.fsencode(path)
            if b"\0" in self.encoded:
                raise errors.InvalidArgumentError(f"the path {path!r} has a zero byte in it")
            self.path = self.encoded
        else:
            self.view = memoryview(data).cast("B")
            self.size = self.view.shape[0]
            self.data = &self.view[0] if self.size else NULL


cdef bytes take_bytes(char *data, size_t size):
    try:
        return data[:size]
    finally:
        tsrt_string_free(data)


def inspect(path, data):
    """What a file is and contains, as JSON text; one of the two arguments is None."""
    cdef Source source = Source(path, data)
    cdef char *text = NULL
    cdef tsrt_error *error
    with nogil:
        if source.path != NULL:
            error = tsrt_inspect(source.path, &text)
        else:
            error = tsrt_inspect_buffer(source.data, source.size, &text)
    check(error)
    return take_json(text)


def trusted_operators():
    """The operators that trust="restricted" lets through, as JSON text."""
    cdef char *text = NULL
    check(tsrt_trusted_operators(&text))
    return take_json(text)


def verify(path, data):
    """Checks an archive's records."""
    cdef Source source = Source(path, data)
    cdef tsrt_error *error
    with nogil:
        if source.path != NULL:
            error = tsrt_verify(source.path)
        else:
            error = tsrt_verify_buffer(source.data, source.size)
    check(error)


def extra_file(path, data, name):
    """The contents of one file that was saved with a model."""
    cdef Source source = Source(path, data)
    cdef bytes encoded = encode(name, "name")
    cdef const char *c_name = encoded
    cdef char *contents = NULL
    cdef size_t size = 0
    cdef tsrt_error *error
    with nogil:
        if source.path != NULL:
            error = tsrt_extra_file(source.path, c_name, &contents, &size)
        else:
            error = tsrt_extra_file_buffer(source.data, source.size, c_name, &contents, &size)
    check(error)
    return take_bytes(contents, size)
