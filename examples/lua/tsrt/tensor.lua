-- Tensors: a view of memory, and what keeps that memory alive.
--
--   t[i]          the number at index i of the row-major order, from 0 on, as in C's arrays
--   t.count       how many there are
--   t:dtype()     such as "float32"
--   t:shape()     a list of sizes
--   t.data        C's pointer to the first number, for loops that count every nanosecond. It is
--                 good as long as the tensor is: keep `t` in a local variable beside it
--   t:free()      gives the memory back now, not when the garbage collector comes by

local ffi = require "ffi"
local c = require "tsrt.c"
local C, check = c.C, c.check

local INT, UINT, FLOAT, BFLOAT, COMPLEX, BOOL = 0, 1, 2, 4, 5, 6
local CPU = 1
local QUANTIZED = 0x8000000000000000ULL

-- Element types by code * 256 + bits, and by the name that LuaJIT has for the C type.
local dtypes, of_ctype = {}, {}

local function dtype(name, code, bits, ctype)
  local found = {name = name, code = code, bits = bits}
  if ctype then
    found.pointer = ffi.typeof(ctype .. "*")
    of_ctype[tostring(ffi.typeof(ctype)):match "<(.*)>"] = found
  end
  dtypes[code * 256 + bits] = found
end

dtype("float32", FLOAT, 32, "float")
dtype("float64", FLOAT, 64, "double")
dtype("float16", FLOAT, 16)
dtype("bfloat16", BFLOAT, 16)
dtype("int8", INT, 8, "int8_t")
dtype("int16", INT, 16, "int16_t")
dtype("int32", INT, 32, "int32_t")
dtype("int64", INT, 64, "int64_t")
dtype("uint8", UINT, 8, "uint8_t")
dtype("bool", BOOL, 8, "bool")
dtype("complex64", COMPLEX, 64, "complex float")
dtype("complex128", COMPLEX, 128, "complex double")

-- Four fields, since LuaJIT makes a table of five in twice the time:
--   managed  C's struct; false once it is freed
--   data     as above; nil if LuaJIT has no numbers of this type
--   count    as above
--   kind     one of `dtypes`, or nil
-- and for memory of the program's own `array` and `sizes`, to which `managed` only points.
local methods = {}
local Tensor = {}

local FREED = "the tensor has been freed"

function Tensor.__index(t, key)
  if type(key) ~= "number" then return methods[key] end
  if not t.managed then error(FREED, 2) end
  if not (key >= 0 and key < t.count) then
    error(("index %s in a tensor of %d numbers"):format(key, t.count), 2)
  end
  if not t.data then error("LuaJIT has no numbers of type " .. t:dtype(), 2) end
  return t.data[key]
end

function methods:dtype()
  return self.kind and self.kind.name or "other"
end

function methods:shape()
  local managed, sizes = self.managed or error(FREED, 2), {}
  for i = 1, managed.tensor.ndim do sizes[i] = tonumber(managed.tensor.shape[i - 1]) end
  return sizes
end

function methods:free()
  local managed = self.managed
  self.managed, self.data = false, false
  if managed and not self.array then C.tsrt_managed_tensor_free(ffi.gc(managed, nil)) end
end

local function kind_of(array)
  local name = type(array) == "cdata" and tostring(ffi.typeof(array)) or "a " .. type(array)
  -- An array, no pointer: that keeps nothing alive.
  local element = name:match "^ctype<([%w_ ]+) %[[%d?]+%]>$"
  return element and of_ctype[element]
    or error("a tensor is made from a C array, such as ffi.new('float[6]'), not from " .. name, 3)
end

-- A tensor of the program's own memory: `array` is C's, such as ffi.new("float[6]"), and is not
-- copied; `sizes` a list such as {2, 3}, by default that of a vector.
local function own(array, sizes)
  local kind = kind_of(array)
  local room = ffi.sizeof(array) * 8 / kind.bits
  sizes = sizes or {room}
  local count = 1
  for _, size in ipairs(sizes) do
    if type(size) ~= "number" or size < 0 or size % 1 ~= 0 then error("bad size in shape", 2) end
    count = count * size
  end
  if count > room then
    error(("a shape of %d numbers does not fit an array of %d"):format(count, room), 2)
  end
  local managed = ffi.new "tsrt_managed_tensor"
  local shape = ffi.new("int64_t[?]", #sizes, sizes)
  managed.tensor = {array, {CPU, 0}, #sizes, {kind.code, kind.bits, 1}, shape}
  return setmetatable({
    managed = managed, data = ffi.cast(kind.pointer, array), count = count, kind = kind,
    array = array, sizes = shape,
  }, Tensor)
end

local function count_of(view)
  local count = 1
  for i = 0, view.ndim - 1 do count = count * tonumber(view.shape[i]) end
  return count
end

local function is_row_major(view)
  local stride = 1
  for i = view.ndim - 1, 0, -1 do
    if view.shape[i] ~= 1 and view.strides[i] ~= stride then return false end
    stride = stride * view.shape[i]
  end
  return true
end

local fresh = ffi.new "tsrt_managed_tensor *[1]"

-- Frees `old` and returns what the call that has just been made put in its place.
local function replace(old)
  C.tsrt_managed_tensor_free(ffi.gc(old, nil))
  return ffi.gc(fresh[0], C.tsrt_managed_tensor_free)
end

-- A tensor that tsrt made, with its ownership: on the host, in row-major order, not quantized.
local function adopt(managed)
  managed = ffi.gc(managed, C.tsrt_managed_tensor_free)
  if managed.flags >= QUANTIZED then
    check(C.tsrt_managed_tensor_dequantize(managed, fresh))
    managed = replace(managed)
  end
  local count = count_of(managed.tensor)
  if managed.tensor.device.type ~= CPU or count > 0 and not is_row_major(managed.tensor) then
    check(C.tsrt_tensor_copy(managed.tensor, "cpu", fresh))
    managed = replace(managed)
  end
  local view = managed.tensor
  local kind = dtypes[view.dtype.code * 256 + view.dtype.bits]
  local pointer = kind and kind.pointer
  return setmetatable({
    managed = managed,
    data = pointer and ffi.cast(pointer, ffi.cast("char *", view.data) + view.byte_offset),
    count = count,
    kind = kind,
  }, Tensor)
end

-- C's description of a tensor, borrowed from it.
local function view(t, level)
  if getmetatable(t) ~= Tensor then error("a tensor is wanted, not a " .. type(t), level) end
  return (t.managed or error(FREED, level)).tensor
end

return {own = own, adopt = adopt, view = view, Tensor = Tensor}
