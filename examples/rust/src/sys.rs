//! The declarations of tsrt.h, as they are.
#![allow(missing_docs)]

use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

/// What this crate was written for; a library with another number is refused.
pub const ABI_VERSION: i32 = 0;

#[repr(C)]
pub struct Error {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Value {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Model {
    _opaque: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DType {
    pub code: u8,
    pub bits: u8,
    pub lanes: u16,
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Device {
    pub kind: i32,
    pub id: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tensor {
    pub data: *mut c_void,
    pub device: Device,
    pub ndim: i32,
    pub dtype: DType,
    pub shape: *mut i64,
    pub strides: *mut i64,
    pub byte_offset: u64,
}

#[repr(C)]
pub struct ManagedTensor {
    pub version: [u32; 2],
    pub manager_ctx: *mut c_void,
    pub deleter: Option<unsafe extern "C" fn(*mut ManagedTensor)>,
    pub flags: u64,
    pub tensor: Tensor,
}

const _: () = assert!(size_of::<Tensor>() == 48 && offset_of!(Tensor, byte_offset) == 40);
const _: () = assert!(size_of::<ManagedTensor>() == 80 && offset_of!(ManagedTensor, tensor) == 32);

pub const READ_ONLY: u64 = 1;
pub const QUANTIZED: u64 = 1 << 63;

pub const CPU: i32 = 1;
pub const CUDA: i32 = 2;
pub const CUDA_HOST: i32 = 3;
pub const ROCM: i32 = 10;
pub const ONEAPI: i32 = 14;

pub const KIND_NONE: i32 = 0;
pub const KIND_BOOL: i32 = 1;
pub const KIND_INT: i32 = 2;
pub const KIND_FLOAT: i32 = 3;
pub const KIND_COMPLEX: i32 = 4;
pub const KIND_STRING: i32 = 5;
pub const KIND_TENSOR: i32 = 6;
pub const KIND_LIST: i32 = 7;
pub const KIND_TUPLE: i32 = 8;
pub const KIND_DICT: i32 = 9;
pub const KIND_DEVICE: i32 = 10;
pub const KIND_OBJECT: i32 = 11;
pub const KIND_ENUM: i32 = 13;

pub type PrintHandler = unsafe extern "C" fn(*const c_char, usize, *mut c_void);
pub type InterruptCheck = unsafe extern "C" fn(*mut c_void) -> bool;

/// NULL, or an error to free.
pub type Failure = *mut Error;
/// Where a function puts a new thing.
pub type Out<T> = *mut *mut T;
pub type Text = *const c_char;

extern "C" {
    pub fn tsrt_version() -> Text;
    pub fn tsrt_abi_version() -> i32;
    pub fn tsrt_torch_version() -> Text;

    pub fn tsrt_error_code(error: *const Error) -> i32;
    pub fn tsrt_error_message(error: *const Error) -> Text;
    pub fn tsrt_error_detail(error: *const Error) -> Text;
    pub fn tsrt_error_free(error: *mut Error);

    pub fn tsrt_managed_tensor_free(tensor: *mut ManagedTensor);
    pub fn tsrt_managed_tensor_share(
        tensor: *const ManagedTensor,
        shared: Out<ManagedTensor>,
    ) -> Failure;
    pub fn tsrt_managed_tensor_quantization(
        tensor: *const ManagedTensor,
        scales: Out<ManagedTensor>,
        zero_points: Out<ManagedTensor>,
        axis: *mut i32,
    ) -> Failure;
    pub fn tsrt_managed_tensor_dequantize(
        tensor: *const ManagedTensor,
        numbers: Out<ManagedTensor>,
    ) -> Failure;
    pub fn tsrt_tensor_copy(
        source: *const Tensor,
        device: Text,
        copy: Out<ManagedTensor>,
    ) -> Failure;

    pub fn tsrt_value_new_none(value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_bool(b: bool, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_int(i: i64, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_float(f: f64, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_complex(real: f64, imaginary: f64, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_string(text: Text, size: usize, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_dtype(dtype: DType, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_tensor(tensor: *const Tensor, value: Out<Value>) -> Failure;
    pub fn tsrt_value_new_quantized(
        integers: *const Tensor,
        scales: *const Tensor,
        zero_points: *const Tensor,
        axis: i32,
        value: Out<Value>,
    ) -> Failure;
    pub fn tsrt_value_new_tuple(
        items: *const *const Value,
        n_items: usize,
        value: Out<Value>,
    ) -> Failure;
    pub fn tsrt_value_new_list(
        items: *const *const Value,
        n_items: usize,
        value: Out<Value>,
    ) -> Failure;
    pub fn tsrt_value_new_dict(
        keys: *const *const Value,
        values: *const *const Value,
        n_entries: usize,
        value: Out<Value>,
    ) -> Failure;
    pub fn tsrt_value_kind(value: *const Value) -> i32;
    pub fn tsrt_value_type(value: *const Value, name: *mut Text) -> Failure;
    pub fn tsrt_value_get_bool(value: *const Value, b: *mut bool) -> Failure;
    pub fn tsrt_value_get_int(value: *const Value, i: *mut i64) -> Failure;
    pub fn tsrt_value_get_float(value: *const Value, f: *mut f64) -> Failure;
    pub fn tsrt_value_get_complex(
        value: *const Value,
        real: *mut f64,
        imaginary: *mut f64,
    ) -> Failure;
    pub fn tsrt_value_get_string(value: *const Value, text: *mut Text, size: *mut usize)
        -> Failure;
    pub fn tsrt_value_get_tensor(value: *const Value, tensor: Out<ManagedTensor>) -> Failure;
    pub fn tsrt_value_size(value: *const Value, size: *mut usize) -> Failure;
    pub fn tsrt_value_item(value: *const Value, index: usize, item: Out<Value>) -> Failure;
    pub fn tsrt_value_field(value: *const Value, index: usize, name: *mut Text) -> Failure;
    pub fn tsrt_value_entry(
        value: *const Value,
        index: usize,
        key: Out<Value>,
        item: Out<Value>,
    ) -> Failure;
    pub fn tsrt_value_call(
        object: *const Value,
        method: Text,
        args: *const Value,
        kwargs: *const Value,
        result: Out<Value>,
    ) -> Failure;
    pub fn tsrt_value_attribute(object: *const Value, name: Text, attribute: Out<Value>)
        -> Failure;
    pub fn tsrt_value_describe(value: *const Value, json: Out<c_char>) -> Failure;
    pub fn tsrt_value_free(value: *mut Value);

    pub fn tsrt_model_load(path: Text, options: Text, model: Out<Model>) -> Failure;
    pub fn tsrt_model_load_buffer(
        data: *const c_void,
        size: usize,
        options: Text,
        model: Out<Model>,
    ) -> Failure;
    pub fn tsrt_model_clone(model: *mut Model, clone: Out<Model>) -> Failure;
    pub fn tsrt_model_share(model: *mut Model, options: Text, shared: Out<Model>) -> Failure;
    pub fn tsrt_model_cancel(model: *mut Model) -> Failure;
    pub fn tsrt_model_to(model: *mut Model, device: Text) -> Failure;
    pub fn tsrt_model_train(model: *mut Model, training: bool) -> Failure;
    pub fn tsrt_model_reset(model: *mut Model) -> Failure;
    pub fn tsrt_model_get_attribute(model: *mut Model, name: Text, value: Out<Value>) -> Failure;
    pub fn tsrt_model_set_attribute(model: *mut Model, name: Text, value: *const Value) -> Failure;
    pub fn tsrt_model_forward(
        model: *mut Model,
        inputs: *const Tensor,
        n_inputs: usize,
        outputs: Out<ManagedTensor>,
        capacity: usize,
        n_outputs: *mut usize,
    ) -> Failure;
    pub fn tsrt_model_forward_into(
        model: *mut Model,
        inputs: *const Tensor,
        n_inputs: usize,
        outputs: *const Tensor,
        n_outputs: usize,
    ) -> Failure;
    pub fn tsrt_model_run(
        model: *mut Model,
        method: Text,
        args: *const Value,
        kwargs: *const Value,
        result: Out<Value>,
    ) -> Failure;
    pub fn tsrt_model_describe(model: *mut Model, json: Out<c_char>) -> Failure;
    pub fn tsrt_model_extra_file(
        model: *mut Model,
        name: Text,
        data: Out<c_char>,
        size: *mut usize,
    ) -> Failure;
    pub fn tsrt_model_free(model: *mut Model);
    pub fn tsrt_string_free(text: *mut c_char);

    pub fn tsrt_inspect(path: Text, json: Out<c_char>) -> Failure;
    pub fn tsrt_inspect_buffer(data: *const c_void, size: usize, json: Out<c_char>) -> Failure;
    pub fn tsrt_trusted_operators(json: Out<c_char>) -> Failure;
    pub fn tsrt_verify(path: Text) -> Failure;
    pub fn tsrt_verify_buffer(data: *const c_void, size: usize) -> Failure;
    pub fn tsrt_extra_file(path: Text, name: Text, data: Out<c_char>, size: *mut usize) -> Failure;
    pub fn tsrt_extra_file_buffer(
        file: *const c_void,
        file_size: usize,
        name: Text,
        data: Out<c_char>,
        size: *mut usize,
    ) -> Failure;

    pub fn tsrt_devices(json: Out<c_char>) -> Failure;
    pub fn tsrt_load_library(path: Text) -> Failure;
    pub fn tsrt_manual_seed(seed: u64) -> Failure;
    pub fn tsrt_set_quantized_engine(name: Text) -> Failure;
    pub fn tsrt_quantized_engine(json: Out<c_char>) -> Failure;
    pub fn tsrt_set_print_handler(handler: Option<PrintHandler>, user_data: *mut c_void)
        -> Failure;
    pub fn tsrt_set_interrupt_check(
        check: Option<InterruptCheck>,
        user_data: *mut c_void,
    ) -> Failure;
    pub fn tsrt_memory(json: Out<c_char>) -> Failure;
    pub fn tsrt_trim_memory() -> Failure;
    pub fn tsrt_live_handles() -> i64;
}
