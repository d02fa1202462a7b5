//! Values of C, and how results are taken apart.

use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;

use crate::error::{check, make, text, Result};
use crate::object::Object;
use crate::sys;
use crate::tensor::{own_one, Tensor};
use crate::value::Value;

/// A value of C.
pub(crate) struct Handle(NonNull<sys::Value>);

// SAFETY: a value never changes, and objects have a lock; both may be freed on any thread.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { sys::tsrt_value_free(self.0.as_ptr()) }
    }
}

impl Handle {
    /// # Safety
    /// As for [`make`].
    pub(crate) unsafe fn make(
        function: impl FnOnce(sys::Out<sys::Value>) -> sys::Failure,
    ) -> Result<Self> {
        // SAFETY: by the contract above.
        Ok(Self(unsafe { make(function) }?))
    }

    pub(crate) fn raw(&self) -> *const sys::Value {
        self.0.as_ptr()
    }

    fn kind(&self) -> i32 {
        // SAFETY: the value is valid.
        unsafe { sys::tsrt_value_kind(self.raw()) }
    }

    /// Takes the value apart.
    pub(crate) fn into_native(self) -> Result<Value<'static>> {
        Ok(match self.kind() {
            sys::KIND_NONE => Value::None,
            // SAFETY: it is the reader for this type.
            sys::KIND_BOOL => Value::Bool(unsafe { self.read(sys::tsrt_value_get_bool) }?),
            // SAFETY: as above.
            sys::KIND_INT => Value::Int(unsafe { self.read(sys::tsrt_value_get_int) }?),
            // SAFETY: as above.
            sys::KIND_FLOAT => Value::Float(unsafe { self.read(sys::tsrt_value_get_float) }?),
            sys::KIND_COMPLEX => self.complex()?,
            sys::KIND_STRING => match String::from_utf8(self.bytes()?) {
                Ok(text) => Value::String(text),
                Err(error) => Value::Bytes(error.into_bytes()),
            },
            sys::KIND_DEVICE => Value::Device(String::from_utf8_lossy(&self.bytes()?).into()),
            sys::KIND_TENSOR => Value::Tensor(self.tensor()?),
            sys::KIND_LIST => Value::List(self.items()?),
            sys::KIND_TUPLE => self.tuple()?,
            sys::KIND_DICT => self.dict()?,
            sys::KIND_OBJECT => Value::Object(Object(Arc::new(self))),
            sys::KIND_ENUM => Value::Enum(Object(Arc::new(self))),
            _ => Value::Other(Object(Arc::new(self))),
        })
    }

    /// # Safety
    /// `reader` is a reader of tsrt for what a `T` is.
    unsafe fn read<T: Default>(
        &self,
        reader: unsafe extern "C" fn(*const sys::Value, *mut T) -> sys::Failure,
    ) -> Result<T> {
        let mut found = T::default();
        // SAFETY: the value is valid.
        unsafe { check(reader(self.raw(), &mut found)) }?;
        Ok(found)
    }

    fn complex(&self) -> Result<Value<'static>> {
        let (mut real, mut imaginary) = (0.0, 0.0);
        // SAFETY: the value is valid.
        unsafe { check(sys::tsrt_value_get_complex(self.raw(), &mut real, &mut imaginary)) }?;
        Ok(Value::Complex(real, imaginary))
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let (mut text, mut size) = (ptr::null(), 0);
        // SAFETY: the text has `size` bytes and is borrowed from the value.
        unsafe {
            check(sys::tsrt_value_get_string(self.raw(), &mut text, &mut size))?;
            Ok(slice::from_raw_parts(text.cast(), size).to_vec())
        }
    }

    fn tensor(&self) -> Result<Tensor> {
        // SAFETY: the value is valid, and the tensor is new.
        unsafe { Ok(own_one(make(|tensor| sys::tsrt_value_get_tensor(self.raw(), tensor))?)) }
    }

    fn len(&self) -> Result<usize> {
        // SAFETY: the value is valid.
        unsafe { self.read(sys::tsrt_value_size) }
    }

    fn items(&self) -> Result<Vec<Value<'static>>> {
        let item = |index| {
            // SAFETY: the value is valid.
            unsafe { Self::make(|item| sys::tsrt_value_item(self.raw(), index, item)) }
        };
        (0..self.len()?).map(|index| item(index)?.into_native()).collect()
    }

    /// The names of a named tuple's fields; none for a plain tuple.
    fn fields(&self, n: usize) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for index in 0..n {
            let mut name = ptr::null();
            // SAFETY: the value is valid; a name is borrowed from it.
            unsafe {
                check(sys::tsrt_value_field(self.raw(), index, &mut name))?;
                if name.is_null() {
                    break;
                }
                names.push(text(name));
            }
        }
        Ok(names)
    }

    fn tuple(&self) -> Result<Value<'static>> {
        let items = self.items()?;
        let names = self.fields(items.len())?;
        if names.is_empty() {
            return Ok(Value::Tuple(items));
        }
        Ok(Value::NamedTuple(names.into_iter().zip(items).collect()))
    }

    fn dict(&self) -> Result<Value<'static>> {
        let mut entries = Vec::new();
        for index in 0..self.len()? {
            let mut second = ptr::null_mut();
            // SAFETY: the value is valid, and both key and item are new.
            let (key, item) = unsafe {
                let key =
                    Self::make(|key| sys::tsrt_value_entry(self.raw(), index, key, &mut second))?;
                (key, Self(NonNull::new(second).expect("made with the key")))
            };
            entries.push((key.into_native()?, item.into_native()?));
        }
        Ok(Value::Dict(entries))
    }
}
