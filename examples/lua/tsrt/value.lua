-- Lua values as tsrt's values, and back.
--
--   None          nil; inside of tables tsrt.none
--   bool, str     boolean, string
--   int           a number without a fraction, or int64_t; comes back as a number where that is
--                 exact, else as int64_t
--   float         any other number, or C's double: ffi.new("double", 3). TorchScript takes an int
--                 for a float, so this only matters where a method takes both
--   complex       C's complex: ffi.new("complex", re, im)
--   Tensor        tsrt.tensor
--   list          a table {a, b, c}
--   tuple         tsrt.tuple {a, b, c}; comes back so, with a named tuple's items also under their
--                 names
--   dict          tsrt.dict {{key, value}, {key, value}}; comes back so, in the model's order. A
--                 table whose keys are strings is taken, too, in the order of these
--   device        comes back as its name
--   all else      an opaque tsrt.Value, to pass on

local ffi = require "ffi"
local c = require "tsrt.c"
local tensor = require "tsrt.tensor"
local C, check = c.C, c.check

local none = setmetatable({}, {__tostring = function() return "None" end})
local Tuple = {}
local Dict = {}
Dict.__index = Dict

local function tuple(items)
  return setmetatable(items, Tuple)
end

local function dict(entries)
  return setmetatable(entries, Dict)
end

-- The value of the entry with this key, or nil.
function Dict:get(key)
  for _, entry in ipairs(self) do
    if entry[1] == key then return entry[2] end
  end
end

-- for key, value in d:entries() do ... end
function Dict:entries()
  local i = 0
  return function()
    i = i + 1
    if self[i] then return self[i][1], self[i][2] end
  end
end

local Value = {}
Value.__index = Value

function Value:__tostring()
  local name = ffi.new "const char *[1]"
  check(C.tsrt_value_type(self.handle or error("the value has been freed", 2), name))
  return ffi.string(name[0])
end

function Value:free()
  local handle = self.handle
  self.handle = nil
  if handle then C.tsrt_value_free(ffi.gc(handle, nil)) end
end

-- ---- from Lua to tsrt --------------------------------------------------------------------------

local encode

