// Element types: their numbers in DLPack, and the arrays that hold them.

const INT = 0;
const UINT = 1;
const FLOAT = 2;
const BFLOAT = 4;
const COMPLEX = 5;
const BOOL = 6;

const TABLE = [
  ['float32', FLOAT, 32, Float32Array],
  ['float64', FLOAT, 64, Float64Array],
  ['int8', INT, 8, Int8Array],
  ['int16', INT, 16, Int16Array],
  ['int32', INT, 32, Int32Array],
  ['int64', INT, 64, BigInt64Array],
  ['uint8', UINT, 8, Uint8Array],
  ['uint16', UINT, 16, Uint16Array],
  ['uint32', UINT, 32, Uint32Array],
  ['uint64', UINT, 64, BigUint64Array],
  // From here on the array does not tell the type, so it has to be named.
  ['bool', BOOL, 8, Uint8Array],
  ['float16', FLOAT, 16, Uint16Array],
  ['bfloat16', BFLOAT, 16, Uint16Array],
  ['complex32', COMPLEX, 32, Uint16Array],
  ['complex64', COMPLEX, 64, Float32Array],
  ['complex128', COMPLEX, 128, Float64Array],
  ['float8_e4m3fn', 10, 8, Uint8Array],
  ['float8_e4m3fnuz', 11, 8, Uint8Array],
  ['float8_e5m2', 12, 8, Uint8Array],
  ['float8_e5m2fnuz', 13, 8, Uint8Array],
  ['float8_e8m0fnu', 14, 8, Uint8Array],
];

/** By name: {name, code, bits, lanes, word, Data, width, bytes}. `word` is a tsrt_dtype as one
 * number; an element takes `width` places of a `Data`. */
export const DTYPES = new Map(
  TABLE.map(([name, code, bits, Data]) => {
    const bytes = bits / 8;
    const word = code + bits * 0x100 + 0x10000;
    const width = bytes / Data.BYTES_PER_ELEMENT;
    return [name, Object.freeze({ name, code, bits, lanes: 1, word, Data, width, bytes })];
  }),
);

const BY_WORD = new Map(Array.from(DTYPES.values(), (each) => [each.word, each]));

const BY_ARRAY = new Map([
  [Uint8ClampedArray, DTYPES.get('uint8')],
  [globalThis.Float16Array, DTYPES.get('float16')], // Node.js 24 and later
]);
BY_ARRAY.delete(undefined);
for (const each of DTYPES.values()) {
  if (!BY_ARRAY.has(each.Data)) BY_ARRAY.set(each.Data, each);
}

export function dtypeOfWord(word) {
  const found = BY_WORD.get(word);
  if (!found) throw new TypeError(`no array has elements of DLPack's type 0x${word.toString(16)}`);
  return found;
}

/** The element type of an array, unless `name` says another one. */
export function dtypeOf(data, name) {
  let natural = BY_ARRAY.get(data?.constructor);
  if (!natural) {
    // A subclass, such as Buffer; what is no typed array has no tag like these.
    const tag = ArrayBuffer.isView(data) ? data[Symbol.toStringTag] : undefined;
    natural = tag && BY_ARRAY.get(globalThis[tag]);
  }
  if (!natural) throw new TypeError('the data of a tensor has to be a typed array');
  if (name === undefined) return natural;
  const dtype = DTYPES.get(name);
  if (!dtype) throw new TypeError(`no dtype '${name}': there are ${[...DTYPES.keys()].join(', ')}`);
  const same = natural.Data === dtype.Data;
  if (!same) throw new TypeError(`${dtype.name} takes a ${dtype.Data.name}`);
  return dtype;
}
