//! Memory of the caller's and of tsrt's.

use tsrt::{DType, Element, ErrorCode, Model, Tensor, TensorView, BF16, F16};

fn identity(x: TensorView<'_>) -> Tensor {
    let [y] = Model::load("../tour/identity.pt").unwrap().forward(&[x]).unwrap();
    y
}

fn round_trip<T: Element + PartialEq + std::fmt::Debug>(data: &[T]) {
    let y = identity(TensorView::new(data, &[data.len()]).unwrap());
    assert_eq!(y.dtype(), T::DTYPE);
    assert_eq!(y.as_slice::<T>().unwrap(), data);
    assert_eq!(y.to_vec::<T>().unwrap(), data);
}

#[test]
fn every_type_comes_back() {
    round_trip(&[1.5f32, -2.0]);
    round_trip(&[1.5f64, f64::INFINITY]);
    round_trip(&[F16(0x3c00), F16(1)]);
    round_trip(&[BF16(0x3f80), BF16(2)]);
    round_trip(&[i8::MIN, 1]);
    round_trip(&[i16::MIN, 1]);
    round_trip(&[i32::MIN, 1]);
    round_trip(&[i64::MIN, 1]);
    round_trip(&[u8::MAX, 1]);
    round_trip(&[u16::MAX, 1]);
    round_trip(&[u32::MAX, 1]);
    round_trip(&[u64::MAX, 1]);
    round_trip(&[[1.0f32, 2.0], [3.0, 4.0]]);
    round_trip(&[[1.0f64, 2.0], [3.0, 4.0]]);
    round_trip(&[true, false, true]);
}

#[test]
fn all_shapes_come_back() {
    let scalar = identity(TensorView::new(&[2.5f64], &[]).unwrap());
    assert_eq!((scalar.shape(), scalar.as_slice::<f64>().unwrap()), (&[][..], &[2.5][..]));
    let empty = identity(TensorView::new::<i32>(&[], &[3, 0]).unwrap());
    assert_eq!(empty.shape(), [3, 0]);
    assert!(empty.is_empty() && empty.as_slice::<i32>().unwrap().is_empty());
    assert_eq!(format!("{empty:?} {}", empty.device()), "int32[3, 0] cpu");
}

#[test]
fn lengths_and_strides_are_checked() {
    let data = [1.0f32; 6];
    for shape in [&[5][..], &[2, 4], &[], &[usize::MAX, usize::MAX], &[7, 0]] {
        let error = TensorView::new(&data, shape).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
    for strides in [&[3, 2][..], &[6, 1], &[1], &[usize::MAX, 1]] {
        TensorView::with_strides(&data, &[2, 3], strides).unwrap_err();
    }
    TensorView::with_strides::<f32>(&[], &[0, 3], &[9, 9]).unwrap();
    let deep = [1; 65];
    let view = TensorView::new(&data[..1], &deep).unwrap();
    assert_eq!(view.to("cpu").unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn a_transpose_is_read_in_order_from_a_copy_only() {
    let data = [0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0];
    let y = identity(TensorView::with_strides(&data, &[3, 2], &[1, 3]).unwrap());
    let ordered = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0];
    assert_eq!(y.to_vec::<f32>().unwrap(), ordered);
    if !y.is_row_major() {
        assert!(y.as_slice::<f32>().unwrap_err().message().contains("strides"));
    }
    let copy = y.to("cpu").unwrap();
    assert_eq!(copy.as_slice::<f32>().unwrap(), ordered);
}

#[test]
fn the_wrong_type_is_an_error() {
    let y = identity(TensorView::new(&[1.0f32], &[1]).unwrap());
    let error = y.as_slice::<f64>().unwrap_err();
    assert_eq!(error.message(), "the tensor is float32[1] and float64 was asked for");
    assert_eq!(y.to_vec::<i32>().unwrap_err().code(), ErrorCode::InvalidArgument);
    assert_eq!(DType::new(10, 8).to_string(), "float8_e4m3fn");
}

#[test]
fn tensors_are_shared_copied_and_given_away() {
    let y = identity(TensorView::new(&[1i64, 2], &[2]).unwrap());
    let shared = y.share().unwrap();
    assert_eq!(shared.as_slice::<i64>().unwrap().as_ptr(), y.as_slice::<i64>().unwrap().as_ptr());
    let raw = y.into_raw();
    // SAFETY: it comes from into_raw, and nobody writes there.
    let back = unsafe { Tensor::from_raw(raw) };
    assert_eq!(back.to("cpu").unwrap().as_slice::<i64>().unwrap(), [1, 2]);
    drop(back);
    assert_eq!(shared.as_slice::<i64>().unwrap(), [1, 2]);
    assert_eq!(identity(shared.view()).as_slice::<i64>().unwrap(), [1, 2]);
    assert!(shared.to("nowhere").is_err());
    assert!(shared.dequantize().is_err() && shared.quantization().is_err());
}
