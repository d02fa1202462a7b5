//! Tensors in memory of tsrt's own.

use std::ffi::c_void;
use std::fmt;
use std::mem::{align_of, size_of};
use std::ptr::{self, NonNull};
use std::slice;

use crate::device::Device;
use crate::dtype::{DType, Element};
use crate::error::{c_text, make, Error, Result};
use crate::sys;
use crate::view::TensorView;

/// A tensor that a call returned. It stays valid when the model is gone.
///
/// Nobody writes to it, so threads can read it at once. A slice of it cannot outlive it:
///
/// ```compile_fail,E0505
/// fn first(tensor: tsrt::Tensor) -> f32 {
///     let numbers = tensor.as_slice::<f32>().unwrap();
///     drop(tensor);
///     numbers[0]
/// }
/// ```
pub struct Tensor {
    raw: NonNull<sys::ManagedTensor>,
}

// SAFETY: tsrt's tensors may be read, shared and freed on any thread, and this type only reads.
unsafe impl Send for Tensor {}
// SAFETY: as above.
unsafe impl Sync for Tensor {}

/// What the integers of a quantized tensor stand for: `(integer - zero_point) * scale`.
#[derive(Debug)]
pub struct Quantization {
    /// `f64`: one for all, of shape `[]`, or one for each index along `axis`.
    pub scales: Tensor,
    /// `i64`, likewise.
    pub zero_points: Tensor,
    /// None: one scale and zero point for all.
    pub axis: Option<usize>,
}

impl Tensor {
    /// Takes over a tensor from another library that speaks DLPack 1.x, or back from
    /// [`into_raw`](Self::into_raw).
    ///
    /// # Safety
    /// `raw` is a `DLManagedTensorVersioned` that is nobody else's, its memory is written to by
    /// nobody, and its deleter may be called on any thread.
    pub unsafe fn from_raw(raw: NonNull<c_void>) -> Self {
        Self { raw: raw.cast() }
    }

    /// The tensor as DLPack's `DLManagedTensorVersioned`, to be freed by its deleter. Who writes
    /// there has to know that no handle made by [`share`](Self::share) is read meanwhile.
    pub fn into_raw(self) -> NonNull<c_void> {
        let raw = self.raw.cast();
        std::mem::forget(self);
        raw
    }

    #[inline]
    fn managed(&self) -> &sys::ManagedTensor {
        // SAFETY: it lives until it is dropped, and nobody changes it.
        unsafe { self.raw.as_ref() }
    }

