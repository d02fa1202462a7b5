//! What can go wrong, and the border to the functions of C.

use std::ffi::{c_char, CStr, CString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::slice;
use std::sync::OnceLock;

use crate::sys;

/// A result whose error is tsrt's.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorCode {
    /// The call is wrong: shape, dtype, count, option.
    InvalidArgument = 1,
    /// No such file, method, or attribute.
    NotFound = 2,
    /// The file is something else, or damaged.
    NotAModel = 3,
    /// Well-formed, and beyond what this build can do.
    Unsupported = 4,
    /// The model needs an operator that this LibTorch does not have.
    MissingOperator = 5,
    /// Raised inside the model while it ran.
    ModelError = 6,
    /// The device is absent, or failed.
    Device = 7,
    /// On the host or on the device.
    OutOfMemory = 8,
    /// Refused for safety.
    NotTrusted = 9,
    /// A defect in tsrt or LibTorch, or a code that this crate does not know.
    Internal = 10,
    /// The call took longer than its timeout.
    Timeout = 11,
    /// Stopped by [`Model::cancel`](crate::Model::cancel) or the interrupt check.
    Cancelled = 12,
}

impl ErrorCode {
    fn from_number(number: i32) -> Self {
        match number {
            1 => Self::InvalidArgument,
            2 => Self::NotFound,
            3 => Self::NotAModel,
            4 => Self::Unsupported,
            5 => Self::MissingOperator,
            6 => Self::ModelError,
            7 => Self::Device,
            8 => Self::OutOfMemory,
            9 => Self::NotTrusted,
            11 => Self::Timeout,
            12 => Self::Cancelled,
            _ => Self::Internal,
        }
    }
}

/// Why a call failed. It displays as its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    message: String,
    detail: String,
}

impl Error {
    /// What kind of failure it was. `code() as i32` is tsrt's number for it.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// One line: what is wrong, with its name, and what to do.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The longer story when there is one, such as the traceback through the model's code; else "".
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The caller's mistake, found by this crate.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidArgument, message: message.into(), detail: String::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The `Result` of what a function of C returned.
///
/// # Safety
/// `failure` is NULL or a new error, which is freed here.
#[inline]
pub(crate) unsafe fn check(failure: sys::Failure) -> Result<()> {
    if failure.is_null() {
        return Ok(());
    }
    // SAFETY: it is an error, and nobody uses it afterwards.
    Err(unsafe { take(failure) })
}

/// # Safety
/// `failure` is a new error.
#[cold]
unsafe fn take(failure: sys::Failure) -> Error {
    // SAFETY: the texts are borrowed from the error, which is freed after they have been copied.
    unsafe {
        let error = Error {
            code: ErrorCode::from_number(sys::tsrt_error_code(failure)),
            message: text(sys::tsrt_error_message(failure)),
            detail: text(sys::tsrt_error_detail(failure)),
        };
        sys::tsrt_error_free(failure);
        error
    }
}

/// What `function` puts through its argument: a new object of C, for the caller to free.
///
/// # Safety
/// `function` calls one function of tsrt with the place it is given, and returns its failure.
pub(crate) unsafe fn make<T>(
    function: impl FnOnce(sys::Out<T>) -> sys::Failure,
) -> Result<ptr::NonNull<T>> {
    check_abi()?;
    let mut made = ptr::null_mut();
    // SAFETY: by the contract above.
    unsafe { check(function(&mut made)) }?;
    Ok(ptr::NonNull::new(made).expect("tsrt made nothing and gave no error"))
}

/// The same for text: what C made is copied and freed.
///
/// # Safety
/// As for [`make`].
pub(crate) unsafe fn make_text(
    function: impl FnOnce(sys::Out<c_char>) -> sys::Failure,
) -> Result<String> {
    // SAFETY: the text ends in a zero byte and is freed after it has been copied.
    unsafe {
        let made = make(function)?.as_ptr();
        let copy = text(made);
        sys::tsrt_string_free(made);
        Ok(copy)
    }
}

/// The same for bytes, which come with their number.
///
/// # Safety
/// As for [`make`].
pub(crate) unsafe fn make_bytes(
    function: impl FnOnce(sys::Out<c_char>, *mut usize) -> sys::Failure,
) -> Result<Vec<u8>> {
    let mut size = 0;
    // SAFETY: there are `size` bytes, freed after they have been copied.
    unsafe {
        let made = make(|data| function(data, &mut size))?.as_ptr();
        let copy = slice::from_raw_parts(made.cast(), size).to_vec();
        sys::tsrt_string_free(made);
        Ok(copy)
    }
}

/// # Safety
/// `text` ends in a zero byte.
pub(crate) unsafe fn text(text: *const c_char) -> String {
    // SAFETY: by the contract above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Text for C, which cannot hold zero bytes.
pub(crate) fn c_text(text: impl AsRef<[u8]>, what: &str) -> Result<CString> {
    CString::new(text.as_ref())
        .map_err(|error| Error::invalid(format!("{what} has a zero byte: {error}")))
}

pub(crate) fn c_path(path: &Path) -> Result<CString> {
    c_text(path.as_os_str().as_bytes(), "the path")
}

/// Is the library the one that `sys` describes? Asked once.
fn check_abi() -> Result<()> {
    static FOUND: OnceLock<i32> = OnceLock::new();
    // SAFETY: the function takes nothing and cannot fail.
    let found = *FOUND.get_or_init(|| unsafe { sys::tsrt_abi_version() });
    if found == sys::ABI_VERSION {
        return Ok(());
    }
    let wanted = sys::ABI_VERSION;
    Err(Error::invalid(format!("libtsrt has ABI version {found}; this crate needs {wanted}")))
}