-- A C array of the items' values; for entries of a dict, of their keys' or values'.
local function encode_items(items, made, part)
  local values = ffi.new("const tsrt_value *[?]", #items)
  for i = 1, #items do
    local item = items[i]
    if part then item = item[part] end
    values[i - 1] = encode(item, made)
  end
  return values
end

local function encode_dict(entries, made, out)
  local keys = encode_items(entries, made, 1)
  return C.tsrt_value_new_dict(keys, encode_items(entries, made, 2), #entries, out)
end

-- A table without a type of its own: a list, or a dict whose keys are strings.
local function encode_table(t, made, out)
  local keys, strings = {}, true
  for key in pairs(t) do
    keys[#keys + 1] = key
    strings = strings and type(key) == "string"
  end
  if #keys == #t then
    return C.tsrt_value_new_list(encode_items(t, made), #t, out)
  elseif not strings then
    error("a table is neither a list nor has only strings as keys: use tsrt.dict or tsrt.none", 0)
  end
  table.sort(keys)
  for i, key in ipairs(keys) do keys[i] = {key, t[key]} end
  return encode_dict(keys, made, out)
end

local function encode_number(v, out)
  local negative_zero = v == 0 and 1 / v < 0
  if v % 1 == 0 and math.abs(v) < 2 ^ 53 and not negative_zero then
    return C.tsrt_value_new_int(v, out)
  end
  return C.tsrt_value_new_float(v, out)
end

local encode_cdata = {
  [ffi.typeof "int64_t"] = function(v, out) return C.tsrt_value_new_int(v, out) end,
  [ffi.typeof "double"] = function(v, out) return C.tsrt_value_new_float(v, out) end,
  [ffi.typeof "complex"] = function(v, out) return C.tsrt_value_new_complex(v.re, v.im, out) end,
}

local function new_value(v, made, out)
  local kind = type(v)
  if v == nil or v == none then return C.tsrt_value_new_none(out) end
  if kind == "boolean" then return C.tsrt_value_new_bool(v, out) end
  if kind == "number" then return encode_number(v, out) end
  if kind == "string" then return C.tsrt_value_new_string(v, #v, out) end
  if kind == "table" then
    local class = getmetatable(v)
    if class == tensor.Tensor then return C.tsrt_value_new_tensor(tensor.view(v, 0), out) end
    if class == Dict then return encode_dict(v, made, out) end
    if class == Tuple then return C.tsrt_value_new_tuple(encode_items(v, made), #v, out) end
    return encode_table(v, made, out)
  end
  for ctype, encoder in pairs(encode_cdata) do
    if ffi.istype(ctype, v) then return encoder(v, out) end
  end
  error("a method cannot be given a " .. (kind == "cdata" and tostring(ffi.typeof(v)) or kind), 0)
end

-- The value of tsrt's that stands for `v`, borrowed from `made`: a list of those to free, whose
-- other keys are what they borrow from, kept from the collector.
function encode(v, made)
  local class = getmetatable(v)
  if class == Value or class == tensor.Tensor then made[v] = true end
  if class == Value then return v.handle or error("the value has been freed", 0) end
  local out = ffi.new "tsrt_value *[1]"
  check(new_value(v, made, out))
  made[#made + 1] = out[0]
  return out[0]
end

-- ---- from tsrt to Lua --------------------------------------------------------------------------

local decode

-- Reads by a function that writes to one variable of this C type.
local function got(ctype, reader, handle)
  local out = ffi.new(ctype .. "[1]")
  check(reader(handle, out))
  return out[0]
end

local function decode_string(handle)
  local text, size = ffi.new "const char *[1]", ffi.new "size_t[1]"
  check(C.tsrt_value_get_string(handle, text, size))
  return ffi.string(text[0], size[0])
end

local function decode_int(handle)
  local i = got("int64_t", C.tsrt_value_get_int, handle)
  local number = tonumber(i)
  return math.abs(number) < 2 ^ 53 and number or i
end

local function decode_complex(handle)
  local re, im = ffi.new "double[1]", ffi.new "double[1]"
  check(C.tsrt_value_get_complex(handle, re, im))
  return ffi.new("complex", re[0], im[0])
end

local function decode_item(out)
  local item = decode(out[0])
  if item == nil then return none end
  return item
end

local function decode_list(handle)
  local items, out = {}, ffi.new "tsrt_value *[1]"
  for i = 1, tonumber(got("size_t", C.tsrt_value_size, handle)) do
    check(C.tsrt_value_item(handle, i - 1, out))
    items[i] = decode_item(out)
  end
  return items
end

local function decode_tuple(handle)
  local items, name = decode_list(handle), ffi.new "const char *[1]"
  for i, item in ipairs(items) do
    check(C.tsrt_value_field(handle, i - 1, name))
    if name[0] ~= nil then items[ffi.string(name[0])] = item end
  end
  return tuple(items)
end

local function decode_dict(handle)
  local entries, key, item = {}, ffi.new "tsrt_value *[1]", ffi.new "tsrt_value *[1]"
  for i = 1, tonumber(got("size_t", C.tsrt_value_size, handle)) do
    check(C.tsrt_value_entry(handle, i - 1, key, item))
    entries[i] = {decode_item(key), decode_item(item)}
  end
  return dict(entries)
end

local decoders = {
  [0] = function() return nil end,
  function(handle) return got("bool", C.tsrt_value_get_bool, handle) end,
  decode_int,
  function(handle) return got("double", C.tsrt_value_get_float, handle) end,
  decode_complex,
  decode_string,
  function(handle)
    return tensor.adopt(got("tsrt_managed_tensor *", C.tsrt_value_get_tensor, handle))
  end,
  decode_list,
  decode_tuple,
  decode_dict,
  decode_string,  -- a device
}

-- What a value of tsrt's stands for; the value is freed, or in what is returned.
function decode(handle)
  handle = ffi.gc(handle, C.tsrt_value_free)
  local decoder = decoders[C.tsrt_value_kind(handle)]
  if not decoder then return setmetatable({handle = handle}, Value) end
  local result = decoder(handle)
  C.tsrt_value_free(ffi.gc(handle, nil))
  return result
end

return {encode = encode, decode = decode, none = none, tuple = tuple, dict = dict}
