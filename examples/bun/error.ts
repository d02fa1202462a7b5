import { c, type Pointer, textAt } from "./ffi";

/** A failure inside tsrt; `code` is one of those in tsrt.h. What JavaScript itself can see to be
 * wrong is a TypeError or RangeError. */
export class TsrtError extends Error {
  override name = "TsrtError";

  constructor(readonly code: number, message: string, readonly detail: string) {
    super(message);
  }
}

/** Throws the error that a C function returned, if it did. */
export function check(error: Pointer | null): void {
  if (error !== null) throw taken(error);
}

function taken(error: Pointer): TsrtError {
  const thrown = new TsrtError(
    c.tsrt_error_code(error),
    textAt(c.tsrt_error_message(error)),
    textAt(c.tsrt_error_detail(error)),
  );
  c.tsrt_error_free(error);
  return thrown;
}
