## The functions of tsrt.h that this binding calls, as C has them. The C compiler sees the header,
## so what does not fit it does not compile.

{.passC: staticExec("pkg-config --cflags tsrt").}
{.passL: staticExec("pkg-config --libs tsrt").}

const abiVersion = 0 ## of the tsrt.h that this was written for

type
  CError* {.importc: "tsrt_error", header: "tsrt.h", incompleteStruct.} = object
  CModel* {.importc: "tsrt_model", header: "tsrt.h", incompleteStruct.} = object
  CValue* {.importc: "tsrt_value", header: "tsrt.h", incompleteStruct.} = object
  ErrorPtr* = ptr CError
  ModelPtr* = ptr CModel
  ValuePtr* = ptr CValue
  ConstText* {.importc: "const char *", nodecl.} = cstring
  ConstValues* {.importc: "const tsrt_value *const *", nodecl.} = pointer

  DType* {.importc: "tsrt_dtype", header: "tsrt.h", completeStruct.} = object
    code*, bits*: uint8
    lanes*: uint16

  Device* {.importc: "tsrt_device", header: "tsrt.h", completeStruct.} = object
    kind* {.importc: "type".}: int32
    id*: int32

  Sizes* = ptr UncheckedArray[int64]

  CTensor* {.importc: "tsrt_tensor", header: "tsrt.h", completeStruct.} = object
    data*: pointer
    device*: Device
    ndim*: int32
    dtype*: DType
    shape*, strides*: Sizes
    byteOffset* {.importc: "byte_offset".}: uint64

  CManagedTensor* {.importc: "tsrt_managed_tensor", header: "tsrt.h".} = object
    flags*: uint64
    tensor*: CTensor
  TensorPtr* = ptr CManagedTensor

  Kind* = enum ## of a value, as tsrt.h numbers them; later ones have no equal in Nim
    kNone, kBool, kInt, kFloat, kComplex, kString, kTensor, kList, kTuple, kDict,
    kDevice ## its name, a string
    kView ## not one of tsrt's: a tensor in the program's own memory, as an argument

const
  cpu* = Device(kind: 1)
  intCode* = 0'u8
  uintCode* = 1'u8
  floatCode* = 2'u8
  complexCode* = 5'u8
  boolCode* = 6'u8

{.push importc, header: "tsrt.h".}
proc tsrt_version*: ConstText
proc tsrt_abi_version: int32
proc tsrt_live_handles*: int64

proc tsrt_error_code*(error: ErrorPtr): int32
proc tsrt_error_message*(error: ErrorPtr): ConstText
proc tsrt_error_detail*(error: ErrorPtr): ConstText
proc tsrt_error_free*(error: ErrorPtr)
proc tsrt_string_free*(text: cstring)

proc tsrt_managed_tensor_free*(tensor: TensorPtr)
proc tsrt_managed_tensor_share*(tensor: TensorPtr, shared: ptr TensorPtr): ErrorPtr
proc tsrt_tensor_copy*(source: ptr CTensor, device: cstring, copy: ptr TensorPtr): ErrorPtr

proc tsrt_value_new_none*(value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_bool*(b: bool, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_int*(i: int64, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_float*(f: cdouble, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_complex*(re, im: cdouble, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_string*(text: cstring, size: csize_t, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_tensor*(tensor: ptr CTensor, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_tuple*(items: ConstValues, n: csize_t, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_list*(items: ConstValues, n: csize_t, value: ptr ValuePtr): ErrorPtr
proc tsrt_value_new_dict*(keys, items: ConstValues, n: csize_t, value: ptr ValuePtr): ErrorPtr

proc tsrt_value_kind*(value: ValuePtr): int32
proc tsrt_value_type*(value: ValuePtr, name: ptr ConstText): ErrorPtr
proc tsrt_value_get_bool*(value: ValuePtr, b: ptr bool): ErrorPtr
proc tsrt_value_get_int*(value: ValuePtr, i: ptr int64): ErrorPtr
proc tsrt_value_get_float*(value: ValuePtr, f: ptr cdouble): ErrorPtr
proc tsrt_value_get_complex*(value: ValuePtr, re, im: ptr cdouble): ErrorPtr
proc tsrt_value_get_string*(value: ValuePtr, text: ptr ConstText, size: ptr csize_t): ErrorPtr
proc tsrt_value_get_tensor*(value: ValuePtr, tensor: ptr TensorPtr): ErrorPtr
proc tsrt_value_size*(value: ValuePtr, size: ptr csize_t): ErrorPtr
proc tsrt_value_item*(value: ValuePtr, index: csize_t, item: ptr ValuePtr): ErrorPtr
proc tsrt_value_entry*(value: ValuePtr, index: csize_t, key, item: ptr ValuePtr): ErrorPtr
proc tsrt_value_free*(value: ValuePtr)

proc tsrt_model_load*(path, options: cstring, model: ptr ModelPtr): ErrorPtr
proc tsrt_model_clone*(model: ModelPtr, clone: ptr ModelPtr): ErrorPtr
proc tsrt_model_share*(model: ModelPtr, options: cstring, shared: ptr ModelPtr): ErrorPtr
proc tsrt_model_cancel*(model: ModelPtr): ErrorPtr
proc tsrt_model_forward*(model: ModelPtr, inputs: ptr CTensor, nInputs: csize_t,
                         outputs: ptr TensorPtr, capacity: csize_t,
                         nOutputs: ptr csize_t): ErrorPtr
proc tsrt_model_forward_into*(model: ModelPtr, inputs: ptr CTensor, nInputs: csize_t,
                              outputs: ptr CTensor, nOutputs: csize_t): ErrorPtr
proc tsrt_model_run*(model: ModelPtr, name: cstring, args, kwargs: ValuePtr,
                     value: ptr ValuePtr): ErrorPtr
proc tsrt_model_describe*(model: ModelPtr, json: ptr cstring): ErrorPtr
proc tsrt_model_free*(model: ModelPtr)
{.pop.}

if tsrt_abi_version() != abiVersion:
  raise newException(LibraryError, "libtsrt has the ABI " & $tsrt_abi_version() &
                     ", and this binding was written for " & $abiVersion)
