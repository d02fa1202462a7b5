## What methods take and return when that is more than tensors: Nim's own data, by way of `Value`.

import std/[complex, tables]
import capi, errors, tensors

type
  Value* = object
    case kind*: Kind
    of kNone: discard
    of kBool: boolean*: bool
    of kInt: integer*: int64
    of kFloat: number*: float
    of kComplex: z*: Complex64
    of kString, kDevice: text*: string
    of kTensor: tensor*: Tensor
    of kView: view*: View
    of kList, kTuple: items*: seq[Value]
    of kDict: entries*: seq[(Value, Value)] ## in the order in which they came in

  Owned* = object ## a value of tsrt's
    handle*: ValuePtr

proc `=destroy`(value: var Owned) {.raises: [].} =
  if value.handle != nil:
    tsrt_value_free(value.handle)
    value.handle = nil

proc `=copy`(to: var Owned, value: Owned) {.error.}

# ---- from Nim -----------------------------------------------------------------------------------

func toValue*(value: Value): Value = value
func toValue*(none: typeof(nil)): Value = Value(kind: kNone)
func toValue*(b: bool): Value = Value(kind: kBool, boolean: b)
func toValue*(f: SomeFloat): Value = Value(kind: kFloat, number: float(f))
func toValue*(z: Complex64): Value = Value(kind: kComplex, z: z)
func toValue*(text: string): Value = Value(kind: kString, text: text)
func toValue*(view: View): Value = Value(kind: kView, view: view)
func toValue*(tensor: Tensor): Value = Value(kind: kTensor, tensor: tensor)

func toValue*(i: SomeInteger): Value =
  when i is SomeUnsignedInt:
    if uint64(i) > uint64(high(int64)):
      refuse($i & " does not fit into a model's ints, which are signed")
  Value(kind: kInt, integer: int64(i))

func toValue*[T: tuple](items: T): Value =
  result = Value(kind: kTuple)
  for item in items.fields: result.items.add toValue(item)

func toValue*[T](items: openArray[T]): Value =
  result = Value(kind: kList)
  for item in items: result.items.add toValue(item)

func toValue*[K, V](entries: openArray[(K, V)]): Value =
  ## A dict: `{"alpha": 0.5, "beta": 2.0}`.
  result = Value(kind: kDict)
  for (key, item) in entries: result.entries.add (toValue(key), toValue(item))

func toValue*[K, V](table: Table[K, V] | OrderedTable[K, V]): Value =
  result = Value(kind: kDict)
  for key, item in table: result.entries.add (toValue(key), toValue(item))

# ---- to tsrt ------------------------------------------------------------------------------------

func address(items: seq[Owned]): ConstValues =
  ## An Owned is one pointer, so this is an array of pointers.
  if items.len > 0: unsafeAddr items[0] else: nil

proc newTensor(view: View): Owned =
  var tensor = view.toC
  check tsrt_value_new_tensor(addr tensor, addr result.handle)

proc toC*(value: Value): Owned {.gcsafe.}

proc newItems(items: openArray[Value]): seq[Owned] =
  for item in items: result.add item.toC

proc newTuple*(items: openArray[Value]): Owned =
  let made = newItems(items)
  check tsrt_value_new_tuple(made.address, csize_t(made.len), addr result.handle)

proc newDict(entries: seq[(Value, Value)]): Owned =
  var keys, items: seq[Owned]
  for (key, item) in entries:
    keys.add key.toC
    items.add item.toC
  check tsrt_value_new_dict(keys.address, items.address, csize_t(keys.len), addr result.handle)

proc toC*(value: Value): Owned =
  ## Borrows the memory of the views and tensors in `value`.
  case value.kind
  of kNone: check tsrt_value_new_none(addr result.handle)
  of kBool: check tsrt_value_new_bool(value.boolean, addr result.handle)
  of kInt: check tsrt_value_new_int(value.integer, addr result.handle)
  of kFloat: check tsrt_value_new_float(value.number, addr result.handle)
  of kComplex: check tsrt_value_new_complex(value.z.re, value.z.im, addr result.handle)
  of kString, kDevice:
    check tsrt_value_new_string(cstring(value.text), csize_t(value.text.len), addr result.handle)
  of kTensor: result = newTensor(value.tensor.view)
  of kView: result = newTensor(value.view)
  of kList:
    let items = newItems(value.items)
    check tsrt_value_new_list(items.address, csize_t(items.len), addr result.handle)
  of kTuple: result = newTuple(value.items)
  of kDict: result = newDict(value.entries)

# ---- from tsrt ----------------------------------------------------------------------------------

proc readText(value: Owned): string =
  var text: ConstText
  var size: csize_t
  check tsrt_value_get_string(value.handle, addr text, addr size)
  result = newString(size)
  if size > 0: copyMem(addr result[0], text, size) # there may be zero bytes in it

proc readTensor(value: Owned): Tensor =
  var handle: TensorPtr
  check tsrt_value_get_tensor(value.handle, addr handle)
  adopt(handle)

proc size(value: Owned): int =
  var size: csize_t
  check tsrt_value_size(value.handle, addr size)
  int(size)

proc toNim*(value: Owned): Value {.gcsafe.}

proc readItems(value: Owned): seq[Value] =
  for i in 0 ..< value.size:
    var item: Owned
    check tsrt_value_item(value.handle, csize_t(i), addr item.handle)
    result.add item.toNim

proc readEntries(value: Owned): seq[(Value, Value)] =
  for i in 0 ..< value.size:
    var key, item: Owned
    check tsrt_value_entry(value.handle, csize_t(i), addr key.handle, addr item.handle)
    result.add (key.toNim, item.toNim)

proc refuseType(value: Owned) {.noreturn.} =
  var name: ConstText
  check tsrt_value_type(value.handle, addr name)
  refuse("the binding for Nim has nothing for a value of type " & $name)

proc toNim*(value: Owned): Value =
  let kind = tsrt_value_kind(value.handle)
  if kind notin ord(kNone) .. ord(kDevice): refuseType(value)
  case Kind(kind)
  of kBool:
    result = Value(kind: kBool)
    check tsrt_value_get_bool(value.handle, addr result.boolean)
  of kInt:
    result = Value(kind: kInt)
    check tsrt_value_get_int(value.handle, addr result.integer)
  of kFloat:
    result = Value(kind: kFloat)
    check tsrt_value_get_float(value.handle, addr result.number)
  of kComplex:
    result = Value(kind: kComplex)
    check tsrt_value_get_complex(value.handle, addr result.z.re, addr result.z.im)
  of kString, kDevice: result = toValue(value.readText)
  of kTensor: result = toValue(value.readTensor)
  of kList: result = Value(kind: kList, items: value.readItems)
  of kTuple: result = Value(kind: kTuple, items: value.readItems)
  of kDict: result = Value(kind: kDict, entries: value.readEntries)
  of kNone, kView: result = toValue(nil)
