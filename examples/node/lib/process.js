// What belongs to the whole process.
import { check } from './errors.js';
import * as c from './native.js';
import { json, path, text } from './text.js';

/** The versions of libtsrt and of the LibTorch that runs the models. */
export const version = c.version();
export const torchVersion = c.torch_version();

/** The devices that LibTorch can use here, such as ["cpu", "cuda:0"]. */
export const devices = () => json(c.devices);

/** What is in memory now: what tsrt_memory in tsrt.h says. */
export const memory = () => json(c.memory);

/** The operators of models that are loaded with trust: 'restricted'. */
export const trustedOperators = () => json(c.trusted_operators);

/** {current, supported} */
export const quantizedEngine = () => json(c.quantized_engine);

/** How many objects made by tsrt have not been freed yet. */
export const liveHandles = () => Number(c.live_handles());

export function setQuantizedEngine(name) {
  check(c.set_quantized_engine(text(name, 'the engine')));
}

/** Loads a shared library with operators that models need. */
export function loadLibrary(library) {
  check(c.load_library(path(library)));
}

export function manualSeed(seed) {
  const exact = BigInt(seed);
  if (BigInt.asUintN(64, exact) !== exact) throw new RangeError(`a seed of ${seed}`);
  check(c.manual_seed(exact));
}

/** Gives memory that is kept for later use back to the system. */
export function trimMemory() {
  check(c.trim_memory());
}
