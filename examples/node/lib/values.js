// JavaScript's values to tsrt's.
import { DTYPES } from './dtypes.js';
import { check } from './errors.js';
import { Complex, DType, EnumMember, Float, Tuple } from './kinds.js';
import * as c from './native.js';
import { ModelObject } from './objects.js';
import { QuantizedTensor } from './output.js';
import { Row, Tensor } from './tensor.js';

const row = new Row();

const MAX_DEPTH = 64; // an array that contains itself would never end; tsrt has the same bound

/** The values that are made for a call, and what they borrow, until `end`. */
export class Loan {
  #values = [];
  #handles = [];
  #things = []; // such as arrays, whose memory the values of tensors borrow

  /** The pointer of the tsrt_value for `x`. */
  value(x, depth = 0) {
    if (depth > MAX_DEPTH) throw new RangeError(`values nest deeper than ${MAX_DEPTH} levels`);
    switch (typeof x) {
      case 'number':
        return this.#number(x);
      case 'string':
        return this.#string(x);
      case 'boolean':
        return this.#made(c.value_new_bool, x);
      case 'bigint':
        return this.#int(x);
      case 'object':
        return x === null ? this.#made(c.value_new_none) : this.#object(x, depth);
      default:
        throw new TypeError(`a model takes no ${typeof x}`);
    }
  }

  /** The pointer of a handle, which is not freed before `end`. */
  borrow(handle) {
    const pointer = handle.borrow();
    this.#handles.push(handle);
    return pointer;
  }

  /** Keeps something alive until `end`. */
  hold(thing) {
    this.#things.push(thing);
    return thing;
  }

  end() {
    this.#values.forEach(c.value_free);
    this.#handles.forEach((handle) => handle.giveBack());
    this.#values = this.#handles = this.#things = [];
  }

  #made(call, ...args) {
    check(call(...args, c.FIRST));
    const pointer = c.out.words[0];
    this.#values.push(pointer);
    return pointer;
  }

  /** A number that may be an integer is one: tsrt makes a float of it where one is wanted. */
  #number(x) {
    const isInt = Number.isSafeInteger(x) && !Object.is(x, -0);
    return this.#made(isInt ? c.value_new_int : c.value_new_float, x);
  }

  #int(x) {
    if (BigInt.asIntN(64, x) !== x) throw new RangeError(`${x} does not fit into 64 bits`);
    return this.#made(c.value_new_int, x);
  }

  #string(x) {
    if (!x.isWellFormed()) throw new TypeError('a string is not well-formed Unicode');
    const utf8 = Buffer.from(x);
    return this.#made(c.value_new_string, utf8, utf8.length);
  }

  #object(x, depth) {
    if (x instanceof Tensor || ArrayBuffer.isView(x)) return this.#tensor(x);
    if (Array.isArray(x)) return this.#sequence(x, depth);
    if (x instanceof Map) return this.#dict(x.entries(), depth);
    if (x instanceof Float) return this.#made(c.value_new_float, x.value);
    if (x instanceof Complex) return this.#made(c.value_new_complex, x.real, x.imaginary);
    if (x instanceof EnumMember) return this.#string(x.name);
    if (x instanceof DType) return this.#made(c.value_new_dtype, DTYPES.get(x.name));
    if (x instanceof QuantizedTensor) return this.#quantized(x);
    if (x instanceof ModelObject) return this.borrow(ModelObject.handleOf(x));
    const prototype = Object.getPrototypeOf(x);
    if (prototype === Object.prototype || prototype === null) {
      return this.#dict(Object.entries(x), depth);
    }
    throw new TypeError(`a model takes no ${x.constructor?.name ?? 'such object'}`);
  }

  #tensor(x) {
    const address = row.fill([x instanceof Tensor ? x : new Tensor(x)]);
    this.hold(row.held);
    return this.#made(c.value_new_tensor, address);
  }

  #quantized({ integers, scales, zeroPoints, axis }) {
    const first = row.fill([integers, scales, zeroPoints]);
    return this.#made(c.value_new_quantized, first, row.at(1), row.at(2), axis);
  }

  #sequence(x, depth) {
    const items = Array.from(x, (item) => this.value(item, depth + 1));
    const call = x instanceof Tuple ? c.value_new_tuple : c.value_new_list;
    return this.#made(call, BigUint64Array.from(items), items.length);
  }

  #dict(entries, depth) {
    const keys = [];
    const items = [];
    for (const [key, item] of entries) {
      keys.push(this.value(key, depth + 1));
      items.push(this.value(item, depth + 1));
    }
    const pointers = [keys, items].map((each) => BigUint64Array.from(each));
    return this.#made(c.value_new_dict, ...pointers, keys.length);
  }
}
