-- tsrt for LuaJIT: PyTorch models from Lua.
--
--   local tsrt = require "tsrt"
--   local model = tsrt.load("model.pt", {threads = 2})
--   local x = tsrt.tensor(ffi.new("float[6]", {0, 1, 2, 3, 4, 5}), {2, 3})
--   local y = model:forward(x)
--   print(y[0], unpack(y:shape()))
--   y:free()
--   model:free()
--
-- What is asked wrongly raises an error with a text, as Lua's own functions do; what tsrt refuses
-- raises a table {code, message, detail}, which prints as its message.
--
-- Models, tensors and opaque values have free(): use it. The garbage collector frees what was
-- forgotten, but late, since it knows nothing of the memory behind a handle.

local ffi = require "ffi"
local c = require "tsrt.c"
local tensor = require "tsrt.tensor"
local value = require "tsrt.value"
local C, check = c.C, c.check

-- A call is given tensors through these. Calls do not overlap: Lua has one thread, and no call
-- runs Lua.
local MOST = 64  -- of inputs, and of outputs
local inputs = ffi.new("tsrt_tensor[?]", MOST)
local into = ffi.new("tsrt_tensor[?]", MOST)
local outputs = ffi.new("tsrt_managed_tensor *[?]", MOST)
local n_outputs = ffi.new "size_t[1]"

local Model = {}
Model.__index = Model

local function open(model)
  return model.handle or error("the model has been freed", 3)
end

local function wrap(handle)
  return setmetatable({handle = ffi.gc(handle, C.tsrt_model_free)}, Model)
end

-- {threads = 2, mmap = true} as "mmap=yes,threads=2"
local function option_text(options)
  local parts = {}
  for key, setting in pairs(options or {}) do
    for _, one in ipairs(type(setting) == "table" and setting or {setting}) do
      if type(one) == "boolean" then one = one and "yes" or "no" end
      local part = key .. "=" .. tostring(one)
      if part:find(",", 1, true) then error("a comma in option " .. part, 0) end
      parts[#parts + 1] = part
    end
  end
  return c.text(table.concat(parts, ","), "the options")
end

local function load(path, options)
  local out = ffi.new "tsrt_model *[1]"
  check(C.tsrt_model_load(c.text(path, "the path"), option_text(options), out))
  return wrap(out[0])
end

-- Puts C's descriptions of the tensors side by side, and says how many there are.
local function put(views, ...)
  local n = select("#", ...)
  if n > MOST then error(("%d tensors are more than %d"):format(n, MOST), 3) end
  for i = 1, n do views[i - 1] = tensor.view((select(i, ...)), 4) end
  return n
end

-- local y1, y2 = model:forward(x1, x2): runs `forward` on tensors.
function Model:forward(...)
  local handle = open(self)
  check(C.tsrt_model_forward(handle, inputs, put(inputs, ...), outputs, MOST, n_outputs))
  if n_outputs[0] == 1 then return tensor.adopt(outputs[0]) end
  local results, n = {}, tonumber(n_outputs[0])
  for i = 1, n do results[i] = ffi.gc(outputs[i - 1], C.tsrt_managed_tensor_free) end
  for i = 1, n do results[i] = tensor.adopt(results[i]) end
  return unpack(results)
end

-- model:forward_into({x}, {y}): the same, into tensors of the program's own memory.
function Model:forward_into(from, to)
  local handle = open(self)
  local n_inputs, n_into = put(inputs, unpack(from)), put(into, unpack(to))
  check(C.tsrt_model_forward_into(handle, inputs, n_inputs, into, n_into))
end

local function run(handle, method, args, kwargs, made)
  local positional = value.encode(value.tuple {unpack(args or {})}, made)
  local named = kwargs and next(kwargs) ~= nil and value.encode(kwargs, made) or nil
  local out = ffi.new "tsrt_value *[1]"
  check(C.tsrt_model_run(handle, c.text(method, "the method"), positional, named, out))
  return value.decode(out[0])
end

-- model:run("method", {a, b}, {c = d}): runs any method on any values; tsrt/value.lua says which.
function Model:run(method, args, kwargs)
  local handle, made = open(self), {}
  local ok, result = pcall(run, handle, method, args, kwargs, made)
  for _, made_value in ipairs(made) do C.tsrt_value_free(made_value) end
  if not ok then error(result, 2) end
  return result
end

-- A model with state of its own and the same weights.
function Model:clone()
  local out = ffi.new "tsrt_model *[1]"
  check(C.tsrt_model_clone(open(self), out))
  return wrap(out[0])
end

-- What there is to know of the model, as JSON.
function Model:describe()
  local out = ffi.new "char *[1]"
  check(C.tsrt_model_describe(open(self), out))
  local json = ffi.string(out[0])
  C.tsrt_string_free(out[0])
  return json
end

-- Stops the model's running calls. Those can only be in threads that C code made.
function Model:cancel()
  check(C.tsrt_model_cancel(open(self)))
end

function Model:free()
  local handle = self.handle
  self.handle = nil
  if handle then C.tsrt_model_free(ffi.gc(handle, nil)) end
end

return {
  load = load,
  tensor = tensor.own,
  none = value.none,
  tuple = value.tuple,
  dict = value.dict,
  Error = c.Error,
  version = function() return ffi.string(C.tsrt_version()) end,
  live_handles = function() return tonumber(C.tsrt_live_handles()) end,
}
