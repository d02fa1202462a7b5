//! Runs serialized PyTorch models (TorchScript archives) on memory that you already have, through
//! libtsrt.
//!
//! ```no_run
//! let model = tsrt::Model::load("model.pt")?;
//! let x = tsrt::TensorView::new(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3])?;
//! let [y] = model.forward(&[x])?;
//! println!("{:?} {:?}", y.shape(), y.as_slice::<f32>()?);
//! # Ok::<(), tsrt::Error>(())
//! ```
//!
//! Inputs are slices with a shape ([`TensorView`]), which are not copied; outputs are [`Tensor`]s,
//! which lend slices of themselves. Methods that take or return more than tensors work on
//! [`Value`]s. The header tsrt.h tells what each function does in all its detail.

mod argument;
mod callbacks;
mod device;
mod dtype;
mod error;
mod files;
mod handle;
mod model;
mod object;
mod process;
mod sys;
mod tensor;
mod value;
mod view;

pub use callbacks::{set_interrupt_check, set_print_handler};
pub use device::Device;
pub use dtype::{DType, Element, Number, BF16, F16};
pub use error::{Error, ErrorCode, Result};
pub use files::{extra_file, extra_file_buffer, inspect, inspect_buffer, verify, verify_buffer};
pub use model::Model;
pub use object::Object;
pub use process::*;
pub use tensor::{Quantization, Tensor};
pub use value::Value;
pub use view::{TensorView, TensorViewMut};
