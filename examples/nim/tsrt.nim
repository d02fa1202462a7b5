## tsrt for Nim: run serialized PyTorch models on arrays of Nim's own.
##
##     let model = loadModel("model.pt")
##     let data = [1'f32, 2, 3, 4, 5, 6]
##     let y = model.forward(data.view(2, 3))
##     echo y.shape, y.values(float32).toSeq
##
## What fails in tsrt raises TsrtError; what is wrong already here, ValueError. Everything is freed
## by its destructor (--mm:orc or arc), so no garbage collector is needed, or waited for.

when not defined(gcDestructors):
  {.error: "tsrt frees by destructors: compile with --mm:orc or --mm:arc".}

import tsrt/[capi, errors, tensors, values]

export errors.TsrtError
export tensors except adopt, get, toC
export values except Owned, newTuple, toC, toNim
export capi.Device, capi.DType, capi.Kind

type
  Model* = object
    ## All threads may run one model at once; give them its address, `addr model`. It is moved, not
    ## copied: `clone` and `share` say what is meant.
    handle: ModelPtr

proc `=destroy`(model: var Model) {.raises: [].} =
  if model.handle != nil:
    tsrt_model_free(model.handle)
    model.handle = nil

proc `=copy`(to: var Model, model: Model) {.error.}

proc version*: string = $tsrt_version()

proc liveHandles*: int64 = tsrt_live_handles()
  ## How many models, tensors, values and errors there are in the process. For leak tests.

proc loadModel*(path: string, options = ""): Model =
  ## `options` such as "threads=1,timeout=0.5": see tsrt_model_load. A model is a program: load what
  ## you trust.
  check tsrt_model_load(cText(path), cText(options), addr result.handle)

proc close*(model: var Model) = `=destroy`(model)
  ## Frees the model before it goes out of scope. Calls of other threads that are inside end as they
  ## would have.

func get(model: Model): ModelPtr {.inline.} =
  if model.handle == nil: refuse("the model is closed")
  model.handle

proc clone*(model: Model): Model =
  ## A second model with a state of its own, and the same weights in the same memory.
  check tsrt_model_clone(model.get, addr result.handle)

proc share*(model: Model, options = ""): Model =
  ## Another handle to the same model, with options of its own (threads, timeout). The model lives
  ## as long as its last handle.
  check tsrt_model_share(model.get, cText(options), addr result.handle)

proc cancel*(model: Model) = check tsrt_model_cancel(model.get)
  ## Stops the calls that run now, on whatever thread.

proc describe*(model: Model): string =
  ## What there is to know of the model, as JSON.
  var json: cstring
  check tsrt_model_describe(model.get, addr json)
  result = $json
  tsrt_string_free(json)

# ---- forward ------------------------------------------------------------------------------------

proc forward(model: Model, inputs: ptr CTensor, n: int): Tensor {.inline.} =
  var handle: TensorPtr
  var made: csize_t
  check tsrt_model_forward(model.get, inputs, csize_t(n), addr handle, 1, addr made)
  if made == 0: refuse("forward gave no tensor: use forwardAll, or run")
  adopt(handle)

func toC(views: openArray[View]): seq[CTensor] =
  ## Borrows from the views.
  for i in 0 ..< views.len: result.add views[i].toC

func start(tensors: seq[CTensor]): ptr CTensor =
  if tensors.len > 0: unsafeAddr tensors[0] else: nil

proc forward*(model: Model, input: View): Tensor {.inline.} =
  var tensor = input.toC
  model.forward(addr tensor, 1)

proc forward*(model: Model, inputs: openArray[View]): Tensor =
  ## Of a model that returns one tensor.
  let tensors = inputs.toC
  model.forward(tensors.start, tensors.len)

proc forwardAll*(model: Model, inputs: openArray[View], capacity: Positive = 16): seq[Tensor] =
  ## Of a model that returns several.
  let tensors = inputs.toC
  var handles = newSeq[TensorPtr](capacity)
  var made: csize_t
  check tsrt_model_forward(model.get, tensors.start, csize_t(tensors.len), addr handles[0],
                           csize_t(capacity), addr made)
  for i in 0 ..< int(made): result.add adopt(handles[i])

proc forwardInto*(model: Model, inputs: openArray[View], outputs: openArray[MutableView]) =
  ## Writes the results into the program's own arrays, which have to have their shapes and types.
  var results = newSeqOfCap[View](outputs.len)
  for output in outputs: results.add output.view
  let ins = inputs.toC
  let outs = results.toC
  check tsrt_model_forward_into(model.get, ins.start, csize_t(ins.len), outs.start,
                                csize_t(outs.len))

# ---- other methods ------------------------------------------------------------------------------

proc run*(model: Model, name: string, args: openArray[Value],
          kwargs: openArray[(string, Value)]): Value =
  ## With arguments by name: `model.run("scale", args = [toValue(x)], kwargs = {"by": toValue(2)})`.
  let
    positional = newTuple(args)
    named = toValue(kwargs).toC
  var answer: Owned
  check tsrt_model_run(model.get, cText(name), positional.handle, named.handle, addr answer.handle)
  answer.toNim

proc run*(model: Model, name: string, args: varargs[Value, toValue]): Value =
  ## Any method, on nil, bools, numbers, strings, views and tensors; on tuples, on arrays and seqs
  ## of them (lists) and on `{key: item}` (dicts). One seq[Value] is all arguments, as ever with
  ## varargs.
  let positional = newTuple(args)
  var answer: Owned
  check tsrt_model_run(model.get, cText(name), positional.handle, nil, addr answer.handle)
  answer.toNim
