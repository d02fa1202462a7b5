//! The caller's own memory as tensors.

use std::fmt;
use std::marker::PhantomData;
use std::ptr;

use crate::dtype::{DType, Element, Number};
use crate::error::{Error, Result};
use crate::sys;
use crate::tensor::shape_of;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("LibTorch is there for 64 bits only; here a usize has to be as long as an i64");

/// A slice and a shape, to be read as a tensor. Nothing is copied, and making one costs next to
/// nothing; it can be kept and used for many calls.
///
/// ```
/// let view = tsrt::TensorView::new(&[1.0f32, 2.0, 3.0, 4.0], &[2, 2])?;
/// assert_eq!(view.shape(), [2, 2]);
/// # Ok::<(), tsrt::Error>(())
/// ```
///
/// It cannot outlive the memory that it looks at:
///
/// ```compile_fail,E0597
/// let view = {
///     let numbers = vec![1.0f32, 2.0];
///     tsrt::TensorView::new(&numbers, &[2]).unwrap()
/// };
/// println!("{view:?}");
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct TensorView<'a> {
    raw: sys::Tensor,
    memory: PhantomData<&'a [u8]>,
}

// SAFETY: it is a slice and a shape, both shared and never written to.
unsafe impl Send for TensorView<'_> {}
// SAFETY: as above.
unsafe impl Sync for TensorView<'_> {}

impl<'a> TensorView<'a> {
    /// `data` in row-major order; no dimension is a number.
    pub fn new<T: Element>(data: &'a [T], shape: &'a [usize]) -> Result<Self> {
        check_length(data.len(), shape)?;
        let raw = describe(data.as_ptr().cast_mut(), T::DTYPE, shape);
        Ok(Self { raw, memory: PhantomData })
    }

    /// Elements that lie `strides` elements apart, such as the transpose of a matrix.
    pub fn with_strides<T: Element>(
        data: &'a [T],
        shape: &'a [usize],
        strides: &'a [usize],
    ) -> Result<Self> {
        if strides.len() != shape.len() {
            let (n, m) = (strides.len(), shape.len());
            return Err(Error::invalid(format!("there are {n} strides for {m} dimensions")));
        }
        if !shape.contains(&0) && last_element(shape, strides).is_none_or(|i| i >= data.len()) {
            return Err(Error::invalid(format!(
                "shape {shape:?} with strides {strides:?} reaches beyond {} elements",
                data.len()
            )));
        }
        let mut raw = describe(data.as_ptr().cast_mut(), T::DTYPE, shape);
        raw.strides = strides.as_ptr().cast::<i64>().cast_mut();
        Ok(Self { raw, memory: PhantomData })
    }

    /// The size of each dimension.
    pub fn shape(&self) -> &'a [usize] {
        // SAFETY: shape and ndim belong together, and the shape lives for 'a.
        unsafe { shape_of(&self.raw) }
    }

    /// What its elements are.
    pub fn dtype(&self) -> DType {
        DType(self.raw.dtype)
    }

    pub(crate) fn raw(&self) -> &sys::Tensor {
        &self.raw
    }

    /// # Safety
    /// What `raw` points to lives for 'a.
    pub(crate) unsafe fn from_raw(raw: sys::Tensor) -> Self {
        Self { raw, memory: PhantomData }
    }
}

impl fmt::Debug for TensorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.dtype(), self.shape())
    }
}

/// The same to be written to, by [`Model::forward_into`](crate::Model::forward_into).
///
/// ```compile_fail,E0502
/// let mut numbers = [0.0f32; 4];
/// let mut y = tsrt::TensorViewMut::new(&mut numbers, &[4]).unwrap();
/// let x = tsrt::TensorView::new(&numbers, &[4]).unwrap(); // is lent to y
/// println!("{x:?} {y:?}");
/// ```
#[repr(transparent)]
pub struct TensorViewMut<'a> {
    raw: sys::Tensor,
    memory: PhantomData<&'a mut [u8]>,
}

// SAFETY: it is the only way to its memory, and nothing writes there through a shared reference.
unsafe impl Send for TensorViewMut<'_> {}
// SAFETY: as above.
unsafe impl Sync for TensorViewMut<'_> {}

impl<'a> TensorViewMut<'a> {
    /// `data` in row-major order.
    pub fn new<T: Number>(data: &'a mut [T], shape: &'a [usize]) -> Result<Self> {
        check_length(data.len(), shape)?;
        Ok(Self { raw: describe(data.as_mut_ptr(), T::DTYPE, shape), memory: PhantomData })
    }

    /// Bools as bytes, which a model can set to other numbers than 0 and 1, too.
    pub fn of_bools(data: &'a mut [u8], shape: &'a [usize]) -> Result<Self> {
        check_length(data.len(), shape)?;
        Ok(Self { raw: describe(data.as_mut_ptr(), DType::BOOL, shape), memory: PhantomData })
    }

    /// The size of each dimension.
    pub fn shape(&self) -> &'a [usize] {
        // SAFETY: shape and ndim belong together, and the shape lives for 'a.
        unsafe { shape_of(&self.raw) }
    }

    /// What its elements are.
    pub fn dtype(&self) -> DType {
        DType(self.raw.dtype)
    }
}

impl fmt::Debug for TensorViewMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.dtype(), self.shape())
    }
}

#[inline]
fn describe<T>(data: *mut T, dtype: DType, shape: &[usize]) -> sys::Tensor {
    sys::Tensor {
        data: data.cast(),
        device: sys::Device { kind: sys::CPU, id: 0 },
        ndim: i32::try_from(shape.len()).unwrap_or(i32::MAX), // tsrt refuses more than 64
        dtype: dtype.0,
        shape: shape.as_ptr().cast::<i64>().cast_mut(),
        strides: ptr::null_mut(),
        byte_offset: 0,
    }
}

#[inline]
fn check_length(length: usize, shape: &[usize]) -> Result<()> {
    if shape.iter().try_fold(1usize, |n, size| n.checked_mul(*size)) == Some(length) {
        return Ok(());
    }
    Err(Error::invalid(format!("shape {shape:?} does not fit {length} elements")))
}

/// The index of the last element, where no size is 0; None when it is beyond all numbers.
fn last_element(shape: &[usize], strides: &[usize]) -> Option<usize> {
    let mut sizes = shape.iter().zip(strides);
    sizes
        .try_fold(0usize, |last, (size, stride)| last.checked_add((size - 1).checked_mul(*stride)?))
}
