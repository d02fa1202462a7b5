import { addressOf, Block, c, FIRST, memcpy, out } from "./ffi.ts";
import { check } from "./error.ts";

const INT = 0, UINT = 1, FLOAT = 2, BOOL = 6; // DLPack's codes

// The element types that there are arrays for, each with its tsrt_dtype as one number.
const TYPES = ([
  ["float32", FLOAT, Float32Array],
  ["float64", FLOAT, Float64Array],
  ["float16", FLOAT, Float16Array],
  ["int8", INT, Int8Array],
  ["int16", INT, Int16Array],
  ["int32", INT, Int32Array],
  ["int64", INT, BigInt64Array],
  ["uint8", UINT, Uint8Array],
  ["uint16", UINT, Uint16Array],
  ["uint32", UINT, Uint32Array],
  ["uint64", UINT, BigUint64Array],
  ["bool", BOOL, Uint8Array],
] as const).map(([name, code, Data]) => ({
  name,
  Data,
  word: code + Data.BYTES_PER_ELEMENT * 0x800 + 0x10000,
}));

type Type = (typeof TYPES)[number];
export type DType = Type["name"];
export type TypedArray = InstanceType<Type["Data"]>;
const BY_WORD = new Map(TYPES.map((type) => [type.word, type]));

function typeOf(data: TypedArray, dtype?: DType): Type {
  const type = TYPES.find(({ name, Data }) =>
    data instanceof Data && (dtype === undefined || name === dtype)
  );
  if (!type) throw new TypeError(`no ${dtype ?? "tensor"} in a ${data?.constructor?.name}`);
  return type;
}

/** A typed array with a shape. The array is used as it is, not copied. */
export class Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  #type: Type;
  #layout: Layout | null = null;

  /** Without a shape it has one dimension; without a dtype, the array's. */
  constructor(readonly data: TypedArray, shape?: readonly number[], dtype?: DType | Type) {
    this.#type = typeof dtype === "object" ? dtype : typeOf(data, dtype);
    this.dtype = this.#type.name;
    this.shape = shape ?? [data.length];
    if (typeof dtype !== "object") fit(this); // else tsrt made it
  }

  /** What C is told of it: as it was when first used, whatever is done to it later. */
  layout(): Layout {
    this.#layout ??= new Layout(this, this.#type);
    if (this.data.length !== this.#layout.length) {
      throw new TypeError("the array of a tensor was detached or resized");
    }
    return this.#layout;
  }
}

function count(shape: readonly number[]): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

function fit({ data, shape }: Tensor): void {
  for (const size of shape) {
    if (!(Number.isSafeInteger(size) && size >= 0)) throw new RangeError(`a size of ${size}`);
  }
  if (count(shape) !== data.length) {
    throw new RangeError(`shape [${shape}] does not fit an array of ${data.length}`);
  }
}

const DESCRIPTOR = 6; // 64-bit words of a tsrt_tensor
const CPU = 1n; // a tsrt_device

class Layout {
  readonly length: number;
  readonly address: bigint;
  readonly head: bigint; // ndim and dtype
  readonly sizes: bigint[];

  constructor(tensor: Tensor, { word }: Type) {
    fit(tensor);
    this.length = tensor.data.length;
    this.address = addressOf(tensor.data as ArrayBufferView<ArrayBuffer>);
    this.head = BigInt(tensor.shape.length) | (BigInt(word) << 32n);
    this.sizes = tensor.shape.map(BigInt);
  }

  /** Writes a tsrt_tensor at word `at`, and its sizes at word `rest`; returns where these end. */
  write({ words, address }: Block, at: number, rest: number): number {
    words[at] = this.address;
    words[at + 1] = CPU;
    words[at + 2] = this.head;
    words[at + 3] = address + BigInt(rest * 8);
    words[at + 4] = 0n;
    words[at + 5] = 0n;
    for (const size of this.sizes) words[rest++] = size;
    return rest;
  }
}

export type Tensors = Tensor | TypedArray | readonly (Tensor | TypedArray)[];

