//! What files are, found without executing any of them.

use std::path::Path;

use crate::error::{c_path, c_text, check, make_bytes, make_text, Result};
use crate::sys;

/// What a file is and contains, as JSON; tsrt.h says what. Also for files that nobody trusts.
pub fn inspect(path: impl AsRef<Path>) -> Result<String> {
    let path = c_path(path.as_ref())?;
    // SAFETY: the path is valid for the call.
    unsafe { make_text(|json| sys::tsrt_inspect(path.as_ptr(), json)) }
}

/// The same for the bytes of a file.
pub fn inspect_buffer(bytes: &[u8]) -> Result<String> {
    // SAFETY: the bytes are valid for the call.
    unsafe { make_text(|json| sys::tsrt_inspect_buffer(bytes.as_ptr().cast(), bytes.len(), json)) }
}

/// Checks that an archive is whole and matches its checksums.
pub fn verify(path: impl AsRef<Path>) -> Result<()> {
    let path = c_path(path.as_ref())?;
    // SAFETY: the path is valid for the call.
    unsafe { check(sys::tsrt_verify(path.as_ptr())) }
}

/// The same for the bytes of a file.
pub fn verify_buffer(bytes: &[u8]) -> Result<()> {
    // SAFETY: the bytes are valid for the call.
    unsafe { check(sys::tsrt_verify_buffer(bytes.as_ptr().cast(), bytes.len())) }
}

/// One of the files that were saved with a model, without loading the model.
pub fn extra_file(path: impl AsRef<Path>, name: &str) -> Result<Vec<u8>> {
    let path = c_path(path.as_ref())?;
    let name = c_text(name, "the name")?;
    // SAFETY: both texts are valid for the call.
    unsafe {
        make_bytes(|data, size| sys::tsrt_extra_file(path.as_ptr(), name.as_ptr(), data, size))
    }
}

/// The same from the bytes of a file.
pub fn extra_file_buffer(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let name = c_text(name, "the name")?;
    let (file, file_size) = (bytes.as_ptr().cast(), bytes.len());
    // SAFETY: text and bytes are valid for the call.
    unsafe {
        make_bytes(|data, size| {
            sys::tsrt_extra_file_buffer(file, file_size, name.as_ptr(), data, size)
        })
    }
}
