import { callAsync } from './async.js';
import { callMethod, callMethodAsync } from './call.js';
import { check } from './errors.js';
import { owned } from './handle.js';
import * as c from './native.js';
import { takeTensors } from './output.js';
import { takeValue } from './results.js';
import { Row, tensors } from './tensor.js';
import { bytes, contents, json, options, path, text } from './text.js';
import { Loan } from './values.js';

const ANY_NUMBER = 1024; // outputs there is room for when only the run tells how many there are

// What calls on this thread use in turn.
const row = new Row();
const outputs = new c.Block(ANY_NUMBER);

/** A serialized PyTorch model, loaded and ready to run. */
export class Model {
  #handle;
  #capacity; // how many outputs forward has at most

  /** Not for users: see load. */
  constructor(pointer, capacity) {
    if (typeof pointer !== 'bigint') throw new TypeError('models are made by Model.load');
    this.#handle = owned(this, pointer, c.model_free, 'model');
    this.#capacity = capacity ?? this.#countOutputs();
  }

  #countOutputs() {
    const forward = this.describe().methods.find(({ name }) => name === 'forward');
    return forward?.n_outputs ?? ANY_NUMBER;
  }

  /** From a path, a file: URL, or the bytes of a file. */
  static load(source, settings = {}) {
    const { call, args } = loading(source, settings);
    check(call(...args, c.FIRST));
    return new Model(c.out.words[0]);
  }

  static async loadAsync(source, settings = {}) {
    const { call, args } = loading(source, settings);
    const made = new c.Block(1);
    await callAsync(call, [...args, made.address]);
    return new Model(made.words[0]);
  }

  /** Runs `forward` on a tensor or typed array, or an array of them. Returns the results. */
  forward(inputs) {
    const list = tensors(inputs);
    const model = this.#handle.pointer;
    const address = row.fill(list);
    const capacity = this.#capacity;
    check(c.model_forward(model, address, list.length, outputs.address, capacity, c.FIRST));
    row.held = null;
    return takeTensors(outputs, Number(c.out.words[0]));
  }

  /** The same on another thread. The arrays must not be written before it is done. */
  async forwardAsync(inputs, { signal } = {}) {
    const list = tensors(inputs);
    const own = { row: new Row(), outputs: new c.Block(this.#capacity + 1) };
    const counted = own.outputs.address + BigInt(this.#capacity * 8);
    const args = [own.row.fill(list), list.length, own.outputs.address, this.#capacity, counted];
    await this.#elsewhere(c.model_forward, args, signal);
    own.row.held = null;
    return takeTensors(own.outputs, Number(own.outputs.words[this.#capacity]));
  }

  /** Runs `forward` and has the results written into arrays of the caller's. */
  forwardInto(inputs, results) {
    const [from, to] = [tensors(inputs), tensors(results)];
    const model = this.#handle.pointer;
    const address = row.fill([...from, ...to]);
    check(c.model_forward_into(model, address, from.length, row.at(from.length), to.length));
    row.held = null;
  }

  async forwardIntoAsync(inputs, results, { signal } = {}) {
    const [from, to] = [tensors(inputs), tensors(results)];
    const own = new Row();
    const address = own.fill([...from, ...to]);
    const args = [address, from.length, own.at(from.length), to.length];
    await this.#elsewhere(c.model_forward_into, args, signal);
    own.held = null;
  }

  /** Runs any method on any values. */
  run(method, args = [], kwargs = null) {
    return callMethod(c.model_run, this.#handle, method, args, kwargs);
  }

  async runAsync(method, args = [], kwargs = null, { signal } = {}) {
    return this.#stoppable(signal, (handle, stop) =>
      callMethodAsync(c.model_run, handle, method, args, kwargs, stop),
    );
  }

  /** A second model with the same weights in the same memory and state of its own. */
  clone() {
    check(c.model_clone(this.#handle.pointer, c.FIRST));
    return new Model(c.out.words[0], this.#capacity);
  }

  /** Another handle to the same model, with limits of its own: {threads, timeout}. */
  share(settings = {}) {
    check(c.model_share(this.#handle.pointer, options(settings), c.FIRST));
    return new Model(c.out.words[0], this.#capacity);
  }

  /** Stops the calls that run now on other threads. */
  cancel() {
    check(c.model_cancel(this.#handle.pointer));
  }

  /** Moves the model to a device, such as "cpu" or "cuda:0". */
  to(device) {
    check(c.model_to(this.#handle.pointer, text(device, 'the device')));
  }

  train(training = true) {
    check(c.model_train(this.#handle.pointer, training));
  }

  /** Back to the state that the model was loaded with. */
  reset() {
    check(c.model_reset(this.#handle.pointer));
  }

  /** An attribute, parameter or buffer, as a copy. */
  getAttribute(name) {
    check(c.model_get_attribute(this.#handle.pointer, text(name, 'the name'), c.FIRST));
    return takeValue(c.out.words[0]);
  }

  setAttribute(name, value) {
    const loan = new Loan();
    try {
      const pointer = loan.value(value);
      check(c.model_set_attribute(this.#handle.pointer, text(name, 'the name'), pointer));
    } finally {
      loan.end();
    }
  }

  /** What tsrt_model_describe in tsrt.h says. */
  describe() {
    return json(c.model_describe, this.#handle.pointer);
  }

  /** The bytes of a file that was saved with the model. */
  extraFile(name) {
    return contents(c.model_extra_file, this.#handle.pointer, text(name, 'the name'));
  }

  /** Frees the model, once the calls on other threads have ended. */
  close() {
    this.#handle.close();
  }

  [Symbol.dispose]() {
    this.close();
  }

  #elsewhere(call, args, signal) {
    return this.#stoppable(signal, async (handle, stop) => {
      const pointer = handle.borrow();
      try {
        await callAsync(call, [pointer, ...args], stop);
      } finally {
        handle.giveBack();
      }
    });
  }

  /** Lets `begin` make a call on a handle that can be cancelled without stopping other calls. */
  async #stoppable(signal, begin) {
    if (!signal) return begin(this.#handle);
    signal.throwIfAborted();
    const shared = this.share();
    try {
      return await begin(shared.#handle, { signal, cancel: () => shared.cancel() });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      shared.close();
    }
  }
}

function loading(source, settings) {
  const data = bytes(source);
  const written = options(settings);
  return data
    ? { call: c.model_load_buffer, args: [data, data.length, written] }
    : { call: c.model_load, args: [path(source), written] };
}