/** One or several tensors or typed arrays, as an array of tensors. */
export function tensors(inputs: Tensors): Tensor[] {
  const list = (Array.isArray(inputs) ? inputs : [inputs]) as (Tensor | TypedArray)[];
  return list.map((input) => input instanceof Tensor ? input : new Tensor(input));
}

/** The descriptors of tensors in a row, in memory that C can read. */
export class Row {
  #block = new Block(64);

  /** Keeps the arrays alive. Set to null when C no longer looks at them. */
  held: Tensor[] | null = null;

  /** Describes tensors, in place of those before. Returns the address of the first. */
  fill(list: Tensor[]): bigint {
    let rest = list.length * DESCRIPTOR;
    let words = rest;
    for (const tensor of list) words += tensor.layout().sizes.length;
    if (words > this.#block.words.length) this.#block = new Block(words);
    for (let i = 0; i < list.length; i++) {
      rest = list[i].layout().write(this.#block, i * DESCRIPTOR, rest);
    }
    this.held = list;
    return this.#block.address;
  }

  /** The address of descriptor `i`. */
  at(i: number): bigint {
    return this.#block.address + BigInt(i * DESCRIPTOR * 8);
  }
}

// A tsrt_managed_tensor by its 64-bit words, and some of these by their halves.
const WORD = { data: 4, shape: 7, strides: 8, byteOffset: 9, all: 10 };
const HALF = { flagsHigh: 7, deviceType: 10, ndim: 12, dtype: 13 };
const QUANTIZED = 0x80000000; // of TSRT_QUANTIZED, the higher half
const TENSOR = 32n; // where the tsrt_tensor is in it
const MAX_DIMS = 64;
const CPU_TEXT = new TextEncoder().encode("cpu\0");

const head = new Block(WORD.all);
const sizes = new Block(MAX_DIMS);
const strides = new Block(MAX_DIMS);
const small = new Block(512);
const smallArrays = new Map(TYPES.map(({ Data }) => [Data, new Data(small.words.buffer)]));

/** The Tensor for what C made, which is freed: a copy of it. */
export function takeTensor(pointer: bigint): Tensor {
  try {
    const { words, halves } = head;
    memcpy(head.address, pointer, BigInt(WORD.all * 8));
    if (halves[HALF.flagsHigh] & QUANTIZED) throw new TypeError("a quantized tensor");
    const ndim = halves[HALF.ndim];
    memcpy(sizes.address, words[WORD.shape], BigInt(ndim * 8));
    const shape: number[] = [];
    for (let i = 0; i < ndim; i++) shape.push(Number(sizes.words[i]));
    if (halves[HALF.deviceType] !== 1 || !isRowMajor(shape)) {
      check(c.tsrt_tensor_copy(pointer + TENSOR, CPU_TEXT, FIRST));
      return takeTensor(out.words[0]);
    }
    const type = BY_WORD.get(halves[HALF.dtype]);
    if (!type) throw new TypeError("a tensor of elements that there is no array for");
    const source = words[WORD.data] + words[WORD.byteOffset];
    return new Tensor(copied(type, count(shape), source), shape, type);
  } finally {
    c.tsrt_managed_tensor_free(pointer);
  }
}

function isRowMajor(shape: number[]): boolean {
  const address = head.words[WORD.strides];
  if (address === 0n || shape.includes(0)) return true;
  memcpy(strides.address, address, BigInt(shape.length * 8));
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && Number(strides.words[i]) !== step) return false;
    step *= shape[i];
  }
  return true;
}

/** Copies that are small are made fastest from memory that C knows already. */
function copied({ Data }: Type, length: number, source: bigint): TypedArray {
  const bytes = length * Data.BYTES_PER_ELEMENT;
  if (bytes <= small.words.byteLength) {
    memcpy(small.address, source, BigInt(bytes));
    return smallArrays.get(Data)!.slice(0, length);
  }
  const array = new Data(length);
  memcpy(addressOf(array), source, BigInt(bytes));
  return array;
}
