// tsrt's values to JavaScript's.
import { check } from './errors.js';
import { Complex, EnumMember, Tuple } from './kinds.js';
import * as c from './native.js';
import { ModelObject } from './objects.js';
import { takeTensor } from './output.js';

// What makes something of a value, by its kind.
const READERS = [
  () => null,
  readBool,
  readInt,
  readFloat,
  readComplex,
  readString,
  readTensor,
  readList,
  readTuple,
  readDict,
  readString, // a device's name
];
const KIND_ENUM = 13;

const numbers = new Float64Array(c.out.buffer);

/** What a value is in JavaScript. The value is freed, or becomes an object's. */
export function takeValue(pointer) {
  const kind = c.value_kind(pointer);
  const read = READERS[kind] ?? (kind === KIND_ENUM ? readEnumMember : null);
  if (!read) return new ModelObject(pointer);
  try {
    return read(pointer);
  } finally {
    c.value_free(pointer);
  }
}

function readBool(pointer) {
  check(c.value_get_bool(pointer, c.FIRST));
  return c.out.bytes[0] !== 0;
}

/** A number as long as that is exact. */
function readInt(pointer) {
  check(c.value_get_int(pointer, c.FIRST));
  const exact = BigInt.asIntN(64, c.out.words[0]);
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

function readFloat(pointer) {
  check(c.value_get_float(pointer, c.FIRST));
  return numbers[0];
}

function readComplex(pointer) {
  check(c.value_get_complex(pointer, c.FIRST, c.SECOND));
  return new Complex(numbers[0], numbers[1]);
}

function readString(pointer) {
  check(c.value_get_string(pointer, c.FIRST, c.SECOND));
  const [address, size] = c.out.words;
  const utf8 = Buffer.alloc(Number(size));
  c.memcpy(utf8, address, utf8.length);
  return utf8.toString();
}

function readTensor(pointer) {
  check(c.value_get_tensor(pointer, c.FIRST));
  return takeTensor(c.out.words[0]);
}

function sizeOf(pointer) {
  check(c.value_size(pointer, c.FIRST));
  return Number(c.out.words[0]);
}

function readItem(pointer, i) {
  check(c.value_item(pointer, i, c.FIRST));
  return takeValue(c.out.words[0]);
}

function readList(pointer) {
  return Array.from({ length: sizeOf(pointer) }, (_, i) => readItem(pointer, i));
}

/** The name of a field; null for a plain tuple. */
function fieldOf(pointer, i) {
  check(c.value_field(pointer, i, c.FIRST));
  return c.out.words[0] === 0n ? null : c.textAt(c.out.words[0]);
}

function readTuple(pointer) {
  const tuple = Tuple.from(readList(pointer));
  if (tuple.length && fieldOf(pointer, 0) !== null) {
    tuple.fields = Array.from(tuple, (_, i) => fieldOf(pointer, i));
  }
  return tuple;
}

function readDict(pointer) {
  const map = new Map();
  const size = sizeOf(pointer);
  for (let i = 0; i < size; i++) {
    check(c.value_entry(pointer, i, c.FIRST, c.SECOND));
    const item = c.out.words[1];
    let key;
    try {
      key = takeValue(c.out.words[0]);
    } catch (error) {
      c.value_free(item);
      throw error;
    }
    map.set(key, takeValue(item));
  }
  return map;
}

function readEnumMember(pointer) {
  check(c.value_type(pointer, c.FIRST));
  const type = c.textAt(c.out.words[0]);
  const [name, value] = ['name', 'value'].map((field) => {
    check(c.value_attribute(pointer, field, c.FIRST));
    return takeValue(c.out.words[0]);
  });
  return new EnumMember(type, name, value);
}
