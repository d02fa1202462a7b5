//! Models.

use std::fmt;
use std::path::Path;
use std::ptr::{self, NonNull};

use crate::argument::Argument;
use crate::error::{c_path, c_text, check, make, make_bytes, make_text, Result};
use crate::handle::Handle;
use crate::sys;
use crate::tensor::{own_all, Tensor};
use crate::value::Value;
use crate::view::{TensorView, TensorViewMut};

/// A loaded model. All its methods may be called by many threads at once: those of the model that
/// only read it run in parallel, those that write its state get their turn.
///
/// ```
/// fn all_threads<T: Send + Sync + 'static>() {}
/// all_threads::<tsrt::Model>();
/// all_threads::<tsrt::Object>();
/// all_threads::<tsrt::Tensor>();
/// all_threads::<tsrt::Value<'static>>();
/// all_threads::<tsrt::Error>();
/// ```
pub struct Model {
    raw: NonNull<sys::Model>,
}

// SAFETY: tsrt's models may be used from, and freed on, any thread.
unsafe impl Send for Model {}
// SAFETY: as above.
unsafe impl Sync for Model {}

impl Model {
    /// Loads a TorchScript archive. A model file is a program: load only files you trust.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(path, "")
    }

    /// The same with options, such as "device=cuda,threads=2,timeout=0.5"; tsrt.h lists them.
    pub fn load_with(path: impl AsRef<Path>, options: &str) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        let options = c_text(options, "the options")?;
        // SAFETY: both texts are valid for the call.
        let raw =
            unsafe { make(|model| sys::tsrt_model_load(path.as_ptr(), options.as_ptr(), model)) };
        Ok(Self { raw: raw? })
    }

    /// Loads a model from the bytes of its file.
    pub fn load_buffer(bytes: &[u8], options: &str) -> Result<Self> {
        let options = c_text(options, "the options")?;
        let (data, size) = (bytes.as_ptr().cast(), bytes.len());
        // SAFETY: text and bytes are valid for the call.
        let raw = unsafe {
            make(|model| sys::tsrt_model_load_buffer(data, size, options.as_ptr(), model))
        };
        Ok(Self { raw: raw? })
    }

    /// A second model with a state of its own, equal to this one's now, and the same weights.
    pub fn try_clone(&self) -> Result<Self> {
        // SAFETY: the model is valid.
        let raw = unsafe { make(|clone| sys::tsrt_model_clone(self.raw.as_ptr(), clone)) };
        Ok(Self { raw: raw? })
    }

    /// Another handle to the same model and state, with `threads` and `timeout` of its own: give
    /// "" for none. What [`cancel`](Self::cancel) stops is the handle's.
    pub fn share(&self, options: &str) -> Result<Self> {
        let options = c_text(options, "the options")?;
        // SAFETY: the model and the text are valid.
        let raw = unsafe {
            make(|shared| sys::tsrt_model_share(self.raw.as_ptr(), options.as_ptr(), shared))
        };
        Ok(Self { raw: raw? })
    }

    /// Stops the calls that run now through this handle and through those shared from it: each
    /// fails with [`Cancelled`](crate::ErrorCode::Cancelled). Calls that start later run as ever.
    pub fn cancel(&self) -> Result<()> {
        // SAFETY: the model is valid.
        unsafe { check(sys::tsrt_model_cancel(self.raw.as_ptr())) }
    }

    /// Moves the model to a device such as "cpu" or "cuda:1". Waits for running calls.
    pub fn to(&self, device: &str) -> Result<()> {
        let device = c_text(device, "the device")?;
        // SAFETY: the model and the text are valid.
        unsafe { check(sys::tsrt_model_to(self.raw.as_ptr(), device.as_ptr())) }
    }

    /// Puts the model into training mode, or with `false` into evaluation mode.
    pub fn train(&self, training: bool) -> Result<()> {
        // SAFETY: the model is valid.
        unsafe { check(sys::tsrt_model_train(self.raw.as_ptr(), training)) }
    }

    /// Back to the state that the model had when it was loaded.
    pub fn reset(&self) -> Result<()> {
        // SAFETY: the model is valid.
        unsafe { check(sys::tsrt_model_reset(self.raw.as_ptr())) }
    }

    /// An attribute, parameter or buffer, such as "count" or "encoder.weight". Tensors in it mostly
    /// share the model's memory, so there is no slice of them: see [`Tensor::to_vec`].
    pub fn attribute(&self, name: &str) -> Result<Value<'static>> {
        let name = c_text(name, "the name")?;
        // SAFETY: the model and the text are valid.
        let value = unsafe {
            Handle::make(|value| {
                sys::tsrt_model_get_attribute(self.raw.as_ptr(), name.as_ptr(), value)
            })
        };
        value?.into_native()
    }

    /// Replaces an attribute; the value is copied.
    pub fn set_attribute<'v>(&self, name: &str, value: impl Into<Value<'v>>) -> Result<()> {
        let name = c_text(name, "the name")?;
        let value = value.into();
        let value = Argument::new(&value)?;
        let (model, name, value) = (self.raw.as_ptr(), name.as_ptr(), value.raw());
        // SAFETY: all three are valid.
        unsafe { check(sys::tsrt_model_set_attribute(model, name, value)) }
    }

    /// Runs `forward` on tensors: the fast path. It is for models that return as many tensors as
    /// the caller has places; [`run`](Self::run) takes what any other returns.
    ///
    /// ```no_run
    /// use tsrt::{Model, TensorView};
    /// let model = Model::load("model.pt")?;
    /// let x = TensorView::new(&[1.0f32, 2.0, 3.0], &[1, 3])?;
    /// let [mean, deviation] = model.forward(&[x, x])?;
    /// println!("{:?} {:?}", mean.as_slice::<f32>()?, deviation.shape());
    /// # Ok::<(), tsrt::Error>(())
    /// ```
    #[inline]
    pub fn forward<const N: usize>(&self, inputs: &[TensorView<'_>]) -> Result<[Tensor; N]> {
        let mut made = [ptr::null_mut(); N];
        let mut n = 0;
        let model = self.raw.as_ptr();
        let (first, n_inputs) = (inputs.as_ptr().cast(), inputs.len());
        // SAFETY: a view is what C calls a tensor; views and places are valid for the call.
        unsafe {
            check(sys::tsrt_model_forward(model, first, n_inputs, made.as_mut_ptr(), N, &mut n))?;
            own_all(made, n)
        }
    }

    /// Runs `forward` and writes its results into memory of the caller's own. Their number, dtypes
    /// and shapes must be those of the results.
    ///
    /// ```no_run
    /// # use tsrt::{Model, TensorView, TensorViewMut};
    /// # let model = Model::load("model.pt")?;
    /// # let x = TensorView::new(&[1.0f32, 2.0, 3.0], &[1, 3])?;
    /// let mut y = [0.0f32; 2];
    /// model.forward_into(&[x], &mut [TensorViewMut::new(&mut y, &[1, 2])?])?;
    /// println!("{y:?}");
    /// # Ok::<(), tsrt::Error>(())
    /// ```
    #[inline]
    pub fn forward_into(
        &self,
        inputs: &[TensorView<'_>],
        outputs: &mut [TensorViewMut<'_>],
    ) -> Result<()> {
        let model = self.raw.as_ptr();
        let (x, n) = (inputs.as_ptr().cast(), inputs.len());
        let (y, m) = (outputs.as_ptr().cast(), outputs.len());
        // SAFETY: a view is what C calls a tensor; nobody else has the memory of the outputs.
        unsafe { check(sys::tsrt_model_forward_into(model, x, n, y, m)) }
    }

    /// Runs any method: "forward", an exported one, or that of a submodule as "encoder.forward".
    ///
    /// ```no_run
    /// # let model = tsrt::Model::load("model.pt")?;
    /// let average: f64 = model.run("average", &[2.5.into()])?.try_into()?;
    /// # Ok::<(), tsrt::Error>(())
    /// ```
    pub fn run(&self, method: &str, args: &[Value<'_>]) -> Result<Value<'static>> {
        self.run_with(method, args, &[])
    }

    /// The same with arguments by name, too.
    pub fn run_with(
        &self,
        method: &str,
        args: &[Value<'_>],
        kwargs: &[(&str, Value<'_>)],
    ) -> Result<Value<'static>> {
        let method = c_text(method, "the method")?;
        let args = Argument::positional(args)?;
        let kwargs = Argument::named(kwargs)?;
        let model = self.raw.as_ptr();
        // SAFETY: all of them are valid for the call.
        let result = unsafe {
            Handle::make(|result| {
                sys::tsrt_model_run(model, method.as_ptr(), args.raw(), kwargs.raw(), result)
            })
        };
        result?.into_native()
    }

    /// Everything there is to know of the model, as JSON; tsrt.h says what.
    pub fn describe(&self) -> Result<String> {
        // SAFETY: the model is valid.
        unsafe { make_text(|json| sys::tsrt_model_describe(self.raw.as_ptr(), json)) }
    }

    /// One of the files that were saved with the model.
    pub fn extra_file(&self, name: &str) -> Result<Vec<u8>> {
        let name = c_text(name, "the name")?;
        let model = self.raw.as_ptr();
        // SAFETY: the model and the text are valid.
        unsafe {
            make_bytes(|data, size| sys::tsrt_model_extra_file(model, name.as_ptr(), data, size))
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { sys::tsrt_model_free(self.raw.as_ptr()) }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}
