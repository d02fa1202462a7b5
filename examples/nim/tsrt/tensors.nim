## Views, over the program's own memory, and tensors, which own what a model returned.

import std/complex
import capi, errors

const maxDims* = 16

type
  Element* = SomeNumber | bool | Complex32 | Complex64 ## what a Nim array can have of a tensor's

  View* {.byref.} = object
    ## A tensor in somebody else's memory, which must outlive it. It is a plain value, without
    ## anything on the heap: copy it, and give it to other threads.
    tensor: CTensor # whose shape and strides are filled in by `toC`
    strided: bool
    shape, strides: array[maxDims, int64]

  MutableView* = object ## one that a call may write to
    view: View

  Tensor* = object
    ## A tensor with memory of its own, as a model returns it. The memory is freed with the last
    ## copy: a copy is another handle to it. (tsrt counts them, with atomic counters, so copies may
    ## go to other threads.)
    handle: TensorPtr

  Values*[T] = object
    ## A tensor's elements, row by row, which keep the tensor.
    owner: Tensor
    data: ptr UncheckedArray[T]
    len: int

proc `=destroy`(tensor: var Tensor) {.inline, raises: [].} =
  if tensor.handle != nil:
    tsrt_managed_tensor_free(tensor.handle)
    tensor.handle = nil

proc `=copy`(to: var Tensor, tensor: Tensor) =
  if to.handle == tensor.handle: return
  var shared: TensorPtr
  if tensor.handle != nil: check tsrt_managed_tensor_share(tensor.handle, addr shared)
  `=destroy`(to)
  to.handle = shared

# ---- element types ------------------------------------------------------------------------------

func dtypeOf*(T: typedesc[Element]): DType {.inline.} =
  let code =
    when T is SomeFloat: floatCode
    elif T is SomeSignedInt: intCode
    elif T is SomeUnsignedInt: uintCode
    elif T is bool: boolCode
    else: complexCode
  DType(code: code, bits: uint8(sizeof(T) * 8), lanes: 1)

func `==`*(a, b: DType): bool {.inline.} =
  a.code == b.code and a.bits == b.bits and a.lanes == b.lanes

func `$`*(dtype: DType): string =
  let name = case dtype.code
    of intCode: "int"
    of uintCode: "uint"
    of floatCode: "float"
    of complexCode: "complex"
    of boolCode: return "bool"
    else: "type " & $dtype.code & " of bits "
  name & $dtype.bits

# ---- views --------------------------------------------------------------------------------------

func describe(data: pointer, count: int, dtype: DType, shape: openArray[int]): View =
  if shape.len > maxDims:
    refuse("a view has at most " & $maxDims & " dimensions")
  var product = 1
  for i, size in shape:
    if size < 0: refuse("a size is negative: " & $size)
    product *= size
    result.shape[i] = size
  if product != count:
    refuse("the shape " & $shape & " does not fit " & $count & " elements")
  result.tensor = CTensor(data: data, device: cpu, ndim: int32(shape.len), dtype: dtype)

func start[T](data: openArray[T]): pointer =
  if data.len > 0: unsafeAddr data[0] else: nil

func view*[T: Element](data: openArray[T], shape: varargs[int]): View =
  ## Any seq, array or part of one (`toOpenArray`) as an input, without a copy. Without sizes it has
  ## no dimension, and one element.
  describe(start(data), data.len, dtypeOf(T), shape)

func mutableView*[T: Element](data: var openArray[T], shape: varargs[int]): MutableView =
  MutableView(view: describe(start(data), data.len, dtypeOf(T), shape))

func view*(v: MutableView): View = v.view

func toC*(v: View): CTensor {.inline.} =
  ## Borrows from `v`.
  result = v.tensor
  result.shape = cast[Sizes](unsafeAddr v.shape)
  if v.strided: result.strides = cast[Sizes](unsafeAddr v.strides)

# ---- tensors ------------------------------------------------------------------------------------

func adopt*(handle: TensorPtr): Tensor {.inline.} =
  ## Takes the handle over.
  Tensor(handle: handle)

