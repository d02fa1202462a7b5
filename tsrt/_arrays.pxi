# Arrays to tsrt_tensor and back. Included by _core.pyx.

# What LibTorch has and NumPy has not, by the names that ml_dtypes gives them.
_EXTENSION_CODES = {
    "bfloat16": (TSRT_BFLOAT, 16),
    "float8_e4m3fn": (10, 8),
    "float8_e4m3fnuz": (11, 8),
    "float8_e5m2": (12, 8),
    "float8_e5m2fnuz": (13, 8),
    "float8_e8m0fnu": (14, 8),
}
_EXTENSION_NAMES = {code: name for name, code in _EXTENSION_CODES.items()}


# Shape and strides of one tensor. Copied, since another thread may reshape an array while the GIL
# is released; only the data stays where it is.
ctypedef int64_t[128] Dims

cdef extern from "numpy/arrayobject.h":
    object PyArray_NewFromDescr(
        PyTypeObject *subtype, cnp.PyArray_Descr *descr, int nd, cnp.npy_intp *dims,
        cnp.npy_intp *strides, void *data, int flags, PyObject *obj)
    PyTypeObject PyArray_Type


cdef inline int dtype_of(cnp.ndarray array, tsrt_dtype *dtype) except -1:
    cdef cnp.dtype descr = <cnp.dtype>cnp.PyArray_DESCR(array)
    cdef char kind = descr.kind
    dtype.bits = <uint8_t>min(8 * cnp.PyArray_ITEMSIZE(array), 255)
    dtype.lanes = 1
    if kind == c"f" and 16 <= dtype.bits <= 64:
        dtype.code = TSRT_FLOAT
    elif kind == c"i":
        dtype.code = TSRT_INT
    elif kind == c"u":
        dtype.code = TSRT_UINT
    elif kind == c"b":
        dtype.code = TSRT_BOOL
    elif kind == c"c" and dtype.bits <= 128:
        dtype.code = TSRT_COMPLEX
    elif descr.name in _EXTENSION_CODES:
        dtype.code, dtype.bits = _EXTENSION_CODES[descr.name]
    else:
        raise errors.InvalidArgumentError(
            f"an array of dtype {descr} cannot become a tensor: convert it to a numeric dtype "
            "first, for example with array.astype(numpy.float32)")
    return 0


cdef int fill_from_array(
        tsrt_tensor *tensor, int64_t *dims, cnp.ndarray array, bint writable) except -1:
    """Describes an array's own memory. Returns 1 if that cannot be: a copy is needed."""
    cdef int ndim = cnp.PyArray_NDIM(array)
    cdef cnp.npy_intp itemsize = cnp.PyArray_ITEMSIZE(array)
    cdef cnp.npy_intp step
    cdef int i
    dtype_of(array, &tensor.dtype)
    if not cnp.PyArray_ISBEHAVED_RO(array):
        return 1
    if writable and not cnp.PyArray_ISWRITEABLE(array):
        raise errors.InvalidArgumentError("out is read-only: give a writable array")
    tensor.data = cnp.PyArray_DATA(array)
    tensor.device.type = TSRT_CPU
    tensor.device.id = 0
    tensor.ndim = ndim
    tensor.shape = dims
    tensor.strides = NULL
    tensor.byte_offset = 0
    for i in range(ndim):
        dims[i] = cnp.PyArray_DIM(array, i)
    if cnp.PyArray_IS_C_CONTIGUOUS(array):
        return 0
    tensor.strides = dims + ndim
    for i in range(ndim):
        step = cnp.PyArray_STRIDE(array, i)
        if step < 0 or step % itemsize:
            return 1
        tensor.strides[i] = step // itemsize
    return 0


cdef int fill_from_dlpack(tsrt_tensor *tensor, object x, list keep) except -1:
    """Borrows what a DLPack producer exports. The capsule is not consumed: dropping it frees it."""
    cdef tsrt_tensor *source
    device = x.__dlpack_device__()
    if not isinstance(device, (tuple, list)) or len(device) != 2:
        raise errors.InvalidArgumentError(
            f"{type(x).__name__}.__dlpack_device__ gave a {type(device).__name__}: it has to give "
            "a pair of numbers, the device's type and its index")
    kind, _ = device
    # 1 is CUDA's legacy default stream, the one that LibTorch works on.
    options = {"stream": 1} if kind == TSRT_CUDA else {}
    try:
        capsule = x.__dlpack__(max_version=(1, 0), **options)
    except TypeError:
        capsule = x.__dlpack__(**options)
    if PyCapsule_IsValid(capsule, "dltensor_versioned"):
        source = &(<tsrt_managed_tensor *>PyCapsule_GetPointer(
            capsule, "dltensor_versioned")).tensor
    else:
        # The older struct begins with the tensor.
        source = <tsrt_tensor *>PyCapsule_GetPointer(capsule, "dltensor")
    keep.append(capsule)
    tensor[0] = source[0]
    return 0


