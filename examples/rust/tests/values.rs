//! Values between Rust and TorchScript.

use tsrt::{DType, ErrorCode, Model, Tensor, TensorView, Value};

fn tour() -> Model {
    Model::load("../tour/tour.pt").unwrap()
}

fn shares(prefix: &str) -> Vec<(String, f64)> {
    let amounts = Value::dict([("links", 1.0), ("rechts", 3.0)]);
    let Value::Dict(shares) = tour().run("shares", &[prefix.into(), amounts]).unwrap() else {
        panic!("no dict");
    };
    let entry = |(name, share): (Value, Value)| {
        (String::try_from(name).unwrap(), f64::try_from(share).unwrap())
    };
    shares.into_iter().map(entry).collect()
}

#[test]
fn dicts_keep_their_order() {
    let expected = [("größe-links".to_owned(), 0.25), ("größe-rechts".to_owned(), 0.75)];
    assert_eq!(shares("größe-"), expected);
}

#[test]
fn strings_may_have_zero_bytes() {
    assert_eq!(shares("a\0b")[0].0, "a\0blinks");
    assert_eq!(shares("")[0].0, "links");
}

#[test]
fn arguments_go_by_name() {
    let model = tour();
    let x = TensorView::new(&[1.0f32, 2.0, 3.0], &[1, 3]).unwrap();
    let y: Tensor = model.run_with("forward", &[], &[("x", x.into())]).unwrap().try_into().unwrap();
    assert_eq!(y.as_slice::<f32>().unwrap(), [4.625, -1.0]);
    let error = model.run_with("forward", &[], &[("y", x.into())]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn wrong_arguments_are_errors() {
    let model = tour();
    let dict = Value::dict([("a", 1.0)]);
    for args in [
        vec![],
        vec![1.into(), dict],
        vec!["a".into(), Value::None],
        vec!["a".into(), Value::list([1.0, 2.0])],
        vec!["a".into(), Value::dict([("a", Value::None)])],
        vec!["a".into(), Value::Tuple(vec![true.into(), Value::Complex(1.0, 2.0)])],
    ] {
        let error = model.run("shares", &args).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    }
    let mixed = Value::Dict(vec![("a".into(), 1.into()), (1.into(), 1.into())]);
    assert_eq!(
        model.run("shares", &["a".into(), mixed]).unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}

#[test]
fn ints_and_tensors_become_floats() {
    let one = [1.0f64];
    let one = TensorView::new(&one, &[]).unwrap();
    let amounts = Value::Dict(vec![("a".into(), 3.into()), ("b".into(), one.into())]);
    let result = tour().run("shares", &["".into(), amounts]).unwrap();
    assert_eq!(
        format!("{result:?}"),
        r#"Dict([(String("a"), Float(0.75)), (String("b"), Float(0.25))])"#
    );
}

#[test]
fn values_nest_only_so_deep() {
    let nested = (0..10_000).fold(Value::None, |inner, _| Value::List(vec![inner]));
    let error = tour().run("average", &[nested]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn the_wrong_kind_is_an_error() {
    let error = f64::try_from(Value::from("text")).unwrap_err();
    assert_eq!(error.message(), "the value is a string and a float was asked for");
    assert_eq!(bool::try_from(Value::from(Some(true))), Ok(true));
    assert!(i64::try_from(Value::from(None::<i64>)).is_err());
}

#[test]
fn element_types_are_numbers() {
    assert_eq!(i64::try_from(Value::dtype(DType::FLOAT32).unwrap()), Ok(6));
    assert!(Value::dtype(DType::new(200, 3)).is_err());
}

#[test]
fn quantized_tensors_are_made_and_taken() {
    let integers = TensorView::new(&[1i8, 2, 3], &[1, 3]).unwrap();
    let scale = TensorView::new(&[0.5f64], &[]).unwrap();
    let zero = TensorView::new(&[1i64], &[]).unwrap();
    let x = Value::quantized(&integers, &scale, &zero, None).unwrap();
    let Value::Tensor(x) = x else { panic!("no tensor") };
    let identity = Model::load("../tour/identity.pt").unwrap();
    let y: Tensor = identity.run("forward", &[x.into()]).unwrap().try_into().unwrap();
    assert!(y.is_quantized());
    assert_eq!(y.as_slice::<i8>().unwrap(), [1, 2, 3]);
    assert_eq!(y.dequantize().unwrap().as_slice::<f32>().unwrap(), [0.0, 0.5, 1.0]);
    let quantization = y.quantization().unwrap();
    assert_eq!(quantization.scales.to_vec::<f64>().unwrap(), [0.5]);
    assert_eq!(
        (quantization.zero_points.to_vec::<i64>().unwrap(), quantization.axis),
        (vec![1], None)
    );
}
