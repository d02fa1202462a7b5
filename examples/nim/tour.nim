## What a model can do, from Nim: the same as in every other language.

import std/[os, strformat, strutils]
import tsrt

proc text(numbers: openArray[SomeFloat]): string =
  for number in numbers: result.add &" {number:.3f}"

proc show(error: ref TsrtError) = echo &"error {error.code}: {error.msg}"

proc average(model: Model, samples: seq[float32]): float =
  model.run("average", samples.view(samples.len)).number

type Job = object
  model: ptr Model
  x: View
  expected: array[4, float32]
  same: int

proc callOften(job: ptr Job) {.thread.} =
  for _ in 1 .. 250:
    let y = job.model[].forward(job.x).values(float32)
    if y.toSeq == job.expected: inc job.same

proc inParallel(model: var Model, x: View, expected: array[4, float32]) =
  ## One model serves all threads: its forward only reads.
  var threads: array[4, Thread[ptr Job]]
  var jobs: array[4, Job]
  for i, job in jobs.mpairs:
    job = Job(model: addr model, x: x, expected: expected)
    createThread(threads[i], callOften, addr job)
  joinThreads(threads)
  var same = 0
  for job in jobs: same += job.same
  let verdict = if same == 1000: "all the same" else: "OTHERS"
  echo &"parallel: 4 threads, {same} calls, {verdict}"

proc tour(path: string) =
  try: discard loadModel("absent.pt")
  except TsrtError as error: show(error)

  var model = loadModel(path)

  let data = [0'f32, 1, 2, 3, 4, 5]
  let x = data.view(2, 3)
  let y = model.forward(x)
  echo &"forward: [{y.shape.join(\", \")}]", text(y.values(float32).toSeq)

  var into: array[4, float32]
  model.forwardInto([x], [into.mutableView(2, 2)])
  echo "into:", text(into)

  let shares = model.run("shares", "größe-", {"links": 1.0, "rechts": 3.0})
  stdout.write "shares:"
  for (name, share) in shares.entries: stdout.write &" {name.text}={share.number:.3f}"
  stdout.write "\n"

  var averages: seq[float]
  for i in [1'f32, 2, 3]: averages.add model.average(@[i, i])
  echo "average:", text(averages)
  try: discard model.average(@[])
  except TsrtError as error: show(error)
  echo "average:", text([model.average(@[4'f32, 4])])

  model.inParallel(x, into)

if paramCount() != 1:
  stderr.writeLine "usage: tour model.pt"
  quit 1
try: tour(paramStr(1))
except TsrtError as error: quit "tour: " & error.msg
echo "live handles: ", liveHandles()
