// The C functions of tsrt.h, as they are there. Pointers are bigints, with 0n for NULL.

const ABI = 0; // TSRT_ABI_VERSION of the tsrt.h that this was written for

const P = "u64" as const; // a pointer
const N = "usize" as const;
const BUFFER = "buffer" as const; // a typed array's memory, for the call
const returnsError = <const A extends readonly Deno.NativeType[]>(...parameters: A) =>
  ({ parameters, result: P }) as const;
const frees = { parameters: [P], result: "void" } as const;
const text = { parameters: [], result: "pointer" } as const;
const textOf = { parameters: [P], result: "pointer" } as const;
const FORWARD = [P, P, N, P, N, P] as const;
const INTO = [P, P, N, P, N] as const;

const path = Deno.env.get("TSRT_LIBRARY") || "libtsrt.so.0";
export const { symbols: c } = Deno.dlopen(path, {
  tsrt_abi_version: { parameters: [], result: "i32" },
  tsrt_version: text,
  tsrt_torch_version: text,
  tsrt_live_handles: { parameters: [], result: "i64" },
  tsrt_error_code: { parameters: [P], result: "i32" },
  tsrt_error_message: textOf,
  tsrt_error_detail: textOf,
  tsrt_error_free: frees,
  tsrt_managed_tensor_free: frees,
  tsrt_tensor_copy: returnsError(P, BUFFER, P),
  tsrt_value_new_none: returnsError(P),
  tsrt_value_new_bool: returnsError("bool", P),
  tsrt_value_new_int: returnsError("i64", P),
  tsrt_value_new_float: returnsError("f64", P),
  tsrt_value_new_string: returnsError(BUFFER, N, P),
  tsrt_value_new_tensor: returnsError(P, P),
  tsrt_value_new_tuple: returnsError(BUFFER, N, P),
  tsrt_value_new_list: returnsError(BUFFER, N, P),
  tsrt_value_new_dict: returnsError(BUFFER, BUFFER, N, P),
  tsrt_value_kind: { parameters: [P], result: "i32" },
  tsrt_value_type: returnsError(P, P),
  tsrt_value_get_bool: returnsError(P, P),
  tsrt_value_get_int: returnsError(P, P),
  tsrt_value_get_float: returnsError(P, P),
  tsrt_value_get_string: returnsError(P, P, P),
  tsrt_value_get_tensor: returnsError(P, P),
  tsrt_value_size: returnsError(P, P),
  tsrt_value_item: returnsError(P, N, P),
  tsrt_value_entry: returnsError(P, N, P, P),
  tsrt_value_free: frees,
  tsrt_model_load: returnsError(BUFFER, BUFFER, P),
  tsrt_model_clone: returnsError(P, P),
  tsrt_model_cancel: returnsError(P),
  tsrt_model_forward: returnsError(...FORWARD),
  tsrt_model_forward_into: returnsError(...INTO),
  tsrt_model_run: returnsError(P, BUFFER, P, P, P),
  tsrt_model_describe: returnsError(P, P),
  tsrt_model_free: frees,
  tsrt_string_free: frees,
  // The same on another thread.
  forwardAsync: {
    name: "tsrt_model_forward",
    parameters: FORWARD,
    result: P,
    nonblocking: true,
  },
  forwardIntoAsync: {
    name: "tsrt_model_forward_into",
    parameters: INTO,
    result: P,
    nonblocking: true,
  },
});

if (c.tsrt_abi_version() !== ABI) {
  throw new Error(`${path} has ABI ${c.tsrt_abi_version()}, this binding is for ${ABI}`);
}

/** Copies bytes between addresses. */
export const memcpy = Deno.dlopen("libc.so.6", {
  memcpy: { parameters: [P, P, N], result: "void" },
}).symbols.memcpy;

/** Where an array's memory is. It never moves once the array has its `buffer`. */
export function addressOf(array: ArrayBufferView<ArrayBuffer>): bigint {
  void array.buffer;
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(array)));
}

export function textAt(pointer: Deno.PointerValue): string {
  return pointer ? Deno.UnsafePointerView.getCString(pointer) : "";
}

/** Memory with an address, for what C is to read and write. */
export class Block {
  readonly words: BigUint64Array<ArrayBuffer>;
  readonly halves: Uint32Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly address: bigint;

  constructor(words: number) {
    this.words = new BigUint64Array(words);
    this.halves = new Uint32Array(this.words.buffer);
    this.numbers = new Float64Array(this.words.buffer);
    this.address = addressOf(this.words);
  }
}

/** Out-parameters, each read right after its call. */
export const out = new Block(2);
export const FIRST = out.address;
export const SECOND = out.address + 8n;