cdef cnp.ndarray as_array(object x):
    """Anything that can be seen as an array, or an error that says what can."""
    if isinstance(x, (np.ndarray, np.generic)) or hasattr(x, "__array__"):
        return np.asarray(x)
    try:
        return np.asarray(memoryview(x))
    except TypeError:
        raise errors.InvalidArgumentError(
            f"a {type(x).__name__} cannot become a tensor: pass a NumPy array, or anything with "
            "__dlpack__ or the buffer protocol") from None


cdef int fill(tsrt_tensor *tensor, int64_t *dims, object x, list keep) except -1:
    """Describes any input as a tensor; what must live through the call goes into `keep`."""
    cdef cnp.ndarray array
    if type(x) is not np.ndarray:
        if isinstance(x, Tensor):
            tensor[0] = (<Tensor>x).get().tensor
            return 0
        if hasattr(x, "__dlpack__") and not isinstance(x, np.ndarray):
            return fill_from_dlpack(tensor, x, keep)
    array = as_array(x)
    keep.append(array)
    if fill_from_array(tensor, dims, array, False):
        # Negative strides, misaligned data, foreign byte order.
        array = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
        keep.append(array)
        fill_from_array(tensor, dims, array, False)
    return 0


cdef int fill_output(tsrt_tensor *tensor, int64_t *dims, object x) except -1:
    if not cnp.PyArray_Check(x):
        raise errors.InvalidArgumentError(
            f"out is a {type(x).__name__}: give a NumPy array, or a tuple of them")
    if fill_from_array(tensor, dims, x, True):
        raise errors.InvalidArgumentError(
            "out cannot be written in place (negative strides, misaligned data or foreign byte "
            "order): give a plain array")
    return 0


@cython.final
@cython.internal
@cython.freelist(64)
cdef class Owner:
    """Frees an output when the last array over it is gone."""

    cdef tsrt_managed_tensor *handle

    def __cinit__(self):
        self.handle = NULL

    def __dealloc__(self):
        tsrt_managed_tensor_free(self.handle)


cdef int type_number(tsrt_dtype dtype) noexcept nogil:
    """NumPy's number for an element type; -1 if NumPy itself does not have it."""
    cdef int code = dtype.code, bits = dtype.bits
    if code == TSRT_FLOAT:
        return (cnp.NPY_FLOAT32 if bits == 32 else cnp.NPY_FLOAT64 if bits == 64
                else cnp.NPY_FLOAT16 if bits == 16 else -1)
    if code == TSRT_INT:
        return (cnp.NPY_INT64 if bits == 64 else cnp.NPY_INT32 if bits == 32
                else cnp.NPY_INT16 if bits == 16 else cnp.NPY_INT8 if bits == 8 else -1)
    if code == TSRT_UINT:
        return (cnp.NPY_UINT8 if bits == 8 else cnp.NPY_UINT16 if bits == 16
                else cnp.NPY_UINT32 if bits == 32 else cnp.NPY_UINT64 if bits == 64 else -1)
    if code == TSRT_COMPLEX:
        return cnp.NPY_COMPLEX64 if bits == 64 else cnp.NPY_COMPLEX128 if bits == 128 else -1
    return cnp.NPY_BOOL if code == TSRT_BOOL and bits == 8 else -1


cdef cnp.dtype descr_of(tsrt_dtype dtype):
    """NumPy's dtype for an element type, with the help of ml_dtypes where NumPy has none."""
    cdef int number = type_number(dtype)
    if number >= 0:
        return cnp.PyArray_DescrFromType(number)
    name = _EXTENSION_NAMES.get((dtype.code, dtype.bits))
    if name is None:
        raise errors.UnsupportedError(
            f"an output has element type {dtype.code}/{dtype.bits}, which NumPy does not have: "
            "return x.float() from the model")
    try:
        import ml_dtypes
    except ImportError:
        raise errors.UnsupportedError(
            f"an output is {name}, which NumPy does not have: `pip install ml_dtypes`, or return "
            "x.float() from the model") from None
    return np.dtype(getattr(ml_dtypes, name))


