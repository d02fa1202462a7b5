-- luajit tour.lua tour.pt
local ffi = require "ffi"
local tsrt = require "tsrt"

local function say_error(e)
  assert(getmetatable(e) == tsrt.Error, e)
  print(("error %d: %s"):format(e.code, e.message))
end

local function numbers(array, n)
  local texts = {}
  for i = 0, n - 1 do texts[#texts + 1] = ("%.3f"):format(array[i]) end
  return table.concat(texts, " ")
end

local function matrices(model)
  local x = tsrt.tensor(ffi.new("float[6]", {0, 1, 2, 3, 4, 5}), {2, 3})
  local y = model:forward(x)
  print(("forward: [%s] %s"):format(table.concat(y:shape(), ", "), numbers(y, y.count)))
  y:free()
  local own = ffi.new "float[4]"
  model:forward_into({x}, {tsrt.tensor(own, {2, 2})})
  print("into: " .. numbers(own, 4))
end

local function shares(model)
  local answer = model:run("shares", {"größe-", tsrt.dict {{"links", 1.0}, {"rechts", 3.0}}})
  local texts = {}
  for name, share in answer:entries() do texts[#texts + 1] = ("%s=%.3f"):format(name, share) end
  print("shares: " .. table.concat(texts, " "))
end

local function average(model, ...)
  local samples = tsrt.tensor(ffi.new("float[?]", select("#", ...), {...}))
  return model:run("average", {samples})
end

local function averages(model)
  local texts = {}
  for i = 1, 3 do texts[i] = ("%.3f"):format(average(model, i, i)) end
  print("average: " .. table.concat(texts, " "))
  local ok, e = pcall(average, model)
  if not ok then say_error(e) end
  print(("average: %.3f"):format(average(model, 4, 4)))
end

if #arg ~= 1 then
  io.stderr:write("usage: luajit tour.lua tour.pt\n")
  os.exit(1)
end
local ok, e = pcall(tsrt.load, "absent.pt")
if not ok then say_error(e) end
local model = tsrt.load(arg[1])
matrices(model)
shares(model)
averages(model)
model:free()
print("live handles: " .. tsrt.live_handles())
