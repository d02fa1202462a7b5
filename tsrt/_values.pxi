# Python objects to tsrt_value and back. Included by _core.pyx.

# A list that contains itself would never end; the library has the same bound.
cdef int MAX_DEPTH = 64


@cython.final
@cython.internal
cdef class Value:
    """Frees a tsrt_value."""

    cdef tsrt_value *handle

    def __cinit__(self):
        self.handle = NULL

    def __dealloc__(self):
        tsrt_value_free(self.handle)


cdef Value to_value(object x, list keep, int depth=0):
    """The value for a Python object. Arrays are borrowed: `keep` holds them through the call."""
    cdef Value value = Value.__new__(Value)
    if depth > MAX_DEPTH:
        raise errors.InvalidArgumentError(f"values nest deeper than {MAX_DEPTH} levels")
    if x is None:
        check(tsrt_value_new_none(&value.handle))
    elif isinstance(x, bool):
        check(tsrt_value_new_bool(x, &value.handle))
    elif isinstance(x, int):
        int_value(x, value)
    elif isinstance(x, float) and not isinstance(x, np.generic):
        check(tsrt_value_new_float(x, &value.handle))
    elif isinstance(x, str):
        string_value(x, value)
    elif isinstance(x, (list, tuple)):
        sequence_value(x, keep, depth, value)
    elif isinstance(x, dict):
        dict_value(x, keep, depth, value)
    else:
        tensor_value(x, keep, value)
    return value


cdef int int_value(object x, Value value) except -1:
    cdef int64_t number
    try:
        number = x
    except OverflowError:
        raise errors.InvalidArgumentError(
            f"the int {x} does not fit into 64 bits: pass it as a float or a string") from None
    check(tsrt_value_new_int(number, &value.handle))
    return 0


cdef int string_value(object x, Value value) except -1:
    cdef bytes text = x.encode()
    cdef const char *data = text
    check(tsrt_value_new_string(data, len(text), &value.handle))
    return 0


cdef int tensor_value(object x, list keep, Value value) except -1:
    cdef tsrt_tensor tensor
    cdef Dims dims
    fill(&tensor, dims, x, keep)
    check(tsrt_value_new_tensor(&tensor, &value.handle))
    return 0


cdef int sequence_value(object x, list keep, int depth, Value value) except -1:
    items = [to_value(item, keep, depth + 1) for item in x]
    cdef Handles handles = Handles(items)
    if isinstance(x, list):
        check(tsrt_value_new_list(handles.data, len(items), &value.handle))
    else:
        check(tsrt_value_new_tuple(handles.data, len(items), &value.handle))
    return 0


cdef int dict_value(dict x, list keep, int depth, Value value) except -1:
    entries = list(x.items())
    cdef list keys = [to_value(key, keep, depth + 1) for key, _ in entries]
    cdef list items = [to_value(item, keep, depth + 1) for _, item in entries]
    cdef Handles key_handles = Handles(keys)
    cdef Handles item_handles = Handles(items)
    check(tsrt_value_new_dict(
        key_handles.data, item_handles.data, len(entries), &value.handle))
    return 0


@cython.final
@cython.internal
cdef class Handles:
    """The handles of a list of Values, in a row for C."""

    cdef const tsrt_value **data
    cdef list values

    def __cinit__(self, list values):
        cdef Py_ssize_t i
        self.values = values
        self.data = <const tsrt_value **>malloc((len(values) + 1) * sizeof(tsrt_value *))
        if self.data == NULL:
            raise MemoryError()
        for i in range(len(values)):
            self.data[i] = (<Value>values[i]).handle

    def __dealloc__(self):
        free(self.data)


cdef object from_value(const tsrt_value *value):
    """The Python object for a value; tensors become arrays over the value's memory."""
    cdef int kind = tsrt_value_kind(value)
    cdef cbool b = False
    cdef int64_t i = 0
    cdef double f = 0
    cdef const char *text = NULL
    cdef size_t size = 0
    cdef tsrt_managed_tensor *tensor = NULL
    if kind == TSRT_KIND_NONE:
        return None
    if kind == TSRT_KIND_TENSOR:
        check(tsrt_value_get_tensor(value, &tensor))
        return output_of(tensor)
    if kind == TSRT_KIND_BOOL:
        check(tsrt_value_get_bool(value, &b))
        return b
    if kind == TSRT_KIND_INT:
        check(tsrt_value_get_int(value, &i))
        return i
    if kind == TSRT_KIND_FLOAT:
        check(tsrt_value_get_float(value, &f))
        return f
    if kind == TSRT_KIND_STRING:
        check(tsrt_value_get_string(value, &text, &size))
        return text[:size].decode("utf-8", "surrogateescape")
    if kind == TSRT_KIND_LIST:
        return items_of(value)
    if kind == TSRT_KIND_TUPLE:
        return tuple(items_of(value))
    if kind == TSRT_KIND_DICT:
        return entries_of(value)
    raise errors.UnsupportedError(
        "the result holds a value of a kind that has no Python form yet: return tensors, numbers, "
        "strings, lists, tuples or dicts from the model")


cdef list items_of(const tsrt_value *value):
    cdef size_t n = 0, i
    cdef Value item
    check(tsrt_value_size(value, &n))
    items = []
    for i in range(n):
        item = Value.__new__(Value)
        check(tsrt_value_item(value, i, &item.handle))
        items.append(from_value(item.handle))
    return items


cdef dict entries_of(const tsrt_value *value):
    cdef size_t n = 0, i
    cdef Value key, item
    check(tsrt_value_size(value, &n))
    entries = {}
    for i in range(n):
        key = Value.__new__(Value)
        item = Value.__new__(Value)
        check(tsrt_value_entry(value, i, &key.handle, &item.handle))
        entries[from_value(key.handle)] = from_value(item.handle)
    return entries
