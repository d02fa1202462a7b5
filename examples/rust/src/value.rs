//! What methods take and return when that is more than tensors.

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::object::Object;
use crate::sys;
use crate::tensor::Tensor;
use crate::view::TensorView;

/// A value of TorchScript. Arguments are made from Rust's own with `into()`, or by the functions
/// here; results are taken apart with `match`, or with `try_into()`.
///
/// ```no_run
/// use tsrt::{Model, Value};
/// let model = Model::load("model.pt")?;
/// let amounts = Value::dict([("left", 1.0), ("right", 3.0)]);
/// if let Value::Dict(shares) = model.run("shares", &["my ".into(), amounts])? {
///     for (name, share) in shares {
///         println!("{name:?} {share:?}");
///     }
/// }
/// # Ok::<(), tsrt::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `None`.
    None,
    /// A bool.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A complex number: its real and its imaginary part.
    Complex(f64, f64),
    /// A string; also what to give where a method wants a device or a member of an enum class.
    String(String),
    /// A string that is no UTF-8, since models cut strings by bytes. Only in results.
    Bytes(Vec<u8>),
    /// A device's name. Only in results.
    Device(String),
    /// A tensor.
    Tensor(Tensor),
    /// A tensor in the caller's memory. Only in arguments.
    View(TensorView<'a>),
    /// A list.
    List(Vec<Value<'a>>),
    /// A tuple.
    Tuple(Vec<Value<'a>>),
    /// A named tuple: its fields in their order.
    NamedTuple(Vec<(String, Value<'a>)>),
    /// A dict: keys and values, in the order in which they were inserted.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// An object of a class. Calls get a reference to it, not a copy.
    Object(Object),
    /// A member of an enum class, with the attributes "name" and "value".
    Enum(Object),
    /// What can only be held and passed back.
    Other(Object),
}

impl<'a> Value<'a> {
    /// A list of anything that becomes a value.
    pub fn list<T: Into<Value<'a>>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// A tuple of the same; `Value::Tuple(vec![...])` where they are of several types.
    pub fn tuple<T: Into<Value<'a>>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::Tuple(items.into_iter().map(Into::into).collect())
    }

    /// A dict of pairs. Its keys are of one kind, which the call checks.
    pub fn dict<K: Into<Value<'a>>, V: Into<Value<'a>>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self::Dict(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// LibTorch's number for an element type, which is what methods take for one.
    pub fn dtype(dtype: DType) -> Result<Self> {
        // SAFETY: a dtype is plain data.
        unsafe { Handle::make(|value| sys::tsrt_value_new_dtype(dtype.0, value)) }?.into_native()
    }

    /// A quantized tensor, copied from integers (`i8`, `u8` or `i32`) and what they stand for:
    /// without an axis one scale and zero point, else one for each index along it.
    pub fn quantized(
        integers: &TensorView<'_>,
        scales: &TensorView<'_>,
        zero_points: &TensorView<'_>,
        axis: Option<usize>,
    ) -> Result<Self> {
        let axis = axis.map_or(Ok(-1), i32::try_from);
        let axis = axis.map_err(|_| Error::invalid("there is no such axis"))?;
        let (x, scales, zeros) = (integers.raw(), scales.raw(), zero_points.raw());
        // SAFETY: the views are valid, and what they look at is borrowed.
        let made = unsafe {
            Handle::make(|value| sys::tsrt_value_new_quantized(x, scales, zeros, axis, value))
        };
        made?.into_native()
    }

    /// Its kind, in words.
    fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Complex(..) => "a complex number",
            Self::String(_) => "a string",
            Self::Bytes(_) => "a string that is not UTF-8",
            Self::Device(_) => "a device",
            Self::Tensor(_) | Self::View(_) => "a tensor",
            Self::List(_) => "a list",
            Self::Tuple(_) | Self::NamedTuple(_) => "a tuple",
            Self::Dict(_) => "a dict",
            Self::Object(_) => "an object",
            Self::Enum(_) => "a member of an enum class",
            Self::Other(_) => "something else",
        }
    }
}

macro_rules! conversions {
    ($($type:ty => $variant:ident, $what:literal;)*) => {$(
        impl<'a> From<$type> for Value<'a> {
            fn from(it: $type) -> Self {
                Self::$variant(it)
            }
        }

        impl<'a> TryFrom<Value<'a>> for $type {
            type Error = Error;

            fn try_from(value: Value<'a>) -> Result<Self> {
                match value {
                    Value::$variant(it) => Ok(it),
                    other => Err(Error::invalid(
                        format!("the value is {} and {} was asked for", other.kind(), $what),
                    )),
                }
            }
        }
    )*};
}

conversions! {
    bool => Bool, "a bool";
    i64 => Int, "an int";
    f64 => Float, "a float";
    String => String, "a string";
    Tensor => Tensor, "a tensor";
    TensorView<'a> => View, "a tensor in the caller's memory";
    Object => Object, "an object";
}

impl From<i32> for Value<'_> {
    fn from(it: i32) -> Self {
        Self::Int(it.into())
    }
}

impl From<f32> for Value<'_> {
    fn from(it: f32) -> Self {
        Self::Float(it.into())
    }
}

impl From<&str> for Value<'_> {
    fn from(it: &str) -> Self {
        Self::String(it.to_owned())
    }
}

impl From<&Object> for Value<'_> {
    fn from(it: &Object) -> Self {
        Self::Object(it.clone())
    }
}

impl<'a, T: Into<Value<'a>>> From<Vec<T>> for Value<'a> {
    fn from(items: Vec<T>) -> Self {
        Self::list(items)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::None, Into::into)
    }
}
