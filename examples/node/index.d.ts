/// <reference lib="esnext.disposable" />

/** What kind of failure a TsrtError is. */
export const ErrorCode: {
  readonly INVALID_ARGUMENT: 1;
  readonly NOT_FOUND: 2;
  readonly NOT_A_MODEL: 3;
  readonly UNSUPPORTED: 4;
  readonly MISSING_OPERATOR: 5;
  readonly MODEL_ERROR: 6;
  readonly DEVICE: 7;
  readonly OUT_OF_MEMORY: 8;
  readonly NOT_TRUSTED: 9;
  readonly INTERNAL: 10;
  readonly TIMEOUT: 11;
  readonly CANCELLED: 12;
};

/** A failure inside tsrt. What JavaScript can see to be wrong is a TypeError or RangeError. */
export class TsrtError extends Error {
  private constructor();
  /** One of ErrorCode; more may be added. */
  readonly code: number;
  /** The longer story, such as the traceback through the model's code; often empty. */
  readonly detail: string;
}

// ---- tensors -----------------------------------------------------------------------------------

export type DTypeName =
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'float16'
  | 'bfloat16'
  | 'complex32'
  | 'complex64'
  | 'complex128'
  | 'float8_e4m3fn'
  | 'float8_e4m3fnuz'
  | 'float8_e5m2'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A typed array with a shape and an element type. The array is used as it is, not copied.
 *
 * Types that have no array lie in another one: bool and float8 in a Uint8Array, float16 and
 * bfloat16 in a Uint16Array, complex numbers as real and imaginary part in turn. */
export class Tensor<Data extends TypedArray = TypedArray> {
  /** `shape` is [data.length] where not given; `dtype` is the array's where not given. `strides`
   * count elements, from the first one of `data`; without them it is row-major. */
  constructor(
    data: Data,
    shape?: readonly number[],
    options?: { dtype?: DTypeName; strides?: readonly number[] | null },
  );
  readonly data: Data;
  readonly shape: readonly number[];
  readonly dtype: DTypeName;
  /** null in what tsrt returns, which is row-major. */
  readonly strides: readonly number[] | null;
  /** How many elements it has. */
  readonly size: number;
}

/** Integers that stand for numbers: (integer - zeroPoint) * scale. */
export class QuantizedTensor {
  /** With axis -1 there is one scale (float64) and zero point (int64) for all, in tensors of shape
   * []; else one for each index along `axis`. */
  constructor(
    integers: Tensor,
    scales: Tensor<Float64Array>,
    zeroPoints: Tensor<BigInt64Array>,
    axis?: number,
  );
  readonly integers: Tensor;
  readonly scales: Tensor<Float64Array>;
  readonly zeroPoints: Tensor<BigInt64Array>;
  readonly axis: number;
  dequantize(): Tensor<Float32Array>;
}

/** What models take as a tensor; a typed array is one of one dimension. */
export type TensorLike = Tensor | TypedArray;

// ---- values ------------------------------------------------------------------------------------

/** A tuple: an array, `Tuple.of(1, 'a')`. */
export class Tuple<Item = any> extends Array<Item> {
  static of<Item>(...items: Item[]): Tuple<Item>;
  /** The names of a named tuple's fields; null for a plain tuple. */
  fields: string[] | null;
  /** The items of a named tuple by their names. */
  toObject(): Record<string, Item>;
}

export class Complex {
  constructor(real: number, imaginary?: number);
  readonly real: number;
  readonly imaginary: number;
}

/** A number that is to be a float though it has no fraction: where a method takes any type. */
export class Float {
  constructor(value: number);
  readonly value: number;
}

/** An element type where a method wants one. */
export class DType {
  constructor(name: DTypeName);
  readonly name: DTypeName;
}

/** A member of an enum class of the model's. Where a method wants one, its name will do. */
export class EnumMember {
  constructor(type: string, name: string, value: unknown);
  readonly type: string;
  readonly name: string;
  readonly value: any;
}

/** An object of a class of the model's, or a value that cannot be taken apart. It can be given to
 * methods of the model that it came from: by reference. It outlives the model. */
export class ModelObject implements Disposable {
  private constructor();
  describe(): { type: string; methods: string[]; attributes: string[] };
  call(method: string, args?: readonly Value[], kwargs?: Kwargs): any;
  callAsync(method: string, args?: readonly Value[], kwargs?: Kwargs): Promise<any>;
  /** A copy of an attribute. */
  attribute(name: string): any;
  close(): void;
  [Symbol.dispose](): void;
}

/** What methods take. A number that is a safe integer is an int (which becomes a float where one is
 * wanted), any other one a float; a bigint is an int. Arrays are lists, and become tuples where
 * these are wanted. Objects and Maps are dicts.
 *
 * Methods return null, booleans, strings, numbers (a bigint for an int that is no safe integer),
 * Tensor, QuantizedTensor, arrays for lists, Tuple, Map for dicts, Complex, EnumMember,
 * ModelObject. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | TensorLike
  | QuantizedTensor
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | { readonly [key: string]: Value }
  | Complex
  | Float
  | DType
  | EnumMember
  | ModelObject;

export type Kwargs = ReadonlyMap<string, Value> | { readonly [name: string]: Value } | null;

// ---- models ------------------------------------------------------------------------------------

/** Limits of calls. */
export interface CallOptions {
  /** How many threads one operator may use. */
  threads?: number;
  /** How many seconds a call may take. */
  timeout?: number;
}

