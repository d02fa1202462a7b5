import { callMethod, callMethodAsync } from './call.js';
import { check } from './errors.js';
import { owned } from './handle.js';
import * as c from './native.js';
import { takeValue } from './results.js';
import { json, text } from './text.js';

/** An object of a class of the model's, or a value that cannot be taken apart. It can be given to
 * methods of the model that it came from: by reference. It outlives the model. */
export class ModelObject {
  #handle;

  constructor(pointer) {
    if (typeof pointer !== 'bigint') throw new TypeError('objects come from models');
    this.#handle = owned(this, pointer, c.value_free, 'object');
  }

  static handleOf(object) {
    return object.#handle;
  }

  /** {type, methods, attributes} */
  describe() {
    return json(c.value_describe, this.#handle.pointer);
  }

  call(method, args = [], kwargs = null) {
    return callMethod(c.value_call, this.#handle, method, args, kwargs);
  }

  callAsync(method, args = [], kwargs = null) {
    return callMethodAsync(c.value_call, this.#handle, method, args, kwargs);
  }

  /** A copy of an attribute. */
  attribute(name) {
    check(c.value_attribute(this.#handle.pointer, text(name, 'the name'), c.FIRST));
    return takeValue(c.out.words[0]);
  }

  close() {
    this.#handle.close();
  }

  [Symbol.dispose]() {
    this.close();
  }
}
