## How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks.

import std/[algorithm, monotimes, os, strformat, times]
import tsrt

var seen {.volatile.}: float32

proc run(model: Model, x: View, calls: int) =
  var sum = 0'f32
  for _ in 1 .. calls:
    let y = model.forward(x).values(float32)
    sum += y[0]
  seen = sum

proc bench(path: string) =
  let model = loadModel(path)
  let ones = [1'f32, 1, 1, 1]
  let x = ones.view(4)
  model.run(x, 20_000)
  var blocks: array[15, float]
  for nanoseconds in blocks.mitems:
    let start = getMonoTime()
    model.run(x, 10_000)
    nanoseconds = (getMonoTime() - start).inNanoseconds.float / 10_000
  blocks.sort
  echo &"{blocks[7]:.1f}"

if paramCount() != 1:
  stderr.writeLine "usage: bench identity.pt"
  quit 1
bench(paramStr(1))
