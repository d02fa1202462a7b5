-- luajit bench.lua identity.pt: nanoseconds for a call, the median of 15 blocks.
local ffi = require "ffi"
local tsrt = require "tsrt"

ffi.cdef [[
struct timespec { long seconds, nanoseconds; };
int clock_gettime(int clock, struct timespec *);
]]
local MONOTONIC = 1
local time = ffi.new "struct timespec"

local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) * 1e9 + tonumber(time.nanoseconds)
end

local function calls(model, x, n)
  local sum = 0
  for _ = 1, n do
    local y = model:forward(x)
    sum = sum + y[0]
    y:free()
  end
  assert(sum == n)
end

if #arg ~= 1 then
  io.stderr:write("usage: luajit bench.lua identity.pt\n")
  os.exit(1)
end
local model = tsrt.load(arg[1])
local x = tsrt.tensor(ffi.new("float[4]", {1, 1, 1, 1}))
calls(model, x, 20000)
local blocks = {}
for i = 1, 15 do
  local start = now()
  calls(model, x, 10000)
  blocks[i] = (now() - start) / 10000
end
table.sort(blocks)
print(("%.1f"):format(blocks[8]))
model:free()
