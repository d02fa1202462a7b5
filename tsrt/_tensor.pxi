# Tensors that are not in host memory. Included by _core.pyx.

_DEVICE_NAMES = {1: "cpu", 2: "cuda", 3: "cpu", 8: "mps", 10: "cuda", 11: "cpu", 14: "xpu"}
_DTYPE_LETTERS = {TSRT_INT: "int", TSRT_UINT: "uint", TSRT_FLOAT: "float",
                  TSRT_COMPLEX: "complex"}


cdef void drop_capsule(object capsule) noexcept:
    # A consumer renames the capsule and frees what is in it itself.
    if PyCapsule_IsValid(capsule, "dltensor_versioned"):
        tsrt_managed_tensor_free(
            <tsrt_managed_tensor *>PyCapsule_GetPointer(capsule, "dltensor_versioned"))


@cython.final
cdef class Tensor:
    """A tensor in LibTorch's memory, on any device.

    Models on a device return these when they were given one; on the host they return arrays.
    Exchanged without a copy through DLPack (`torch.from_dlpack`, `cupy.from_dlpack`, ...).

    Tensor(array, device="cpu") copies a host array, or anything that a model takes, to a device.
    Raises DeviceError when the device is absent, InvalidArgumentError when `array` is no array.
    """

    cdef tsrt_managed_tensor *handle

    def __cinit__(self):
        self.handle = NULL

    def __init__(self, array, device="cpu"):
        cdef tsrt_tensor tensor
        cdef Dims dims
        cdef list keep = []
        if self.handle != NULL:
            raise errors.InvalidArgumentError("the tensor exists already: make another")
        fill(&tensor, dims, array, keep)
        self.handle = copy_to(&tensor, device)

    def __dealloc__(self):
        tsrt_managed_tensor_free(self.handle)

    cdef tsrt_managed_tensor *get(self) except NULL:
        if self.handle == NULL:
            raise errors.InvalidArgumentError("the tensor is empty: make it with Tensor(array)")
        return self.handle

    @property
    def shape(self):
        """The sizes, as a tuple of ints."""
        cdef tsrt_tensor *tensor = &self.get().tensor
        return tuple([tensor.shape[i] for i in range(tensor.ndim)])

    @property
    def dtype(self):
        """The element type by NumPy's name, such as "float32"; "bfloat16" for what it lacks."""
        cdef tsrt_dtype dtype = self.get().tensor.dtype
        if dtype.code == TSRT_BOOL:
            return "bool"
        return _EXTENSION_NAMES.get((dtype.code, dtype.bits)) or (
            f"{_DTYPE_LETTERS[dtype.code]}{dtype.bits}")

    @property
    def device(self):
        """Where it lies, such as "cuda:0"."""
        cdef tsrt_device device = self.get().tensor.device
        name = _DEVICE_NAMES.get(device.type, f"device{device.type}")
        return name if name == "cpu" else f"{name}:{device.id}"

    def numpy(self):
        """Its numbers as a NumPy array: over the same memory on the host, else a copy."""
        cdef tsrt_managed_tensor *shared = NULL
        if self.get().tensor.device.type != TSRT_CPU:
            return array_over(copy_to(&self.handle.tensor, "cpu"))
        check(tsrt_managed_tensor_share(self.handle, &shared))
        return array_over(shared)

    def to(self, device):
        """A copy on a device, such as "cuda:1". Raises DeviceError when it is absent."""
        return wrap_tensor(copy_to(&self.get().tensor, device))

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        """Exports the memory by DLPack 1.x. It is complete on every stream already."""
        cdef tsrt_managed_tensor *shared = NULL
        if max_version is None or tuple(max_version) < (1,):
            raise BufferError("tsrt exports DLPack 1.x only: call __dlpack__(max_version=(1, 0))")
        if copy or (dl_device is not None and tuple(dl_device) != self.__dlpack_device__()):
            raise BufferError("tsrt exports without a copy only: use Tensor.to(device) first")
        check(tsrt_managed_tensor_share(self.get(), &shared))
        try:
            return PyCapsule_New(shared, "dltensor_versioned", <PyCapsule_Destructor>drop_capsule)
        except MemoryError:
            tsrt_managed_tensor_free(shared)
            raise

    def __dlpack_device__(self):
        """DLPack's (device type, device number)."""
        cdef tsrt_device device = self.get().tensor.device
        return device.type, device.id

    def __repr__(self):
        return f"<tsrt.Tensor {self.dtype}{list(self.shape)} on {self.device}>"


cdef Tensor wrap_tensor(tsrt_managed_tensor *handle):
    """A Tensor that owns the handle; also when this raises."""
    cdef Tensor tensor
    try:
        tensor = Tensor.__new__(Tensor)
    except MemoryError:
        tsrt_managed_tensor_free(handle)
        raise
    tensor.handle = handle
    return tensor


cdef tsrt_managed_tensor *copy_to(const tsrt_tensor *source, object device) except NULL:
    cdef tsrt_managed_tensor *copied = NULL
    cdef tsrt_error *error
    cdef bytes name = encode(device, "device")
    cdef const char *text = name
    with nogil:
        error = tsrt_tensor_copy(source, text, &copied)
    check(error)
    return copied
