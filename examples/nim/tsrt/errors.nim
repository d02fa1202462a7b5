## What fails in tsrt, as an exception.

import capi

type
  TsrtError* = object of CatchableError ## `msg` is one line: what is wrong, and what to do
    code*: int32 ## one of those in tsrt.h; there may be new ones
    detail*: string ## the longer story, such as the traceback through the model's code; or ""

proc fail(error: ErrorPtr) {.noinline, noreturn.} =
  let e = newException(TsrtError, $tsrt_error_message(error))
  e.code = tsrt_error_code(error)
  e.detail = $tsrt_error_detail(error)
  tsrt_error_free(error)
  raise e

proc refuse*(why: string) {.noinline, noreturn.} =
  ## For what is wrong already here.
  raise newException(ValueError, why)

proc check*(error: ErrorPtr) {.inline.} =
  ## Every call of tsrt goes through here.
  if error != nil: fail(error)

proc cText*(text: string): cstring =
  ## Text for C, which ends it at a zero byte. Borrows from `text`.
  if '\0' in text: refuse("there is a zero byte in " & repr(text))
  cstring(text)
