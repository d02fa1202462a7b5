//! What belongs to the process: LibTorch has one of each.

use std::path::Path;

use crate::error::{c_path, c_text, check, make_text, text, Result};
use crate::sys;

/// The version of the loaded libtsrt.
pub fn version() -> String {
    // SAFETY: the text lives for ever.
    unsafe { text(sys::tsrt_version()) }
}

/// The version of the loaded LibTorch.
pub fn torch_version() -> String {
    // SAFETY: the text lives for ever.
    unsafe { text(sys::tsrt_torch_version()) }
}

/// How many objects of tsrt are alive in the process. For leak tests.
pub fn live_handles() -> i64 {
    // SAFETY: the function takes nothing and cannot fail.
    unsafe { sys::tsrt_live_handles() }
}

/// The devices that LibTorch can use here, such as "cpu" and "cuda:0".
pub fn devices() -> Result<Vec<String>> {
    // SAFETY: the function wants nothing but the place.
    let json = unsafe { make_text(|json| sys::tsrt_devices(json)) }?;
    Ok(json.split('"').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Loads a shared library with operators or classes, for the models that are loaded later. It is a
/// program: load only what you trust.
pub fn load_library(path: impl AsRef<Path>) -> Result<()> {
    let path = c_path(path.as_ref())?;
    // SAFETY: the path is valid for the call.
    unsafe { check(sys::tsrt_load_library(path.as_ptr())) }
}

/// Seeds LibTorch's random generators, on all devices.
pub fn manual_seed(seed: u64) -> Result<()> {
    // SAFETY: a number is all it wants.
    unsafe { check(sys::tsrt_manual_seed(seed)) }
}

/// Chooses the engine behind quantized operators. Models that are loaded already want the former.
pub fn set_quantized_engine(name: &str) -> Result<()> {
    let name = c_text(name, "the name")?;
    // SAFETY: the text is valid for the call.
    unsafe { check(sys::tsrt_set_quantized_engine(name.as_ptr())) }
}

/// The engine behind quantized operators, and those there are, as JSON.
pub fn quantized_engine() -> Result<String> {
    // SAFETY: the function wants nothing but the place.
    unsafe { make_text(|json| sys::tsrt_quantized_engine(json)) }
}

/// The operators that models loaded with "trust=restricted" may use, as JSON.
pub fn trusted_operators() -> Result<String> {
    // SAFETY: as above.
    unsafe { make_text(|json| sys::tsrt_trusted_operators(json)) }
}

/// What is in memory now, as JSON; tsrt.h says what.
pub fn memory() -> Result<String> {
    // SAFETY: as above.
    unsafe { make_text(|json| sys::tsrt_memory(json)) }
}

/// Gives memory that is kept for later use back to the system.
pub fn trim_memory() -> Result<()> {
    // SAFETY: the function takes nothing.
    unsafe { check(sys::tsrt_trim_memory()) }
}
