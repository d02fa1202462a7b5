import { fileURLToPath } from 'node:url';

import { check } from './errors.js';
import * as c from './native.js';

/** A string for C, which ends it at its first zero byte: so there must not be any. */
export function text(value, what) {
  if (typeof value !== 'string') throw new TypeError(`${what} has to be a string`);
  if (value.includes('\0')) throw new TypeError(`${what} has a zero byte in it`);
  if (!value.isWellFormed()) throw new TypeError(`${what} is not well-formed Unicode`);
  return value;
}

/** A path as a string, from that or a file: URL. */
export function path(value) {
  return text(value instanceof URL ? fileURLToPath(value) : value, 'the path');
}

/** What stands for the bytes of a file; null for what is a path. */
export function bytes(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return source instanceof Uint8Array ? source : null;
}

/** The "key=value,key=value" of tsrt.h, from an object; a key may have an array of values. */
export function options(object) {
  const parts = [];
  for (const [key, values] of Object.entries(object)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === undefined) continue;
      const written = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
      if (written.includes(',')) throw new TypeError(`the option ${key} has a comma in it`);
      parts.push(`${key}=${written}`);
    }
  }
  return text(parts.join(','), 'options');
}

/** The object in the JSON that a C function made. */
export function json(call, ...args) {
  check(call(...args, c.FIRST));
  const made = c.out.words[0];
  try {
    return JSON.parse(c.textAt(made));
  } finally {
    c.string_free(made);
  }
}

/** The bytes that a C function made, as a copy. */
export function contents(call, ...args) {
  check(call(...args, c.FIRST, c.SECOND));
  const [made, size] = c.out.words;
  try {
    const copy = new Uint8Array(Number(size));
    c.memcpy(copy, made, copy.length);
    return copy;
  } finally {
    c.string_free(made);
  }
}
