// The C functions of tsrt.h, as they are there, by koffi. Pointers are BigInts; out-parameters are
// addresses in memory that is allocated once (see Block), which makes a call cost some 20 ns.
import koffi from 'koffi';

const ABI = 0; // TSRT_ABI_VERSION of the tsrt.h that this was written for
const STACK = 1 << 20; // koffi's own stacks for asynchronous calls are smaller than models want

/** Why asynchronous calls cannot be made, or null. */
export let noAsync = null;
if (koffi.config().async_stack_size < STACK) {
  try {
    koffi.config({ async_stack_size: STACK });
  } catch {
    noAsync = 'import tsrt before other users of koffi: its stacks can only be enlarged before';
  }
}

const lib = koffi.load(process.env.TSRT_LIBRARY || 'libtsrt.so.0');
const libc = koffi.load(null);

const P = 'void *';
const STR = 'str';
const SIZE = 'size_t';
const DTYPE = koffi.struct({ code: 'uint8_t', bits: 'uint8_t', lanes: 'uint16_t' });

const declare = (result, name, ...parameters) => lib.func(`tsrt_${name}`, result, parameters);
/** A function that returns an error. */
const failing = (name, ...parameters) => declare(P, name, ...parameters);

export const abi_version = declare('int32_t', 'abi_version');
if (abi_version() !== ABI) {
  throw new Error(`this package is for ABI ${ABI} of libtsrt, the library has ${abi_version()}`);
}
export const version = declare(STR, 'version');
export const torch_version = declare(STR, 'torch_version');

export const error_code = declare('int32_t', 'error_code', P);
export const error_message = declare(STR, 'error_message', P);
export const error_detail = declare(STR, 'error_detail', P);
export const error_free = declare('void', 'error_free', P);

export const managed_tensor_free = declare('void', 'managed_tensor_free', P);
export const managed_tensor_quantization = failing('managed_tensor_quantization', P, P, P, P);
export const tensor_copy = failing('tensor_copy', P, STR, P);

export const value_new_none = failing('value_new_none', P);
export const value_new_bool = failing('value_new_bool', 'bool', P);
export const value_new_int = failing('value_new_int', 'int64_t', P);
export const value_new_float = failing('value_new_float', 'double', P);
export const value_new_complex = failing('value_new_complex', 'double', 'double', P);
export const value_new_string = failing('value_new_string', P, SIZE, P);
export const value_new_dtype = failing('value_new_dtype', DTYPE, P);
export const value_new_tensor = failing('value_new_tensor', P, P);
export const value_new_quantized = failing('value_new_quantized', P, P, P, 'int32_t', P);
export const value_new_tuple = failing('value_new_tuple', P, SIZE, P);
export const value_new_list = failing('value_new_list', P, SIZE, P);
export const value_new_dict = failing('value_new_dict', P, P, SIZE, P);
export const value_kind = declare('int32_t', 'value_kind', P);
export const value_type = failing('value_type', P, P);
export const value_get_bool = failing('value_get_bool', P, P);
export const value_get_int = failing('value_get_int', P, P);
export const value_get_float = failing('value_get_float', P, P);
export const value_get_complex = failing('value_get_complex', P, P, P);
export const value_get_string = failing('value_get_string', P, P, P);
export const value_get_tensor = failing('value_get_tensor', P, P);
export const value_size = failing('value_size', P, P);
export const value_item = failing('value_item', P, SIZE, P);
export const value_field = failing('value_field', P, SIZE, P);
export const value_entry = failing('value_entry', P, SIZE, P, P);
export const value_call = failing('value_call', P, STR, P, P, P);
export const value_attribute = failing('value_attribute', P, STR, P);
export const value_describe = failing('value_describe', P, P);
export const value_free = declare('void', 'value_free', P);

export const model_load = failing('model_load', STR, STR, P);
export const model_load_buffer = failing('model_load_buffer', P, SIZE, STR, P);
export const model_clone = failing('model_clone', P, P);
export const model_share = failing('model_share', P, STR, P);
export const model_cancel = failing('model_cancel', P);
export const model_to = failing('model_to', P, STR);
export const model_train = failing('model_train', P, 'bool');
export const model_reset = failing('model_reset', P);
export const model_get_attribute = failing('model_get_attribute', P, STR, P);
export const model_set_attribute = failing('model_set_attribute', P, STR, P);
export const model_forward = failing('model_forward', P, P, SIZE, P, SIZE, P);
export const model_forward_into = failing('model_forward_into', P, P, SIZE, P, SIZE);
export const model_run = failing('model_run', P, STR, P, P, P);
export const model_describe = failing('model_describe', P, P);
export const model_extra_file = failing('model_extra_file', P, STR, P, P);
export const model_free = declare('void', 'model_free', P);

export const string_free = declare('void', 'string_free', P);
export const inspect = failing('inspect', STR, P);
export const inspect_buffer = failing('inspect_buffer', P, SIZE, P);
export const verify = failing('verify', STR);
export const verify_buffer = failing('verify_buffer', P, SIZE);
export const extra_file = failing('extra_file', STR, STR, P, P);
export const extra_file_buffer = failing('extra_file_buffer', P, SIZE, STR, P, P);

export const trusted_operators = failing('trusted_operators', P);
export const devices = failing('devices', P);
export const load_library = failing('load_library', STR);
export const manual_seed = failing('manual_seed', 'uint64_t');
export const set_quantized_engine = failing('set_quantized_engine', STR);
export const quantized_engine = failing('quantized_engine', P);
export const memory = failing('memory', P);
export const trim_memory = failing('trim_memory');
export const live_handles = declare('int64_t', 'live_handles');

/** Copies between memory that has an address and memory that may be JavaScript's. */
export const memcpy = libc.func('memcpy', 'void', [P, P, SIZE]);

/** The text at an address: up to its zero byte, or `size` bytes. */
export const textAt = koffi.decode.string;

/** Where an array's memory is. It never moves. */
export const addressOf = koffi.address;

/** Memory with an address, for what C is to read and write. */
export class Block {
  constructor(words) {
    this.buffer = new ArrayBuffer(words * 8);
    this.words = new BigUint64Array(this.buffer);
    this.halves = new Uint32Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
    this.address = koffi.address(this.words);
  }
}

/** Out-parameters of calls on this thread, each read right after its call. */
export const out = new Block(2);
export const FIRST = out.address;
export const SECOND = out.address + 8n;
