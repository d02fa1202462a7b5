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
    # The most frequent first: each question costs as much as a small value.
    if cnp.PyArray_CheckExact(x):
        tensor_value(x, keep, value)
    elif type(x) is tuple or type(x) is list:
        sequence_value(x, keep, depth, value)
    elif isinstance(x, dict):
        dict_value(x, keep, depth, value)
    elif isinstance(x, str):
        string_value(x, value)
    elif x is None:
        check(tsrt_value_new_none(&value.handle))
    elif isinstance(x, bool):
        check(tsrt_value_new_bool(x, &value.handle))
    elif isinstance(x, int):
        int_value(x, value)
    elif isinstance(x, np.generic):
        tensor_value(x, keep, value)
    elif isinstance(x, float):
        check(tsrt_value_new_float(x, &value.handle))
    elif isinstance(x, complex):
        check(tsrt_value_new_complex(x.real, x.imag, &value.handle))
    elif isinstance(x, Object):
        return (<Object>x).value
    else:
        rare_value(x, keep, depth, value)
    return value


cdef int rare_value(object x, list keep, int depth, Value value) except -1:
    if isinstance(x, (enum.Enum, values.EnumMember)):
        string_value(x.name, value)
    elif isinstance(x, (list, tuple)):
        sequence_value(x, keep, depth, value)
    elif isinstance(x, values.QuantizedTensor):
        quantized_value(x, keep, value)
    elif isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
        dtype_value(np.dtype(x), value)
    else:
        tensor_value(x, keep, value)
    return 0


cdef int int_value(object x, Value value) except -1:
    cdef int64_t number
    try:
        number = x
    except OverflowError:
        raise errors.InvalidArgumentError(
            f"an int of {x.bit_length()} bits does not fit into 64: pass it as a float or a string"
        ) from None
    check(tsrt_value_new_int(number, &value.handle))
    return 0


cdef int string_value(object x, Value value) except -1:
    cdef bytes text = x.encode(errors="surrogatepass")  # what is no UTF-8, tsrt tells
    cdef const char *data = text
    check(tsrt_value_new_string(data, len(text), &value.handle))
    return 0


cdef int tensor_value(object x, list keep, Value value) except -1:
    cdef tsrt_tensor tensor
    cdef Dims dims
    fill(&tensor, dims, x, keep)
    check(tsrt_value_new_tensor(&tensor, &value.handle))
    return 0


cdef int quantized_value(object x, list keep, Value value) except -1:
    cdef tsrt_tensor integers, scales, zero_points
    cdef Dims dims[3]
    fill(&integers, dims[0], x.int_repr, keep)
    fill(&scales, dims[1], np.asarray(x.scale, np.float64), keep)
    fill(&zero_points, dims[2], np.asarray(x.zero_point, np.int64), keep)
    check(tsrt_value_new_quantized(
        &integers, &scales, &zero_points, -1 if x.axis is None else x.axis, &value.handle))
    return 0


cdef int dtype_value(object x, Value value) except -1:
    cdef tsrt_dtype dtype
    dtype_of(np.empty(0, x), &dtype)
    check(tsrt_value_new_dtype(dtype, &value.handle))
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


cdef object from_value(Value value):
    """The Python object for a value; tensors become arrays over the value's memory."""
    cdef int kind = tsrt_value_kind(value.handle)
    cdef tsrt_managed_tensor *tensor = NULL
    if kind == TSRT_KIND_TENSOR:
        check(tsrt_value_get_tensor(value.handle, &tensor))
        return output_of(tensor)
    if kind == TSRT_KIND_LIST:
        return items_of(value.handle)
    if kind == TSRT_KIND_TUPLE:
        return tuple_of(value.handle)
    if kind == TSRT_KIND_DICT:
        return entries_of(value.handle)
    if kind == TSRT_KIND_STRING or kind == TSRT_KIND_DEVICE:
        return text_of(value.handle)
    if kind <= TSRT_KIND_COMPLEX:
        return number_of(value.handle, kind)
    if kind == TSRT_KIND_ENUM:
        return values.EnumMember(
            type_of(value), attribute_of(value, "name"), attribute_of(value, "value"))
    return wrap_object(value)


cdef object number_of(const tsrt_value *value, int kind):
    """None is among the numbers."""
    cdef cbool b = False
    cdef int64_t i = 0
    cdef double f = 0, imaginary = 0
    if kind == TSRT_KIND_BOOL:
        check(tsrt_value_get_bool(value, &b))
        return b
    if kind == TSRT_KIND_INT:
        check(tsrt_value_get_int(value, &i))
        return i
    if kind == TSRT_KIND_FLOAT:
        check(tsrt_value_get_float(value, &f))
        return f
    if kind == TSRT_KIND_COMPLEX:
        check(tsrt_value_get_complex(value, &f, &imaginary))
        return complex(f, imaginary)
    return None


cdef str text_of(const tsrt_value *value):
    cdef const char *text = NULL
    cdef size_t size = 0
    check(tsrt_value_get_string(value, &text, &size))
    return text[:size].decode("utf-8", "surrogateescape")


cdef list items_of(const tsrt_value *value):
    cdef size_t n = 0, i
    cdef Value item
    check(tsrt_value_size(value, &n))
    items = []
    for i in range(n):
        item = Value.__new__(Value)
        check(tsrt_value_item(value, i, &item.handle))
        items.append(from_value(item))
    return items


cdef object tuple_of(const tsrt_value *value):
    """A plain tuple, or an instance of a collections.namedtuple with the model's field names."""
    cdef list items = items_of(value)
    cdef const char *name = NULL
    cdef Py_ssize_t i
    if items:
        check(tsrt_value_field(value, 0, &name))
    if name == NULL:
        return tuple(items)
    fields = []
    for i in range(len(items)):
        check(tsrt_value_field(value, i, &name))
        fields.append(name.decode())
    check(tsrt_value_type(value, &name))
    return values.named_tuple(name.decode(), fields)._make(items)


cdef dict entries_of(const tsrt_value *value):
    cdef size_t n = 0, i
    cdef Value key, item
    check(tsrt_value_size(value, &n))
    entries = {}
    for i in range(n):
        key = Value.__new__(Value)
        item = Value.__new__(Value)
        check(tsrt_value_entry(value, i, &key.handle, &item.handle))
        entries[hashable(from_value(key))] = from_value(item)
    return entries