    /// The size of each dimension.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        // SAFETY: shape and ndim belong together, and the shape lives as long as the tensor.
        unsafe { shape_of(&self.managed().tensor) }
    }

    /// How far apart the elements are in each dimension, in elements.
    pub fn strides(&self) -> Option<&[usize]> {
        let raw = &self.managed().tensor;
        let strides = NonNull::new(raw.strides)?;
        // SAFETY: strides and ndim belong together, and the strides live as long as the tensor.
        Some(unsafe { numbers(strides.as_ptr(), raw.ndim) })
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What its elements are.
    pub fn dtype(&self) -> DType {
        DType(self.managed().tensor.dtype)
    }

    /// Where its memory is.
    pub fn device(&self) -> Device {
        Device(self.managed().tensor.device)
    }

    /// Whether the elements lie one after the other, the last dimension's closest together. Models
    /// return other orders, too: a transpose, or channels last.
    #[inline]
    pub fn is_row_major(&self) -> bool {
        let Some(strides) = self.strides() else {
            return true;
        };
        let mut expected = 1;
        for (size, stride) in self.shape().iter().zip(strides).rev() {
            if *size != 1 && *stride != expected {
                return self.is_empty();
            }
            expected *= size;
        }
        true
    }

    /// Whether it shares memory with a model that may write there.
    pub fn is_read_only(&self) -> bool {
        self.managed().flags & sys::READ_ONLY != 0
    }

    /// Whether its elements are integers that stand for other numbers; see
    /// [`dequantize`](Self::dequantize).
    pub fn is_quantized(&self) -> bool {
        self.managed().flags & sys::QUANTIZED != 0
    }

    /// The elements where they are. That needs the type `T`, row-major order, memory of the host,
    /// and that no model can write there; [`to_vec`](Self::to_vec) only needs the type.
    ///
    /// ```no_run
    /// # let model = tsrt::Model::load("model.pt")?;
    /// # let x = tsrt::TensorView::new(&[1.0f32], &[1])?;
    /// let [y] = model.forward(&[x])?;
    /// println!("{:?}", y.as_slice::<f32>()?);
    /// # Ok::<(), tsrt::Error>(())
    /// ```
    #[inline]
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        let managed = self.managed();
        let raw = &managed.tensor;
        let lent = raw.device.kind == sys::CPU && managed.flags & sys::READ_ONLY == 0;
        if raw.dtype != T::DTYPE.0 || !lent || !self.is_row_major() {
            return Err(self.no_slice(T::DTYPE));
        }
        if self.is_empty() {
            return Ok(&[]);
        }
        let data = raw.data.cast::<T>().wrapping_byte_add(raw.byte_offset as usize);
        if data.align_offset(align_of::<T>()) != 0 {
            return Err(self.no_slice(T::DTYPE));
        }
        // SAFETY: there are as many bytes, one element after the other, written to by nobody while
        // this tensor lives.
        let bytes = unsafe { slice::from_raw_parts(data.cast(), self.len() * size_of::<T>()) };
        if !T::are_valid(bytes) {
            return Err(Error::invalid("the tensor has bools of other bytes than 0 and 1"));
        }
        // SAFETY: besides, it is aligned, and the bytes are elements of the type T.
        Ok(unsafe { slice::from_raw_parts(data, self.len()) })
    }

    #[cold]
    fn no_slice(&self, wanted: DType) -> Error {
        Error::invalid(if self.dtype() != wanted {
            format!("the tensor is {self:?} and {wanted} was asked for")
        } else if self.is_read_only() {
            "the tensor shares a model's memory: copy it".to_owned()
        } else if !self.is_row_major() {
            format!(
                "the tensor is not row-major, has strides {:?}: copy it",
                self.strides().unwrap_or(&[])
            )
        } else {
            format!("the tensor is on {}: copy it", self.device())
        })
    }

    /// A copy of the elements in row-major order, from wherever they are.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        if self.dtype() != T::DTYPE {
            return Err(self.no_slice(T::DTYPE));
        }
        match self.as_slice() {
            Ok(elements) => Ok(elements.to_vec()),
            Err(_) => Ok(self.to("cpu")?.as_slice()?.to_vec()),
        }
    }

    /// The tensor as an input of calls. (Of a quantized one these are its integers.)
    pub fn view(&self) -> TensorView<'_> {
        // SAFETY: what it points to lives as long as this tensor.
        unsafe { TensorView::from_raw(self.managed().tensor) }
    }

    /// Another handle to the same memory.
    pub fn share(&self) -> Result<Self> {
        // SAFETY: the tensor is valid.
        let raw =
            unsafe { make(|shared| sys::tsrt_managed_tensor_share(self.raw.as_ptr(), shared)) };
        Ok(Self { raw: raw? })
    }

    /// A row-major copy on a device such as "cpu" or "cuda:1", also on the one where it is.
    pub fn to(&self, device: &str) -> Result<Self> {
        self.view().to(device)
    }

    /// The numbers that a quantized tensor stands for, as `f32`.
    pub fn dequantize(&self) -> Result<Self> {
        // SAFETY: the tensor is valid.
        let raw = unsafe {
            make(|numbers| sys::tsrt_managed_tensor_dequantize(self.raw.as_ptr(), numbers))
        };
        Ok(Self { raw: raw? })
    }

    /// What the integers of a quantized tensor stand for.
    pub fn quantization(&self) -> Result<Quantization> {
        let mut axis = -1;
        let mut zero_points = ptr::null_mut();
        let source = self.raw.as_ptr();
        // SAFETY: the tensor is valid.
        let scales = unsafe {
            make(|scales| {
                sys::tsrt_managed_tensor_quantization(source, scales, &mut zero_points, &mut axis)
            })
        }?;
        Ok(Quantization {
            scales: Self { raw: scales },
            zero_points: Self { raw: NonNull::new(zero_points).expect("made with the scales") },
            axis: usize::try_from(axis).ok(),
        })
    }
}

impl TensorView<'_> {
    /// A row-major copy on a device such as "cpu" or "cuda:1".
    pub fn to(&self, device: &str) -> Result<Tensor> {
        let device = c_text(device, "the device")?;
        // SAFETY: the view is valid, and what it looks at is borrowed.
        let raw = unsafe { make(|copy| sys::tsrt_tensor_copy(self.raw(), device.as_ptr(), copy)) };
        Ok(Tensor { raw: raw? })
    }
}

impl Drop for Tensor {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { sys::tsrt_managed_tensor_free(self.raw.as_ptr()) }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.dtype(), self.shape())
    }
}

/// The outputs of a call with as many places; an error when it left some of them empty.
///
/// # Safety
/// The first `n` pointers are new tensors.
#[inline]
pub(crate) unsafe fn own_all<const N: usize>(
    made: [*mut sys::ManagedTensor; N],
    n: usize,
) -> Result<[Tensor; N]> {
    let mut tensors = made.map(|raw| NonNull::new(raw).map(|raw| Tensor { raw }));
    if n < N {
        return Err(Error::invalid(format!("forward returned {n} tensors and {N} were asked for")));
    }
    Ok(tensors.each_mut().map(|tensor| tensor.take().expect("there are N tensors")))
}

/// # Safety
/// `raw` is a new tensor.
pub(crate) unsafe fn own_one(raw: NonNull<sys::ManagedTensor>) -> Tensor {
    Tensor { raw }
}

/// # Safety
/// `raw` has a shape of `ndim` numbers, which lives for 'a.
#[inline]
pub(crate) unsafe fn shape_of<'a>(raw: &sys::Tensor) -> &'a [usize] {
    // SAFETY: by the contract above.
    unsafe { numbers(raw.shape, raw.ndim) }
}

/// # Safety
/// There are `n` numbers, none below 0, which live for 'a.
#[inline]
unsafe fn numbers<'a>(first: *const i64, n: i32) -> &'a [usize] {
    if n == 0 {
        return &[]; // `first` may be NULL
    }
    // SAFETY: by the contract above; an i64 that is not negative is a usize.
    unsafe { slice::from_raw_parts(first.cast(), n as usize) }
}
