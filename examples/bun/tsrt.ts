// Runs serialized PyTorch models.
import { check, TsrtError } from "./error";
import { Block, c, FIRST, out, type Pointer, pointerIn, textAt } from "./ffi";
import { Row, takeTensor, Tensor, type Tensors, tensors } from "./tensor";
import { Loan, takeValue, Tuple, type Value } from "./values";

export { Tensor, TsrtError, Tuple };
export type { Tensors, Value };
export type { DType, TypedArray } from "./tensor";

export const version = textAt(c.tsrt_version());
export const torchVersion = textAt(c.tsrt_torch_version());

/** How many objects made by tsrt have not been freed yet. */
export const liveHandles = (): number => Number(c.tsrt_live_handles());

const MAX_OUTPUTS = 64;

// What calls on this thread use in turn.
const row = new Row();
const outputs = new Block(MAX_OUTPUTS);

// A safety net. A running call holds its model, so that is not collected meanwhile.
const forgotten = new FinalizationRegistry((pointer: Pointer) => c.tsrt_model_free(pointer));

/** A text for C, which ends it at its first zero byte: so there must not be any. */
function text(value: string, what: string): Uint8Array {
  if (typeof value !== "string") throw new TypeError(`${what} has to be a string`);
  if (value.includes("\0")) throw new TypeError(`${what} has a zero byte in it`);
  if (!value.isWellFormed()) throw new TypeError(`${what} is not well-formed Unicode`);
  return Buffer.from(value + "\0");
}

/** The first `n` tensors in `outputs`. */
function taken(n: number): Tensor[] {
  const list: Tensor[] = [];
  let i = 0;
  try {
    while (i < n) list.push(takeTensor(pointerIn(outputs, i++)));
    return list;
  } finally {
    while (i < n) c.tsrt_managed_tensor_free(pointerIn(outputs, i++));
  }
}

/** A serialized PyTorch model, loaded and ready to run. */
export class Model implements Disposable {
  #pointer: Pointer | null;

  private constructor(
    pointer: Pointer,
    readonly borrowed = false,
  ) {
    this.#pointer = pointer;
    if (!borrowed) forgotten.register(this, pointer, this);
  }

  /** `options` is "key=value,key=value": see tsrt_model_load in tsrt.h. */
  static load(path: string, options = ""): Model {
    check(c.tsrt_model_load(text(path, "the path"), text(options, "options"), FIRST));
    return new Model(pointerIn(out, 0));
  }

  /** The model that another worker has at an address, which has to keep it open meanwhile. */
  static at(address: number): Model {
    return new Model(address as Pointer, true);
  }

  /** Where it is, for Model.at in another worker. */
  get address(): Pointer {
    if (this.#pointer === null) throw new Error("the model is closed");
    return this.#pointer;
  }

  /** Runs `forward` on a tensor or typed array, or an array of them. Returns the results. */
  forward(inputs: Tensors): Tensor[] {
    const list = tensors(inputs);
    const model = this.address;
    const address = row.fill(list);
    check(
      c.tsrt_model_forward(model, address, list.length, outputs.address, MAX_OUTPUTS, FIRST),
    );
    row.held = null;
    return taken(Number(out.words[0]));
  }

  /** Runs `forward` and has the results written into arrays of the caller's. */
  forwardInto(inputs: Tensors, results: Tensors): void {
    const [from, to] = [tensors(inputs), tensors(results)];
    const model = this.address;
    const address = row.fill([...from, ...to]);
    check(c.tsrt_model_forward_into(model, address, from.length, row.at(from.length), to.length));
    row.held = null;
  }

  /** Runs any method on any values. */
  run(method: string, args: readonly Value[] = [], kwargs: { [name: string]: Value } = {}) {
    const name = text(method, "the method");
    const model = this.address;
    const loan = new Loan();
    try {
      check(c.tsrt_model_run(model, name, loan.value([...args]), loan.value(kwargs), FIRST));
      return takeValue(pointerIn(out, 0));
    } finally {
      loan.end();
    }
  }

  /** A second model with the same weights in the same memory and state of its own. */
  clone(): Model {
    check(c.tsrt_model_clone(this.address, FIRST));
    return new Model(pointerIn(out, 0));
  }

  /** Stops the calls that run now in other workers. */
  cancel(): void {
    check(c.tsrt_model_cancel(this.address));
  }

  /** Everything there is to know of the model, as JSON: see tsrt_model_describe in tsrt.h. */
  describe(): string {
    check(c.tsrt_model_describe(this.address, FIRST));
    const made = pointerIn(out, 0);
    const json = textAt(made);
    c.tsrt_string_free(made);
    return json;
  }

  /** Frees the model, unless it is another worker's. */
  close(): void {
    if (this.#pointer === null) return;
    forgotten.unregister(this);
    if (!this.borrowed) c.tsrt_model_free(this.#pointer);
    this.#pointer = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
