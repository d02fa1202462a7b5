import { Block, c, FIRST, memcpy, out, SECOND, textAt } from "./ffi.ts";
import { check } from "./error.ts";
import { Row, takeTensor, Tensor, type TypedArray } from "./tensor.ts";

/** A tuple: an array, `Tuple.of("a", 1)`. */
export class Tuple<Item = unknown> extends Array<Item> {}

/** What methods take. A number that is a safe integer is an int, which becomes a float where one is
 * wanted. Arrays are lists, and become tuples where these are wanted. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | TypedArray
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | { readonly [key: string]: Value };

const MAX_DEPTH = 64; // an array that contains itself would never end; tsrt has the same bound
const row = new Row();

/** The values made for a call, and the arrays that they borrow, until `end`. */
export class Loan {
  #values: bigint[] = [];
  #held: unknown[] = [];

  /** The pointer of the tsrt_value for `x`. */
  value(x: Value, depth = 0): bigint {
    if (depth > MAX_DEPTH) throw new RangeError(`values nest deeper than ${MAX_DEPTH} levels`);
    if (x === null) return this.#made(c.tsrt_value_new_none(FIRST));
    if (typeof x === "boolean") return this.#made(c.tsrt_value_new_bool(x, FIRST));
    if (typeof x === "number" || typeof x === "bigint") return this.#number(x);
    if (typeof x === "string") return this.#string(x);
    if (x instanceof Tensor || ArrayBuffer.isView(x)) return this.#tensor(x);
    if (Array.isArray(x)) return this.#sequence(x, depth);
    if (x instanceof Map) return this.#dict([...x], depth);
    if (typeof x === "object" && Object.getPrototypeOf(x) === Object.prototype) {
      return this.#dict(Object.entries(x), depth);
    }
    throw new TypeError(`a model takes no ${x?.constructor?.name ?? typeof x}`);
  }

  end(): void {
    this.#values.forEach((value) => c.tsrt_value_free(value));
    this.#values = this.#held = [];
  }

  #made(error: bigint): bigint {
    check(error);
    this.#values.push(out.words[0]);
    return out.words[0];
  }

  #number(x: number | bigint): bigint {
    if (typeof x === "number" && (!Number.isSafeInteger(x) || Object.is(x, -0))) {
      return this.#made(c.tsrt_value_new_float(x, FIRST));
    }
    const int = BigInt(x);
    if (BigInt.asIntN(64, int) !== int) throw new RangeError(`${x} does not fit into 64 bits`);
    return this.#made(c.tsrt_value_new_int(int, FIRST));
  }

  #string(x: string): bigint {
    if (!x.isWellFormed()) throw new TypeError("a string is not well-formed Unicode");
    const utf8 = new TextEncoder().encode(x);
    return this.#made(c.tsrt_value_new_string(utf8, BigInt(utf8.length), FIRST));
  }

  #tensor(x: Tensor | TypedArray): bigint {
    const address = row.fill([x instanceof Tensor ? x : new Tensor(x)]);
    this.#held.push(row.held);
    return this.#made(c.tsrt_value_new_tensor(address, FIRST));
  }

  #sequence(x: readonly Value[], depth: number): bigint {
    const make = x instanceof Tuple ? c.tsrt_value_new_tuple : c.tsrt_value_new_list;
    const items = BigUint64Array.from(x, (item) => this.value(item, depth + 1));
    return this.#made(make(items, BigInt(items.length), FIRST));
  }

  #dict(entries: [Value, Value][], depth: number): bigint {
    const [keys, items] = [0, 1].map((i) =>
      BigUint64Array.from(entries, (entry) => this.value(entry[i], depth + 1))
    );
    return this.#made(c.tsrt_value_new_dict(keys, items, BigInt(keys.length), FIRST));
  }
}

// What makes something of a value, by its kind in tsrt.h.
const READERS: Record<number, (value: bigint) => unknown> = {
  0: () => null,
  1: (value) => (check(c.tsrt_value_get_bool(value, FIRST)), (out.words[0] & 255n) !== 0n),
  2: readInt,
  3: (value) => (check(c.tsrt_value_get_float(value, FIRST)), out.numbers[0]),
  5: readString,
  6: (value) => (check(c.tsrt_value_get_tensor(value, FIRST)), takeTensor(out.words[0])),
  7: readItems,
  8: (value) => Tuple.from(readItems(value)),
  9: readDict,
  10: readString, // a device's name
};

/** What a value is in JavaScript. The value is freed. */
export function takeValue(value: bigint): unknown {
  try {
    const read = READERS[c.tsrt_value_kind(value)];
    if (read) return read(value);
    check(c.tsrt_value_type(value, FIRST));
    const type = textAt(Deno.UnsafePointer.create(out.words[0]));
    throw new TypeError(`this binding has nothing for a value of type ${type}`);
  } finally {
    c.tsrt_value_free(value);
  }
}

/** A number as long as that is exact. */
function readInt(value: bigint): number | bigint {
  check(c.tsrt_value_get_int(value, FIRST));
  const exact = BigInt.asIntN(64, out.words[0]);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function readString(value: bigint): string {
  check(c.tsrt_value_get_string(value, FIRST, SECOND));
  const [address, size] = out.words;
  const utf8 = new Block(Math.ceil(Number(size) / 8));
  memcpy(utf8.address, address, size);
  return new TextDecoder().decode(new Uint8Array(utf8.words.buffer, 0, Number(size)));
}

function sizeOf(value: bigint): number {
  check(c.tsrt_value_size(value, FIRST));
  return Number(out.words[0]);
}

function readItems(value: bigint): unknown[] {
  return Array.from({ length: sizeOf(value) }, (_, i) => {
    check(c.tsrt_value_item(value, BigInt(i), FIRST));
    return takeValue(out.words[0]);
  });
}

function readDict(value: bigint): Map<unknown, unknown> {
  const map = new Map();
  const size = sizeOf(value);
  for (let i = 0; i < size; i++) {
    check(c.tsrt_value_entry(value, BigInt(i), FIRST, SECOND));
    const [key, item] = out.words;
    let name;
    try {
      name = takeValue(key);
    } catch (error) {
      c.tsrt_value_free(item);
      throw error;
    }
    map.set(name, takeValue(item));
  }
  return map;
}
