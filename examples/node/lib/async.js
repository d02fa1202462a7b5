import { check } from './errors.js';
import * as c from './native.js';

const AT_ONCE = 16; // more than libuv has threads, fewer than koffi's limit of 256 for everybody
const CANCEL_AGAIN = 10; // ms

const waiting = []; // calls that have not been given to libuv yet
const running = new Set(); // those that have; keeps alive what their arguments point to

class Call {
  #timer;

  constructor(call, args, { signal, cancel }, resolve, reject) {
    Object.assign(this, { call, args, signal, cancel, resolve, reject });
    this.onAbort = () => this.#abort();
    signal?.addEventListener('abort', this.onAbort);
  }

  start() {
    running.add(this);
    try {
      this.call.async(...this.args, (failure, error) => this.#done(failure, error));
    } catch (failure) {
      this.#done(failure);
    }
  }

  #done(failure, error) {
    running.delete(this);
    waiting.shift()?.start();
    this.#settle();
    if (failure) this.reject(failure);
    else this.resolve(error);
  }

  #abort() {
    const at = waiting.indexOf(this);
    if (at < 0) {
      this.#cancel();
    } else {
      waiting.splice(at, 1);
      this.#settle();
      this.reject(this.signal.reason);
    }
  }

  /** Again and again, since a call that is yet to begin on its thread does not notice. */
  #cancel() {
    this.cancel();
    this.#timer = setTimeout(() => this.#cancel(), CANCEL_AGAIN);
  }

  #settle() {
    this.signal?.removeEventListener('abort', this.onAbort);
    clearTimeout(this.#timer);
  }
}

/** Makes a C call on one of libuv's threads; done when it has returned. Calls begin in turn.
 *
 * The caller holds what the addresses in `args` are of until then. `stop` may have a signal and a
 * function that cancels the call.
 */
export async function callAsync(call, args, stop = {}) {
  if (c.noAsync) throw new Error(c.noAsync);
  const error = await new Promise((resolve, reject) => {
    const made = new Call(call, args, stop, resolve, reject);
    if (running.size < AT_ONCE) made.start();
    else waiting.push(made);
  });
  check(error);
}
