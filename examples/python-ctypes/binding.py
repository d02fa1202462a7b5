"""A binding for Python without a compiled module and without NumPy: array.array in and out.

Everything that it calls is in tsrt.ffi, which knows the C interface.
"""

import ctypes
import math

from tsrt import Error, ffi

_tsrt = ffi.load()
_CODES = {
    "f": ffi.TSRT_FLOAT32,
    "d": ffi.TSRT_FLOAT64,
    "b": ffi.TSRT_INT8,
    "h": ffi.TSRT_INT16,
    "i": ffi.TSRT_INT32,
    "q": ffi.TSRT_INT64,
    "l": ffi.TSRT_INT64,
    "B": ffi.TSRT_UINT8,
    "?": ffi.TSRT_BOOL8,
}
_FORMATS = {(d.code, d.bits): letter for letter, d in _CODES.items() if letter != "l"}


def live_handles():
    return _tsrt.tsrt_live_handles()


class TensorView:
    """A tensor over memory that has Python's buffer protocol, which it keeps.

    memory: contiguous and writable, such as array.array, bytearray, or a ctypes array.
    shape: in elements; one dimension if it is left out.
    """

    def __init__(self, memory, shape=None):
        flat = memoryview(memory)
        if flat.format not in _CODES:
            raise TypeError(f"a tensor cannot have elements of format {flat.format!r}")
        count = flat.nbytes // flat.itemsize
        shape = tuple(shape) if shape is not None else (count,)
        if math.prod(shape) != count:
            raise ValueError(f"shape {shape} does not fit {count} elements")
        # What ctypes makes of a buffer pins it: nothing can resize an array.array meanwhile.
        self._pin = (ctypes.c_char * flat.nbytes).from_buffer(flat.cast("B"))
        self._sizes = (ctypes.c_int64 * len(shape))(*shape)
        self.tensor = ffi.Tensor(
            data=ctypes.addressof(self._pin),
            device=ffi.Device(ffi.TSRT_CPU, 0),
            ndim=len(shape),
            dtype=_CODES[flat.format],
            shape=self._sizes,
        )


class Tensor:
    """A tensor that a model made; its memory is freed with it."""

    def __init__(self, handle):
        self._handle = handle
        self._tensor = handle.contents.tensor

    def __del__(self, free=_tsrt.tsrt_managed_tensor_free):
        free(self._handle)

    @property
    def shape(self):
        return tuple(self._tensor.shape[: self._tensor.ndim])

    def values(self):
        """A flat memoryview over the tensor's memory, row by row, which keeps the tensor.

        What does not lie row by row is copied.
        """
        if not self._is_row_major():
            copy = ffi.ManagedTensorP()
            _tsrt.tsrt_tensor_copy(self._tensor, b"cpu", copy)
            return Tensor(copy).values()
        dtype = self._tensor.dtype
        letter = _FORMATS.get((dtype.code, dtype.bits))
        if letter is None:
            raise TypeError("Python's arrays have no elements of this tensor's type")
        size = math.prod(self.shape) * dtype.bits // 8
        if size == 0:
            return memoryview(b"").cast(letter)
        memory = (ctypes.c_char * size).from_address(self._tensor.data + self._tensor.byte_offset)
        memory.owner = self
        return memoryview(memory).cast("B").cast(letter)

    def _is_row_major(self):
        if not self._tensor.strides:
            return True
        step = 1
        for i in reversed(range(len(self.shape))):
            if self.shape[i] != 1 and self._tensor.strides[i] != step:
                return False
            step *= self.shape[i]
        return True


