import * as c from './native.js';

/** What kind of failure a TsrtError is: the codes of tsrt.h. */
export const ErrorCode = Object.freeze({
  INVALID_ARGUMENT: 1,
  NOT_FOUND: 2,
  NOT_A_MODEL: 3,
  UNSUPPORTED: 4,
  MISSING_OPERATOR: 5,
  MODEL_ERROR: 6,
  DEVICE: 7,
  OUT_OF_MEMORY: 8,
  NOT_TRUSTED: 9,
  INTERNAL: 10,
  TIMEOUT: 11,
  CANCELLED: 12,
});

/** A failure inside tsrt. What JavaScript can see to be wrong is a TypeError or RangeError. */
export class TsrtError extends Error {
  constructor(code, message, detail) {
    super(message);
    this.name = 'TsrtError';
    this.code = code;
    this.detail = detail;
  }
}

/** Throws the error that a C function returned, if it did. */
export function check(error) {
  if (error !== null) throw taken(error);
}

function taken(error) {
  const thrown = new TsrtError(
    c.error_code(error),
    c.error_message(error),
    c.error_detail(error),
  );
  c.error_free(error);
  return thrown;
}
