// The C functions of tsrt.h, as they are there. Pointers are numbers, as Bun has them; C returns
// null for NULL.
import { CString, dlopen, type Pointer, ptr, read } from "bun:ffi";

export type { Pointer };

const ABI = 0; // TSRT_ABI_VERSION of the tsrt.h that this was written for

const P = "ptr"; // a number, null, or a typed array for its memory
const N = "u64";
const returnsError = (...args: string[]) => ({ args, returns: P });
const frees = { args: [P], returns: "void" };
const text = { args: [], returns: P };
const textOf = { args: [P], returns: P };

const path = process.env.TSRT_LIBRARY || "libtsrt.so.0";
const declarations: Record<string, { args: string[]; returns: string }> = {
  tsrt_abi_version: { args: [], returns: "i32" },
  tsrt_version: text,
  tsrt_torch_version: text,
  tsrt_live_handles: { args: [], returns: "i64" },
  tsrt_error_code: { args: [P], returns: "i32" },
  tsrt_error_message: textOf,
  tsrt_error_detail: textOf,
  tsrt_error_free: frees,
  tsrt_managed_tensor_free: frees,
  tsrt_tensor_copy: returnsError(P, P, P),
  tsrt_value_new_none: returnsError(P),
  tsrt_value_new_bool: returnsError("bool", P),
  tsrt_value_new_int: returnsError("i64", P),
  tsrt_value_new_float: returnsError("f64", P),
  tsrt_value_new_string: returnsError(P, N, P),
  tsrt_value_new_tensor: returnsError(P, P),
  tsrt_value_new_tuple: returnsError(P, N, P),
  tsrt_value_new_list: returnsError(P, N, P),
  tsrt_value_new_dict: returnsError(P, P, N, P),
  tsrt_value_kind: { args: [P], returns: "i32" },
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
  tsrt_model_load: returnsError(P, P, P),
  tsrt_model_clone: returnsError(P, P),
  tsrt_model_cancel: returnsError(P),
  tsrt_model_forward: returnsError(P, P, N, P, N, P),
  tsrt_model_forward_into: returnsError(P, P, N, P, N),
  tsrt_model_run: returnsError(P, P, P, P, P),
  tsrt_model_describe: returnsError(P, P),
  tsrt_model_free: frees,
  tsrt_string_free: frees,
};

type Functions = Record<string, (...args: any[]) => any>;
export const c = dlopen(path, declarations as never).symbols as Functions;

if (c.tsrt_abi_version() !== ABI) {
  throw new Error(`${path} has ABI ${c.tsrt_abi_version()}, this binding is for ${ABI}`);
}

/** Copies bytes between addresses, or to a typed array. */
export const memcpy = (
  dlopen("libc.so.6", { memcpy: { args: [P, P, N], returns: "void" } } as never)
    .symbols as Functions
).memcpy;

/** Where an array's memory is. It does not move once the array has its `buffer`. */
export function addressOf(array: ArrayBufferView): Pointer {
  void array.buffer;
  return array.byteLength ? ptr(array as NodeJS.TypedArray) : (0 as Pointer);
}

/** The text at an address: up to its zero byte, or `size` bytes. */
export function textAt(address: Pointer, size?: number): string {
  return size === 0 ? "" : new CString(address, 0, size).toString();
}

/** Memory with an address, for what C is to read and write. */
export class Block {
  readonly words: BigUint64Array;
  readonly address: Pointer;

  constructor(words: number) {
    this.words = new BigUint64Array(words);
    this.address = addressOf(this.words);
  }
}

/** The pointer that C wrote into word `i`. */
export function pointerIn(block: Block, i: number): Pointer {
  return read.ptr(block.address, i * 8) as Pointer;
}

/** Out-parameters, each read right after its call. */
export const out = new Block(2);
export const FIRST = out.address;
export const SECOND = (out.address + 8) as Pointer;