class Model:
    """A model; `with` frees it, or the garbage collector does."""

    def __init__(self, path, options=None):
        self._handle = ffi.ModelP()
        _tsrt.tsrt_model_load(_text(path), _text(options), self._handle)

    def close(self, free=_tsrt.tsrt_model_free):
        """Frees the model; calls of other threads that are inside end as they would have."""
        handle, self._handle = self._handle, None
        free(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def forward(self, *inputs, capacity=8):
        """The outputs, Tensors, for inputs that are TensorViews."""
        outputs, n = (ffi.ManagedTensorP * capacity)(), ctypes.c_size_t()
        _tsrt.tsrt_model_forward(self._open(), _tensors(inputs), len(inputs), outputs, capacity, n)
        return [Tensor(outputs[i]) for i in range(n.value)]

    def forward_into(self, inputs, outputs):
        """Writes the results into the memory of TensorViews."""
        _tsrt.tsrt_model_forward_into(
            self._open(), _tensors(inputs), len(inputs), _tensors(outputs), len(outputs)
        )

    def run(self, method, *args, **kwargs):
        """Any method, on None, bool, int, float, str, lists, tuples, dicts, arrays, TensorViews."""
        values = _Values()
        try:
            result = ffi.ValueP()
            _tsrt.tsrt_model_run(
                self._open(), _text(method), values.make(args), values.make(kwargs), result
            )
            return values.read(values.keep(result))
        finally:
            values.free()

    def _open(self):
        handle = self._handle
        if not handle:
            raise ValueError("the model is closed")
        return handle


def _tensors(views):
    if len(views) == 1:
        return views[0].tensor
    return (ffi.Tensor * len(views))(*[view.tensor for view in views])


def _text(text):
    if text is None:
        return None
    if "\0" in text:
        raise ValueError(f"there is a zero byte in {text!r}")
    return text.encode()


class _Values:
    """The tsrt_values of one call, which are freed together."""

    def __init__(self):
        self._made = []
        self._views = []

    def free(self):
        for value in self._made:
            _tsrt.tsrt_value_free(value)

    def keep(self, value):
        self._made.append(value)
        return value

    def make(self, x):
        made = ffi.ValueP()
        if x is None:
            _tsrt.tsrt_value_new_none(made)
        elif isinstance(x, bool):
            _tsrt.tsrt_value_new_bool(x, made)
        elif isinstance(x, int):
            _tsrt.tsrt_value_new_int(x, made)
        elif isinstance(x, float):
            _tsrt.tsrt_value_new_float(x, made)
        elif isinstance(x, str):
            characters = x.encode()
            _tsrt.tsrt_value_new_string(characters, len(characters), made)
        elif isinstance(x, (list, tuple)):
            new = _tsrt.tsrt_value_new_list if isinstance(x, list) else _tsrt.tsrt_value_new_tuple
            new(self._array(x), len(x), made)
        elif isinstance(x, dict):
            keys, items = self._array(x.keys()), self._array(x.values())
            _tsrt.tsrt_value_new_dict(keys, items, len(x), made)
        else:
            view = x if isinstance(x, TensorView) else TensorView(x)
            self._views.append(view)
            _tsrt.tsrt_value_new_tensor(view.tensor, made)
        return self.keep(made)

    def _array(self, items):
        values = [self.make(item) for item in items]
        return (ffi.ValueP * len(values))(*values)

    def read(self, value):
        kind = _tsrt.tsrt_value_kind(value)
        if kind == ffi.TSRT_KIND_NONE:
            return None
        if kind in _SCALARS:
            getter, ctype = _SCALARS[kind]
            number = ctype()
            getter(value, number)
            return number.value
        if kind == ffi.TSRT_KIND_STRING:
            characters, size = ctypes.c_char_p(), ctypes.c_size_t()
            _tsrt.tsrt_value_get_string(value, characters, size)
            return ctypes.string_at(characters, size.value).decode("utf-8", "replace")
        if kind == ffi.TSRT_KIND_TENSOR:
            tensor = ffi.ManagedTensorP()
            _tsrt.tsrt_value_get_tensor(value, tensor)
            return Tensor(tensor)
        if kind in (ffi.TSRT_KIND_LIST, ffi.TSRT_KIND_TUPLE):
            items = [self._item(value, i) for i in range(self._size(value))]
            return items if kind == ffi.TSRT_KIND_LIST else tuple(items)
        if kind == ffi.TSRT_KIND_DICT:
            return dict(self._entry(value, i) for i in range(self._size(value)))
        raise Error(f"this binding does not know values of kind {kind}")

    def _size(self, value):
        size = ctypes.c_size_t()
        _tsrt.tsrt_value_size(value, size)
        return size.value

    def _item(self, value, index):
        item = ffi.ValueP()
        _tsrt.tsrt_value_item(value, index, item)
        return self.read(self.keep(item))

    def _entry(self, value, index):
        key, item = ffi.ValueP(), ffi.ValueP()
        _tsrt.tsrt_value_entry(value, index, key, item)
        return self.read(self.keep(key)), self.read(self.keep(item))


_SCALARS = {
    ffi.TSRT_KIND_BOOL: (_tsrt.tsrt_value_get_bool, ctypes.c_bool),
    ffi.TSRT_KIND_INT: (_tsrt.tsrt_value_get_int, ctypes.c_int64),
    ffi.TSRT_KIND_FLOAT: (_tsrt.tsrt_value_get_float, ctypes.c_double),
}
