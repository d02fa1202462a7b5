//! Objects that models return.

use std::fmt;
use std::ptr;
use std::sync::Arc;

use crate::argument::Argument;
use crate::error::{c_text, check, make_text, text, Result};
use crate::handle::Handle;
use crate::sys;
use crate::value::Value;

/// An object of a TorchScript or C++ class, or another value that lives with its model. A clone is
/// the same object. It stays usable when its model is gone.
#[derive(Clone)]
pub struct Object(pub(crate) Arc<Handle>);

impl Object {
    /// Calls a method, such as "decode" or "\_\_len\_\_".
    pub fn call(&self, method: &str, args: &[Value<'_>]) -> Result<Value<'static>> {
        self.call_with(method, args, &[])
    }

    /// The same with arguments by name, too.
    pub fn call_with(
        &self,
        method: &str,
        args: &[Value<'_>],
        kwargs: &[(&str, Value<'_>)],
    ) -> Result<Value<'static>> {
        let method = c_text(method, "the method")?;
        let args = Argument::positional(args)?;
        let kwargs = Argument::named(kwargs)?;
        // SAFETY: all of them are valid for the call.
        let result = unsafe {
            Handle::make(|result| {
                let (args, kwargs) = (args.raw(), kwargs.raw());
                sys::tsrt_value_call(self.0.raw(), method.as_ptr(), args, kwargs, result)
            })
        };
        result?.into_native()
    }

    /// A copy of an attribute; for a member of an enum class "name" or "value".
    pub fn attribute(&self, name: &str) -> Result<Value<'static>> {
        let name = c_text(name, "the name")?;
        // SAFETY: both are valid for the call.
        let value = unsafe {
            Handle::make(|value| sys::tsrt_value_attribute(self.0.raw(), name.as_ptr(), value))
        };
        value?.into_native()
    }

    /// The type's name in TorchScript's notation, such as "\_\_torch\_\_.Decoder".
    pub fn type_name(&self) -> Result<String> {
        let mut name = ptr::null();
        // SAFETY: the name is borrowed from the object and copied.
        unsafe {
            check(sys::tsrt_value_type(self.0.raw(), &mut name))?;
            Ok(text(name))
        }
    }

    /// JSON: its type, and the names of its methods and attributes.
    pub fn describe(&self) -> Result<String> {
        // SAFETY: the object is valid.
        unsafe { make_text(|json| sys::tsrt_value_describe(self.0.raw(), json)) }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name().unwrap_or_else(|error| error.to_string()))
    }
}
