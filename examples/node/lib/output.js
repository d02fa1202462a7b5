// Tensors that tsrt made become arrays of JavaScript's own, by one copy. A view of tsrt's memory
// would take longer to make than most outputs to copy (about a microsecond), and could be left
// without its memory by ArrayBuffer.prototype.transfer.
import { DTYPES, dtypeOfWord } from './dtypes.js';
import { check } from './errors.js';
import * as c from './native.js';
import { Tensor } from './tensor.js';

// A tsrt_managed_tensor by its 64-bit words, and some of these by their halves.
const WORD = { data: 4, shape: 7, strides: 8, byteOffset: 9, all: 10 };
const HALF = { flagsHigh: 7, deviceType: 10, ndim: 12, dtype: 13, shape: 14, strides: 16 };
const QUANTIZED = 0x80000000; // of TSRT_QUANTIZED, the higher half
const TENSOR = 32n; // where the tsrt_tensor is in it
const MAX_DIMS = 64;
const HOST = [1, 3]; // TSRT_CPU, TSRT_CUDA_HOST

const head = new c.Block(WORD.all);
const dims = new c.Block(2 * MAX_DIMS);
const small = new c.Block(512);
const smallArrays = new Map(
  Array.from(DTYPES.values(), ({ Data }) => [Data, new Data(small.buffer)]),
);

/** Integers that stand for numbers: (integer - zeroPoint) * scale. */
export class QuantizedTensor {
  /** `scales` (float64) and `zeroPoints` (int64) are tensors of shape [] with axis -1, else of one
   * number for each index along `axis`. */
  constructor(integers, scales, zeroPoints, axis = -1) {
    Object.assign(this, { integers, scales, zeroPoints, axis });
  }

  /** The numbers that it stands for, as float32. */
  dequantize() {
    const { integers, scales, zeroPoints, axis } = this;
    const { shape } = integers;
    const inner = axis < 0 ? 1 : shape.slice(axis + 1).reduce((n, size) => n * size, 1);
    const numbers = Float32Array.from(integers.data, (integer, i) => {
      const at = axis < 0 ? 0 : Math.floor(i / inner) % shape[axis];
      return Math.fround(integer - Number(zeroPoints.data[at])) * Math.fround(scales.data[at]);
    });
    return new Tensor(numbers, shape);
  }
}

/** The Tensor, or QuantizedTensor, for what C made, which is freed. */
export function takeTensor(pointer) {
  try {
    c.memcpy(head.address, pointer, WORD.all * 8);
    return head.halves[HALF.flagsHigh] & QUANTIZED ? quantized(pointer) : copied(pointer);
  } finally {
    c.managed_tensor_free(pointer);
  }
}

/** Those in the first `n` words of a block; if one cannot be had, the others are freed. */
export function takeTensors({ words }, n) {
  let i = 0;
  try {
    const list = [];
    while (i < n) list.push(takeTensor(words[i++]));
    return list;
  } finally {
    while (i < n) c.managed_tensor_free(words[i++]);
  }
}

/** The copy of the tensor whose words are in `head`. */
function copied(pointer) {
  const { words, halves } = head;
  const shape = readDims(halves[HALF.ndim]);
  if (!HOST.includes(halves[HALF.deviceType]) || !isRowMajor(shape)) return copiedByC(pointer);
  const dtype = dtypeOfWord(halves[HALF.dtype]);
  const n = shape.reduce((product, size) => product * size, 1);
  const data = copiedArray(dtype, n, words[WORD.data] + words[WORD.byteOffset]);
  return new Tensor(data, shape, undefined, dtype);
}

function copiedByC(pointer) {
  check(c.tensor_copy(pointer + TENSOR, 'cpu', c.FIRST));
  return takeTensor(c.out.words[0]);
}

function copiedArray({ Data, width, bytes }, n, source) {
  if (n * bytes <= small.bytes.length) {
    // V8 makes small arrays quickly as long as C does not ask for their addresses.
    c.memcpy(small.address, source, n * bytes);
    return smallArrays.get(Data).slice(0, n * width);
  }
  const array = new Data(n * width);
  c.memcpy(array, source, n * bytes);
  return array;
}

/** Has sizes and strides in `dims`, one after the other, and returns the sizes. */
function readDims(ndim) {
  const { words, halves } = head;
  const bytes = ndim * 8;
  const beside =
    halves[HALF.strides] - halves[HALF.shape] === bytes &&
    halves[HALF.strides + 1] === halves[HALF.shape + 1];
  if (beside) {
    c.memcpy(dims.address, words[WORD.shape], 2 * bytes); // one call instead of two
  } else {
    c.memcpy(dims.address, words[WORD.shape], bytes);
    if (words[WORD.strides] !== 0n) {
      c.memcpy(dims.address + BigInt(bytes), words[WORD.strides], bytes);
    }
  }
  const shape = [];
  for (let i = 0; i < ndim; i++) shape.push(Number(dims.words[i]));
  return shape;
}

function isRowMajor(shape) {
  if (head.words[WORD.strides] === 0n || shape.includes(0)) return true;
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && Number(dims.words[shape.length + i]) !== step) return false;
    step *= shape[i];
  }
  return true;
}

function quantized(pointer) {
  const made = new c.Block(3);
  const [first, second, third] = [0n, 8n, 16n].map((offset) => made.address + offset);
  check(c.managed_tensor_quantization(pointer, first, second, third));
  const [scales, zeroPoints] = takeTensors(made, 2);
  c.memcpy(head.address, pointer, WORD.all * 8);
  return new QuantizedTensor(copied(pointer), scales, zeroPoints, made.halves[4] | 0);
}
