// Values that TorchScript has and JavaScript has not.
import { DTYPES } from './dtypes.js';

/** A tuple: an array, `Tuple.of(1, 'a')`. That of a named tuple has `fields`, their names. */
export class Tuple extends Array {
  static get [Symbol.species]() {
    return Array;
  }

  fields = null;

  /** The items by their names, in an object without a prototype. */
  toObject() {
    if (!this.fields) throw new TypeError('the tuple has no names for its fields');
    const object = Object.create(null);
    this.fields.forEach((name, i) => {
      object[name] = this[i];
    });
    return object;
  }
}

export class Complex {
  constructor(real, imaginary = 0) {
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** A number that is to be a float though it has no fraction: where a method takes any type. */
export class Float {
  constructor(value) {
    this.value = Number(value);
  }
}

/** A member of an enum class of the model's. Where a method wants one, its name will do. */
export class EnumMember {
  constructor(type, name, value) {
    Object.assign(this, { type, name, value });
  }
}

/** An element type where a method wants one: `new DType('float16')`. */
export class DType {
  constructor(name) {
    if (!DTYPES.has(name)) throw new TypeError(`no dtype '${name}'`);
    this.name = name;
  }
}