func get*(tensor: Tensor): ptr CTensor {.inline.} =
  if tensor.handle == nil: refuse("there is no tensor in this variable")
  addr tensor.handle.tensor

{.push inline, overflowChecks: off.} # tsrt's tensors have fewer than 2^63 elements

func count(t: ptr CTensor): int =
  result = 1
  for i in 0 ..< int(t.ndim): result *= int(t.shape[i])

func isRowMajor(t: ptr CTensor): bool =
  if t.strides == nil: return true
  var step = 1'i64
  for i in countdown(int(t.ndim) - 1, 0):
    if t.shape[i] != 1 and t.strides[i] != step: return false
    step *= t.shape[i]
  true

{.pop.}

func len*(tensor: Tensor): int = tensor.get.count ## how many elements there are
func ndim*(tensor: Tensor): int = int(tensor.get.ndim)
func dtype*(tensor: Tensor): DType = tensor.get.dtype
func device*(tensor: Tensor): Device = tensor.get.device
func isRowMajor*(tensor: Tensor): bool = tensor.get.isRowMajor
func isQuantized*(tensor: Tensor): bool =
  ## The elements then are integers that stand for other numbers.
  tensor.get != nil and (tensor.handle.flags shr 63) != 0

func shape*(tensor: Tensor): seq[int] =
  let t = tensor.get
  for i in 0 ..< int(t.ndim): result.add int(t.shape[i])

proc copy*(tensor: Tensor, device = "cpu"): Tensor =
  ## A row-major copy, on "cpu" or a device such as "cuda:1".
  check tsrt_tensor_copy(tensor.get, cText(device), addr result.handle)

proc view*(tensor: Tensor): View =
  ## To give it to a method. The tensor must outlive it.
  let t = tensor.get
  if t.ndim > maxDims:
    refuse("a view has at most " & $maxDims & " dimensions")
  result.tensor = t[]
  result.strided = t.strides != nil
  for i in 0 ..< int(t.ndim):
    result.shape[i] = t.shape[i]
    if result.strided: result.strides[i] = t.strides[i]

# ---- elements -----------------------------------------------------------------------------------

func data*[T](values: Values[T]): ptr UncheckedArray[T] {.inline.} = values.data
func len*[T](values: Values[T]): int {.inline.} = values.len

proc refuseType(dtype: DType, wanted: string) {.noinline, noreturn.} =
  refuse("the tensor's elements are " & $dtype & ", not " & wanted)

proc values*[T: Element](tensor: sink Tensor, element: typedesc[T]): Values[T] {.inline.} =
  ## The elements of a tensor that has this type of them. They are where tsrt put them; what does
  ## not lie row by row on the host (outputs need not) is copied.
  var t = tensor.get
  if t.dtype != dtypeOf(T): refuseType(t.dtype, $T)
  if t.device.kind == cpu.kind and t.isRowMajor:
    result.owner = tensor
  else:
    result.owner = tensor.copy
    t = result.owner.get
  result.len = t.count
  result.data = cast[ptr UncheckedArray[T]](cast[uint](t.data) + uint(t.byteOffset))

func refuseIndex(i, len: int) {.noinline, noreturn.} =
  raise newException(IndexDefect, "there is no element " & $i & " among " & $len)

func checkIndex(i, len: int) {.inline.} =
  if i < 0 or i >= len: refuseIndex(i, len)

func `[]`*[T](values: Values[T], i: int): T {.inline.} =
  checkIndex(i, values.len)
  values.data[i]

func `[]=`*[T](values: Values[T], i: int, element: T) {.inline.} =
  checkIndex(i, values.len)
  values.data[i] = element

iterator items*[T](values: Values[T]): T =
  for i in 0 ..< values.len: yield values.data[i]

func toSeq*[T](values: Values[T]): seq[T] =
  for element in values: result.add element

template toOpenArray*[T](values: Values[T]): openArray[T] =
  ## For procedures that take arrays, without a copy. `values` has to be a variable.
  toOpenArray(values.data, 0, values.len - 1)
