//! Element types, and the Rust types that are stored in the same way.

use std::fmt;

use crate::sys;

/// What an element of a tensor is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct DType(pub(crate) sys::DType);

/// Names for the element types of DLPack.
#[allow(missing_docs)]
impl DType {
    pub const FLOAT32: Self = Self::new(2, 32);
    pub const FLOAT64: Self = Self::new(2, 64);
    pub const FLOAT16: Self = Self::new(2, 16);
    pub const BFLOAT16: Self = Self::new(4, 16);
    pub const INT8: Self = Self::new(0, 8);
    pub const INT16: Self = Self::new(0, 16);
    pub const INT32: Self = Self::new(0, 32);
    pub const INT64: Self = Self::new(0, 64);
    pub const UINT8: Self = Self::new(1, 8);
    pub const UINT16: Self = Self::new(1, 16);
    pub const UINT32: Self = Self::new(1, 32);
    pub const UINT64: Self = Self::new(1, 64);
    pub const COMPLEX64: Self = Self::new(5, 64);
    pub const COMPLEX128: Self = Self::new(5, 128);
    pub const BOOL: Self = Self::new(6, 8);
}

impl DType {
    /// Any of DLPack's types, by its code and the bits of one element.
    pub const fn new(code: u8, bits: u8) -> Self {
        Self(sys::DType { code, bits, lanes: 1 })
    }
}

/// Such as "float32".
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sys::DType { code, bits, .. } = self.0;
        match code {
            0 => write!(f, "int{bits}"),
            1 => write!(f, "uint{bits}"),
            2 => write!(f, "float{bits}"),
            4 => write!(f, "bfloat{bits}"),
            5 => write!(f, "complex{bits}"),
            6 => f.write_str("bool"),
            10 => f.write_str("float8_e4m3fn"),
            11 => f.write_str("float8_e4m3fnuz"),
            12 => f.write_str("float8_e5m2"),
            13 => f.write_str("float8_e5m2fnuz"),
            14 => f.write_str("float8_e8m0fnu"),
            _ => write!(f, "type {code} of {bits} bits"),
        }
    }
}

impl fmt::Debug for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The bits of an IEEE half-precision number, which Rust has no type for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct F16(pub u16);

/// The bits of a bfloat16: the upper half of those of an `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct BF16(pub u16);

/// A type that tensors can hold: numbers, [`F16`], [`BF16`], `bool`, and for complex numbers
/// `[f32; 2]` and `[f64; 2]`.
pub trait Element: private::Sealed + Copy + Send + Sync + 'static {
    /// What tensors call it.
    const DTYPE: DType;

    /// Are these bytes, as many as there are in this type's elements, all valid ones? A model can
    /// make bools of other bytes than 0 and 1.
    #[doc(hidden)]
    fn are_valid(_bytes: &[u8]) -> bool {
        true
    }
}

/// An [`Element`] of which every pattern of bits is one, so that a model may write there: all but
/// `bool`.
pub trait Number: Element {}

mod private {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($type:ty: $dtype:ident),* $(,)?) => {$(
        impl private::Sealed for $type {}
        impl Number for $type {}
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;
        }
    )*};
}

elements! {
    f32: FLOAT32, f64: FLOAT64, F16: FLOAT16, BF16: BFLOAT16,
    i8: INT8, i16: INT16, i32: INT32, i64: INT64,
    u8: UINT8, u16: UINT16, u32: UINT32, u64: UINT64,
    [f32; 2]: COMPLEX64, [f64; 2]: COMPLEX128,
}

impl private::Sealed for bool {}

impl Element for bool {
    const DTYPE: DType = DType::BOOL;

    fn are_valid(bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| *byte <= 1)
    }
}
