// Runs serialized PyTorch models.
import { check, TsrtError } from "./error.ts";
import { Block, c, FIRST, out, textAt } from "./ffi.ts";
import { Row, takeTensor, Tensor, type Tensors, tensors } from "./tensor.ts";
import { Loan, takeValue, Tuple, type Value } from "./values.ts";

export { Tensor, TsrtError, Tuple };
export type { Tensors, Value };
export type { DType, TypedArray } from "./tensor.ts";

export const version = textAt(c.tsrt_version());
export const torchVersion = textAt(c.tsrt_torch_version());

/** How many objects made by tsrt have not been freed yet. */
export const liveHandles = (): number => Number(c.tsrt_live_handles());

const MAX_OUTPUTS = 64;

// What calls on this thread use in turn.
const row = new Row();
const outputs = new Block(MAX_OUTPUTS);

// A safety net. A running call holds its model, so that is not collected meanwhile.
const forgotten = new FinalizationRegistry((pointer: bigint) => c.tsrt_model_free(pointer));

/** A text for C, which ends it at its first zero byte: so there must not be any. */
function text(value: string, what: string): Uint8Array<ArrayBuffer> {
  if (typeof value !== "string") throw new TypeError(`${what} has to be a string`);
  if (value.includes("\0")) throw new TypeError(`${what} has a zero byte in it`);
  if (!value.isWellFormed()) throw new TypeError(`${what} is not well-formed Unicode`);
  return new TextEncoder().encode(value + "\0");
}

function taken(words: BigUint64Array, n: number): Tensor[] {
  const list: Tensor[] = [];
  let i = 0;
  try {
    while (i < n) list.push(takeTensor(words[i++]));
    return list;
  } finally {
    while (i < n) c.tsrt_managed_tensor_free(words[i++]);
  }
}

/** A serialized PyTorch model, loaded and ready to run. */
export class Model implements Disposable {
  #address: bigint;
  #calls = 0; // on other threads
  #closed = false;

  private constructor(address: bigint) {
    this.#address = address;
    forgotten.register(this, address, this);
  }

  /** `options` is "key=value,key=value": see tsrt_model_load in tsrt.h. */
  static load(path: string, options = ""): Model {
    check(c.tsrt_model_load(text(path, "the path"), text(options, "options"), FIRST));
    return new Model(out.words[0]);
  }

  get #pointer(): bigint {
    if (this.#closed) throw new Error("the model is closed");
    return this.#address;
  }

  /** Runs `forward` on a tensor or typed array, or an array of them. Returns the results. */
  forward(inputs: Tensors): Tensor[] {
    const list = tensors(inputs);
    const n = BigInt(list.length);
    const model = this.#pointer;
    const address = row.fill(list);
    check(
      c.tsrt_model_forward(model, address, n, outputs.address, BigInt(MAX_OUTPUTS), FIRST),
    );
    row.held = null;
    return taken(outputs.words, Number(out.words[0]));
  }

  /** Runs `forward` and has the results written into arrays of the caller's. */
  forwardInto(inputs: Tensors, results: Tensors): void {
    const [from, to] = [tensors(inputs), tensors(results)];
    const [n, m] = [BigInt(from.length), BigInt(to.length)];
    const model = this.#pointer;
    const address = row.fill([...from, ...to]);
    check(c.tsrt_model_forward_into(model, address, n, row.at(from.length), m));
    row.held = null;
  }

  /** forward on another thread. The arrays must not be written before it is done. */
  async forwardAsync(inputs: Tensors): Promise<Tensor[]> {
    const list = tensors(inputs);
    const own = { row: new Row(), made: new Block(MAX_OUTPUTS + 1) };
    const address = own.row.fill(list);
    const count = own.made.address + BigInt(MAX_OUTPUTS * 8);
    const [n, room] = [BigInt(list.length), BigInt(MAX_OUTPUTS)];
    await this.#elsewhere((model) =>
      c.forwardAsync(model, address, n, own.made.address, room, count)
    );
    own.row.held = null;
    return taken(own.made.words, Number(own.made.words[MAX_OUTPUTS]));
  }

  async forwardIntoAsync(inputs: Tensors, results: Tensors): Promise<void> {
    const [from, to] = [tensors(inputs), tensors(results)];
    const own = new Row();
    const address = own.fill([...from, ...to]);
    const [n, m] = [BigInt(from.length), BigInt(to.length)];
    await this.#elsewhere((model) =>
      c.forwardIntoAsync(model, address, n, own.at(from.length), m)
    );
    own.held = null;
  }

  /** Runs any method on any values. */
  run(method: string, args: readonly Value[] = [], kwargs: { [name: string]: Value } = {}) {
    const name = text(method, "the method");
    const model = this.#pointer;
    const loan = new Loan();
    try {
      check(c.tsrt_model_run(model, name, loan.value([...args]), loan.value(kwargs), FIRST));
      return takeValue(out.words[0]);
    } finally {
      loan.end();
    }
  }

  /** A second model with the same weights in the same memory and state of its own. */
  clone(): Model {
    check(c.tsrt_model_clone(this.#pointer, FIRST));
    return new Model(out.words[0]);
  }

  /** Stops the calls that run now on other threads. */
  cancel(): void {
    check(c.tsrt_model_cancel(this.#pointer));
  }

  /** Everything there is to know of the model, as JSON: see tsrt_model_describe in tsrt.h. */
  describe(): string {
    check(c.tsrt_model_describe(this.#pointer, FIRST));
    const made = out.words[0];
    const json = textAt(Deno.UnsafePointer.create(made));
    c.tsrt_string_free(made);
    return json;
  }

  /** Frees the model, once its calls on other threads have ended. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    forgotten.unregister(this);
    this.#freeWhenUnused();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #elsewhere(call: (model: bigint) => Promise<bigint>): Promise<void> {
    const model = this.#pointer;
    this.#calls++;
    try {
      check(await call(model));
    } finally {
      this.#calls--;
      this.#freeWhenUnused();
    }
  }

  #freeWhenUnused(): void {
    if (this.#closed && this.#calls === 0) c.tsrt_model_free(this.#address);
  }
}
