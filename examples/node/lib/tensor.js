import { dtypeOf } from './dtypes.js';
import * as c from './native.js';

const CPU = 1n; // a tsrt_device of type TSRT_CPU and id 0
const DESCRIPTOR = 6; // 64-bit words of a tsrt_tensor

/** A typed array with a shape and an element type. The array is used as it is, not copied. */
export class Tensor {
  #dtype;
  #layout = null;

  /** `strides` count elements, from the first one of `data`; null is row-major. (`known` is for
   * what tsrt made: the entry of its element type in DTYPES.) */
  constructor(data, shape, { dtype, strides = null } = {}, known = null) {
    this.#dtype = known ?? dtypeOf(data, dtype);
    this.dtype = this.#dtype.name;
    this.shape = shape ?? [data.length / this.#dtype.width];
    this.strides = strides;
    this.data = data;
    if (!known) fit(data.length / this.#dtype.width, this.shape, strides);
  }

  /** How many elements it has. */
  get size() {
    return count(this.shape);
  }

  /** What C is told of it: as it was when first used, whatever is assigned to its fields later. */
  layout() {
    this.#layout ??= new Layout(this, this.#dtype);
    this.#layout.check();
    return this.#layout;
  }
}

function count(shape) {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

/** Checks that `available` elements are enough. */
function fit(available, shape, strides) {
  for (const dim of [...shape, ...(strides ?? [])]) {
    if (!(Number.isSafeInteger(dim) && dim >= 0)) throw new RangeError(`a size or stride of ${dim}`);
  }
  const n = count(shape);
  if (strides === null) {
    if (n === available) return;
    throw new RangeError(`shape [${shape}] is of ${n} elements, the array has ${available}`);
  }
  if (strides.length !== shape.length) throw new RangeError('a stride for each size is wanted');
  let last = 0;
  for (const [i, stride] of strides.entries()) last += (shape[i] - 1) * stride;
  if (n > 0 && last >= available) {
    throw new RangeError(`strides [${strides}] lead to element ${last} of ${available}`);
  }
}

class Layout {
  constructor({ data, shape, strides }, dtype) {
    fit(data.length / dtype.width, shape, strides);
    this.data = data;
    this.length = data.length;
    this.address = c.addressOf(data);
    this.head = BigInt(shape.length) | (BigInt(dtype.word) << 32n); // ndim and dtype
    this.ndim = shape.length;
    this.dims = [...shape, ...(strides ?? [])].map(BigInt);
  }

  /** The memory of an array can go away, by a transfer or by resizing. */
  check() {
    if (this.data.length !== this.length) {
      throw new TypeError('the array of a tensor was detached or resized');
    }
  }

  /** Writes a tsrt_tensor at word `at`, and its sizes and strides at word `rest`. */
  write(block, at, rest) {
    const { words, address } = block;
    const shape = address + BigInt(rest * 8);
    words[at] = this.address;
    words[at + 1] = CPU;
    words[at + 2] = this.head;
    words[at + 3] = shape;
    words[at + 4] = this.dims.length > this.ndim ? shape + BigInt(this.ndim * 8) : 0n;
    words[at + 5] = 0n;
    for (const dim of this.dims) words[rest++] = dim;
    return rest;
  }
}

const asTensor = (input) => (input instanceof Tensor ? input : new Tensor(input));

/** One or several tensors or typed arrays, as an array of tensors. */
export function tensors(inputs) {
  return Array.isArray(inputs) ? inputs.map(asTensor) : [asTensor(inputs)];
}

/** The descriptors of tensors in a row, in memory that C can read. */
export class Row {
  #block = new c.Block(128);

  /** Keeps the arrays alive. Set to null when C no longer looks at them. */
  held = null;

  /** Describes tensors, in place of those before. Returns the address of the first. */
  fill(list) {
    let rest = list.length * DESCRIPTOR;
    let words = rest;
    for (const tensor of list) words += tensor.layout().dims.length;
    if (words > this.#block.words.length) this.#block = new c.Block(words);
    for (let i = 0; i < list.length; i++) {
      rest = list[i].layout().write(this.#block, i * DESCRIPTOR, rest);
    }
    this.held = list;
    return this.#block.address;
  }

  /** The address of descriptor `i`. */
  at(i) {
    return this.#block.address + BigInt(i * DESCRIPTOR * 8);
  }
}
