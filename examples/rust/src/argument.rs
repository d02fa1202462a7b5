//! Values of Rust as arguments of calls.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::sys;
use crate::tensor::Tensor;
use crate::value::Value;

/// How deep containers may lie in each other: more than tsrt takes, less than the stack does.
const MAX_DEPTH: usize = 100;

/// A value made for a call, or the handle of an object. It borrows the memory of the tensors in it.
pub(crate) struct Argument<'v> {
    handle: Arc<Handle>,
    memory: PhantomData<&'v ()>,
}

impl<'v> Argument<'v> {
    pub(crate) fn new(value: &'v Value<'_>) -> Result<Self> {
        build(value, 0)
    }

    /// Positional arguments: a tuple.
    pub(crate) fn positional(values: &'v [Value<'_>]) -> Result<Self> {
        tuple(values.iter(), 0)
    }

    /// Arguments by name: a dict.
    pub(crate) fn named(arguments: &'v [(&str, Value<'_>)]) -> Result<Self> {
        let names = arguments.iter().map(|(name, _)| string(name.as_bytes()));
        let values = arguments.iter().map(|(_, value)| build(value, 1));
        dict(names.collect(), values.collect())
    }

    pub(crate) fn raw(&self) -> *const sys::Value {
        self.handle.raw()
    }

    fn held(handle: &Arc<Handle>) -> Self {
        Self { handle: handle.clone(), memory: PhantomData }
    }

    fn made(handle: Handle) -> Self {
        Self { handle: Arc::new(handle), memory: PhantomData }
    }
}

fn build<'v>(value: &'v Value<'_>, depth: usize) -> Result<Argument<'v>> {
    if depth > MAX_DEPTH {
        return Err(Error::invalid("the value nests too deep"));
    }
    match value {
        Value::String(text) | Value::Device(text) => string(text.as_bytes()),
        Value::Bytes(bytes) => string(bytes),
        Value::Tensor(tensor) if tensor.is_quantized() => quantized(tensor),
        Value::List(items) => list(items.iter(), depth),
        Value::Tuple(items) => tuple(items.iter(), depth),
        Value::NamedTuple(fields) => tuple(fields.iter().map(|(_, value)| value), depth),
        Value::Dict(entries) => {
            let keys = entries.iter().map(|(key, _)| build(key, depth + 1));
            let values = entries.iter().map(|(_, value)| build(value, depth + 1));
            dict(keys.collect(), values.collect())
        }
        Value::Object(object) | Value::Enum(object) | Value::Other(object) => {
            Ok(Argument::held(&object.0))
        }
        _ => plain(value),
    }
}

/// What is made from plain data, or from memory that is borrowed as long as the argument lives.
fn plain<'v>(value: &'v Value<'_>) -> Result<Argument<'v>> {
    // SAFETY: each function gets what it wants and makes a value.
    let made = unsafe {
        Handle::make(|it| match value {
            Value::Bool(b) => sys::tsrt_value_new_bool(*b, it),
            Value::Int(i) => sys::tsrt_value_new_int(*i, it),
            Value::Float(f) => sys::tsrt_value_new_float(*f, it),
            Value::Complex(real, imaginary) => sys::tsrt_value_new_complex(*real, *imaginary, it),
            Value::View(view) => sys::tsrt_value_new_tensor(view.raw(), it),
            Value::Tensor(tensor) => sys::tsrt_value_new_tensor(tensor.view().raw(), it),
            _ => sys::tsrt_value_new_none(it),
        })
    };
    made.map(Argument::made)
}

fn string<'v>(text: &[u8]) -> Result<Argument<'v>> {
    // SAFETY: there are as many bytes, which are copied.
    let made = unsafe {
        Handle::make(|it| sys::tsrt_value_new_string(text.as_ptr().cast(), text.len(), it))
    };
    made.map(Argument::made)
}

/// A view of its memory would be one of plain integers, so this is copied.
fn quantized<'v>(tensor: &Tensor) -> Result<Argument<'v>> {
    let quantization = tensor.quantization()?;
    let axis = quantization.axis.map_or(-1, |axis| axis as i32);
    let integers = tensor.view();
    let (scales, zero_points) = (quantization.scales.view(), quantization.zero_points.view());
    // SAFETY: the views are valid for the call, which copies.
    let made = unsafe {
        Handle::make(|it| {
            let (scales, zero_points) = (scales.raw(), zero_points.raw());
            sys::tsrt_value_new_quantized(integers.raw(), scales, zero_points, axis, it)
        })
    };
    made.map(Argument::made)
}

fn list<'v>(items: impl Iterator<Item = &'v Value<'v>>, depth: usize) -> Result<Argument<'v>> {
    let items = build_all(items, depth)?;
    let raw = raw_of(&items);
    // SAFETY: there are as many values, borrowed for the call.
    let made = unsafe { Handle::make(|it| sys::tsrt_value_new_list(raw.as_ptr(), raw.len(), it)) };
    made.map(Argument::made)
}

fn tuple<'v>(items: impl Iterator<Item = &'v Value<'v>>, depth: usize) -> Result<Argument<'v>> {
    let items = build_all(items, depth)?;
    let raw = raw_of(&items);
    // SAFETY: as above.
    let made = unsafe { Handle::make(|it| sys::tsrt_value_new_tuple(raw.as_ptr(), raw.len(), it)) };
    made.map(Argument::made)
}

fn dict<'v>(
    keys: Result<Vec<Argument<'v>>>,
    values: Result<Vec<Argument<'v>>>,
) -> Result<Argument<'v>> {
    let (keys, values) = (keys?, values?);
    let (first, second) = (raw_of(&keys), raw_of(&values));
    // SAFETY: both are as long, and borrowed for the call.
    let made = unsafe {
        Handle::make(|it| {
            sys::tsrt_value_new_dict(first.as_ptr(), second.as_ptr(), first.len(), it)
        })
    };
    made.map(Argument::made)
}

fn build_all<'v>(
    items: impl Iterator<Item = &'v Value<'v>>,
    depth: usize,
) -> Result<Vec<Argument<'v>>> {
    items.map(|item| build(item, depth + 1)).collect()
}

fn raw_of(arguments: &[Argument<'_>]) -> Vec<*const sys::Value> {
    arguments.iter().map(Argument::raw).collect()
}
