//! Where tensors are.

use std::fmt;

use crate::sys;

/// Where the memory of a tensor is. It displays as a name such as "cuda:0", or "cpu" for all that
/// the host can read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Device(pub(crate) sys::Device);

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sys::Device { kind, id } = self.0;
        match kind {
            sys::CPU | sys::CUDA_HOST => f.write_str("cpu"),
            sys::CUDA | sys::ROCM => write!(f, "cuda:{id}"),
            sys::ONEAPI => write!(f, "xpu:{id}"),
            _ => write!(f, "device {kind}:{id}"),
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