/** See tsrt_model_load in tsrt.h. */
export interface LoadOptions extends CallOptions {
  device?: string;
  library?: string | readonly string[];
  verify?: boolean;
  mmap?: boolean;
  signature?: boolean;
  trust?: 'full' | 'restricted';
}

/** Aborting stops the call before its next operator; the promise is settled when it has ended. */
export interface AsyncOptions {
  signal?: AbortSignal;
}

/** A path, a file: URL, or the bytes of a file. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/** A serialized PyTorch model, loaded and ready to run.
 *
 * Methods with names in -Async run on libuv's threads. The arrays they were given must not be
 * written, transferred or resized before the promise is settled. */
export class Model implements Disposable {
  private constructor();
  static load(source: Source, options?: LoadOptions): Model;
  static loadAsync(source: Source, options?: LoadOptions): Promise<Model>;

  /** Runs `forward` on a tensor, or an array of them. Results are copies, always in an array. */
  forward<Result extends Tensor | QuantizedTensor = Tensor<any>>(
    inputs: TensorLike | readonly TensorLike[],
  ): Result[];
  forwardAsync<Result extends Tensor | QuantizedTensor = Tensor<any>>(
    inputs: TensorLike | readonly TensorLike[],
    options?: AsyncOptions,
  ): Promise<Result[]>;

  /** Runs `forward` and has the results written into arrays of the same shapes and dtypes. */
  forwardInto(
    inputs: TensorLike | readonly TensorLike[],
    results: TensorLike | readonly TensorLike[],
  ): void;
  forwardIntoAsync(
    inputs: TensorLike | readonly TensorLike[],
    results: TensorLike | readonly TensorLike[],
    options?: AsyncOptions,
  ): Promise<void>;

  /** Runs any method on any values: see Value. */
  run(method: string, args?: readonly Value[], kwargs?: Kwargs): any;
  runAsync(
    method: string,
    args?: readonly Value[],
    kwargs?: Kwargs,
    options?: AsyncOptions,
  ): Promise<any>;

  /** A second model with the same weights in the same memory and state of its own. */
  clone(): Model;
  /** Another handle to the same model, with limits of its own, to be closed by itself. */
  share(options?: CallOptions): Model;
  /** Stops the calls that run now: those of this handle, and of handles shared from it. */
  cancel(): void;

  to(device: string): void;
  train(training?: boolean): void;
  /** Back to the state that the model was loaded with. */
  reset(): void;
  /** An attribute, parameter or buffer, such as "count" or "encoder.weight": a copy. */
  getAttribute(name: string): any;
  setAttribute(name: string, value: Value): void;

  /** Everything there is to know of the model: see tsrt_model_describe in tsrt.h. */
  describe(): ModelDescription;
  /** A file that was saved with the model. */
  extraFile(name: string): Uint8Array;

  /** Frees the model, once its asynchronous calls have ended. */
  close(): void;
  [Symbol.dispose](): void;
}

export interface ArgumentDescription {
  name: string;
  type: string;
  default?: string;
  keyword_only: boolean;
  copied: boolean;
}

export interface MethodDescription {
  name: string;
  arguments: ArgumentDescription[];
  returns: string;
  outputs: 'tensor' | 'tuple' | 'list' | 'value';
  n_outputs: number | null;
  field_names: string[] | null;
  writes_state: boolean;
}

export interface ModelDescription {
  format: string;
  device: string;
  threads: number | null;
  methods: MethodDescription[];
  training: boolean | null;
  parameters: { name: string; dtype: string; shape: number[] }[];
  buffers: { name: string; dtype: string; shape: number[] }[];
  attributes: { name: string; type: string }[];
  submodules: { name: string; type: string; methods: string[] }[];
  extra_files: string[];
  [more: string]: unknown;
}

// ---- files -------------------------------------------------------------------------------------

/** What a file is and contains, found without running any of it: see tsrt_inspect in tsrt.h. */
export function inspect(source: Source): {
  kind: string;
  problem: string | null;
  size: number;
  [more: string]: any;
};
/** Throws a TsrtError unless an archive is whole. */
export function verify(source: Source): void;
/** A file that was saved with a model. */
export function extraFile(source: Source, name: string): Uint8Array;

// ---- process -----------------------------------------------------------------------------------

export const version: string;
export const torchVersion: string;
/** Such as ["cpu", "cuda:0"]. */
export function devices(): string[];
/** What is in memory now: see tsrt_memory in tsrt.h. */
export function memory(): { [name: string]: any };
/** Gives memory that is kept for later use back to the system. */
export function trimMemory(): void;
/** The operators that models may use with trust: 'restricted'. */
export function trustedOperators(): { topic: string; why: string; operators: string[] }[];
export function quantizedEngine(): { current: string; supported: string[] };
export function setQuantizedEngine(name: string): void;
/** Loads a shared library with operators that models need, before these are loaded. */
export function loadLibrary(path: string | URL): void;
export function manualSeed(seed: number | bigint): void;
/** How many objects made by tsrt have not been freed yet: for leak tests. */
export function liveHandles(): number;
