//! Functions of the host that tsrt calls: where models print, and whether calls have to end.
//!
//! C gets one function that stays the same; it looks for the host's, and holds it while it runs.
//! So one that has been replaced lives until the last thread is out of it.

use std::ffi::{c_char, c_void};
use std::io::Write;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::slice;
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::{check, Result};
use crate::sys;

type Printer = dyn Fn(&str) + Send + Sync;
type Check = dyn Fn() -> bool + Send + Sync;

static PRINTER: RwLock<Option<Arc<Printer>>> = RwLock::new(None);
static CHECK: RwLock<Option<Arc<Check>>> = RwLock::new(None);

/// Says where the text goes that models print, on the threads that run them: to `printer`, or with
/// None to the standard error output. It may use other models, and must not wait for the one that
/// prints. A panic in it ends there.
pub fn set_print_handler(printer: Option<Box<Printer>>) -> Result<()> {
    replace(&PRINTER, printer.map(Arc::from));
    // SAFETY: the function is there for ever and wants no data.
    unsafe { check(sys::tsrt_set_print_handler(Some(print), ptr::null_mut())) }
}

/// Lets the host stop calls: `check` is asked some times a second on each thread that is in one,
/// and stops it with [`Cancelled`](crate::ErrorCode::Cancelled) when it says true. It must return
/// soon; when it panics, the call is stopped.
pub fn set_interrupt_check(check_now: Option<Box<Check>>) -> Result<()> {
    let function: Option<sys::InterruptCheck> = check_now.is_some().then_some(interrupted);
    replace(&CHECK, check_now.map(Arc::from));
    // SAFETY: the function is there for ever and wants no data.
    unsafe { check(sys::tsrt_set_interrupt_check(function, ptr::null_mut())) }
}

/// The former one is dropped without the lock: that may be code of the host's.
fn replace<T: ?Sized>(place: &RwLock<Option<Arc<T>>>, new: Option<Arc<T>>) {
    let former =
        std::mem::replace(&mut *place.write().unwrap_or_else(PoisonError::into_inner), new);
    drop(former);
}

fn current<T: ?Sized>(place: &RwLock<Option<Arc<T>>>) -> Option<Arc<T>> {
    place.read().unwrap_or_else(PoisonError::into_inner).clone()
}

unsafe extern "C" fn print(data: *const c_char, size: usize, _user_data: *mut c_void) {
    // SAFETY: there are `size` bytes, borrowed for the call.
    let text = String::from_utf8_lossy(unsafe { slice::from_raw_parts(data.cast(), size) });
    // Nothing may unwind into C. The hook has told of a panic.
    let _ = catch_unwind(AssertUnwindSafe(|| match current(&PRINTER) {
        Some(printer) => printer(&text),
        None => drop(std::io::stderr().write_all(text.as_bytes())),
    }));
}

unsafe extern "C" fn interrupted(_user_data: *mut c_void) -> bool {
    catch_unwind(|| current(&CHECK).is_some_and(|check| check())).unwrap_or(true)
}