cdef object array_over(tsrt_managed_tensor *handle):
    """An array over an output on the host, which it owns; also when this raises."""
    cdef Owner owner
    try:
        owner = Owner.__new__(Owner)
    except MemoryError:
        tsrt_managed_tensor_free(handle)
        raise
    owner.handle = handle
    cdef tsrt_tensor *tensor = &handle.tensor
    cdef cnp.dtype descr = descr_of(tensor.dtype)
    cdef object array
    cdef int itemsize = tensor.dtype.bits // 8
    cdef cnp.npy_intp strides[64]
    cdef int i
    for i in range(tensor.ndim):
        strides[i] = tensor.strides[i] * itemsize
    Py_INCREF(descr)  # the call below takes it
    array = PyArray_NewFromDescr(
        &PyArray_Type, <cnp.PyArray_Descr *>descr, tensor.ndim, <cnp.npy_intp *>tensor.shape,
        strides, tensor.data, 0 if handle.flags & TSRT_READ_ONLY else cnp.NPY_ARRAY_WRITEABLE, NULL)
    cnp.set_array_base(array, owner)
    return array


cdef object quantized_of(tsrt_managed_tensor *handle):
    """A QuantizedTensor over an output on the host, which it owns; also when this raises."""
    cdef tsrt_managed_tensor *scales = NULL
    cdef tsrt_managed_tensor *zero_points = NULL
    cdef int32_t axis = -1
    integers = array_over(handle)  # lives as long as the handle is needed
    check(tsrt_managed_tensor_quantization(handle, &scales, &zero_points, &axis))
    scale, zero_point = gather_two(scales, zero_points)
    if axis < 0:
        return values.QuantizedTensor(integers, float(scale), int(zero_point))
    return values.QuantizedTensor(integers, scale, zero_point, axis)


cdef tuple gather_two(tsrt_managed_tensor *first, tsrt_managed_tensor *second):
    cdef tsrt_managed_tensor *handles[2]
    handles[0] = first
    handles[1] = second
    return gather(handles, 2)


cdef object output_of(tsrt_managed_tensor *handle):
    """What the caller gets for an output: an array on the host, a Tensor elsewhere."""
    if handle.tensor.device.type != TSRT_CPU:
        return wrap_tensor(handle)
    return quantized_of(handle) if handle.flags & TSRT_QUANTIZED else array_over(handle)


cdef tuple gather(tsrt_managed_tensor **handles, size_t n):
    """The outputs as a tuple. Takes all the handles, also when it raises."""
    cdef size_t i = 0
    cdef list outputs
    try:
        outputs = []
        while i < n:
            i += 1  # the next call takes the handle in any case
            outputs.append(output_of(handles[i - 1]))
    finally:
        while i < n:
            tsrt_managed_tensor_free(handles[i])
            i += 1
    return tuple(outputs)


cdef tuple PLAIN = (bool, int, float, complex, str, list, tuple, dict, enum.Enum, type, np.dtype,
                    values.QuantizedTensor, Object)


cdef object hashable(object key):
    """A dict's key: tensors can be keys in TorchScript, and arrays cannot in Python."""
    if not isinstance(key, np.ndarray):
        return key
    if key.size != 1:
        raise errors.UnsupportedError(
            f"a dict has a key that is {describe_array(key)}, and only tensors of one element "
            "become keys in Python: return a list of pairs from the model")
    return key.item()


cdef bint is_plain(object x):
    """Is it a Python value that no array can be made of, or that a method may want as it is?"""
    if isinstance(x, np.generic):
        return False
    return x is None or isinstance(x, PLAIN)


def write_into(out, result):
    """Copies results into the caller's arrays, with the checks that forward's own way makes."""
    places = out if isinstance(out, tuple) else (out,)
    results = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    if len(places) != len(results):
        raise errors.InvalidArgumentError(
            f"forward returned {len(results)} results and out has {len(places)}")
    for place, value in zip(places, results):
        if not (isinstance(place, np.ndarray) and isinstance(value, np.ndarray)
                and place.shape == value.shape and place.dtype == value.dtype):
            raise errors.InvalidArgumentError(
                f"out does not fit: the result is {describe_array(value)} and out has "
                f"{describe_array(place)}")
        np.copyto(place, value)
    return out


def describe_array(x):
    return f"{x.dtype}{list(x.shape)}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"
