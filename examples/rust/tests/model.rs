//! Models: loading, running, state, limits.

use tsrt::{ErrorCode, Model, Tensor, TensorView, TensorViewMut, Value};

const TOUR: &str = "../tour/tour.pt";
const IDENTITY: &str = "../tour/identity.pt";
const NUMBERS: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
const EXPECTED: [f32; 4] = [3.125, -1.75, 7.625, 0.5];

fn load(path: &str) -> Model {
    Model::load(path).unwrap()
}

fn numbers() -> TensorView<'static> {
    TensorView::new(&NUMBERS, &[2, 3]).unwrap()
}

fn average(model: &Model, samples: &[f32]) -> tsrt::Result<f64> {
    let shape = [samples.len()];
    model.run("average", &[TensorView::new(samples, &shape)?.into()])?.try_into()
}

#[test]
fn forward_gives_tensors() {
    let [y] = load(TOUR).forward(&[numbers()]).unwrap();
    assert_eq!(y.shape(), [2, 2]);
    assert_eq!(y.as_slice::<f32>().unwrap(), EXPECTED);
}

#[test]
fn forward_writes_into_memory_of_the_callers() {
    let mut y = [0.0f32; 4];
    let model = load(TOUR);
    model.forward_into(&[numbers()], &mut [TensorViewMut::new(&mut y, &[2, 2]).unwrap()]).unwrap();
    assert_eq!(y, EXPECTED);
    let mut short = [0.0f32; 2];
    let error = model
        .forward_into(&[numbers()], &mut [TensorViewMut::new(&mut short, &[2]).unwrap()])
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn forward_wants_as_many_outputs_as_there_are() {
    let model = load(TOUR);
    let error = model.forward::<2>(&[numbers()]).unwrap_err();
    assert_eq!(error.message(), "forward returned 1 tensors and 2 were asked for");
    let error = model.forward::<0>(&[numbers()]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn outputs_outlive_the_model() {
    let model = load(TOUR);
    let [y] = model.forward(&[numbers()]).unwrap();
    drop(model);
    assert_eq!(y.as_slice::<f32>().unwrap(), EXPECTED);
}

#[test]
fn errors_tell() {
    let error = Model::load("absent.pt").unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(error.to_string().contains("absent.pt"), "{error}");
    let model = load(TOUR);
    let error = average(&model, &[]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ModelError);
    assert!(error.detail().contains("average"), "{}", error.detail());
    let error = model.run("absent", &[]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.downcast_ref::<tsrt::Error>().is_some());
}

#[test]
fn zero_bytes_are_refused_where_c_has_no_place_for_them() {
    let model = load(TOUR);
    for error in [
        Model::load("a\0b").unwrap_err(),
        Model::load_with(TOUR, "a\0b").unwrap_err(),
        model.run("a\0b", &[]).unwrap_err(),
        model.attribute("a\0b").unwrap_err(),
        tsrt::inspect("a\0b").unwrap_err(),
    ] {
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().contains("zero byte"), "{error}");
    }
}

#[test]
fn a_model_comes_from_bytes_too() {
    let bytes = std::fs::read(TOUR).unwrap();
    let model = Model::load_buffer(&bytes, "threads=1").unwrap();
    drop(bytes);
    let [y] = model.forward(&[numbers()]).unwrap();
    assert_eq!(y.as_slice::<f32>().unwrap(), EXPECTED);
    let error = Model::load_buffer(b"no model", "").unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotAModel);
}

#[test]
fn clones_have_a_state_of_their_own_and_shared_handles_have_not() {
    let model = load(TOUR);
    assert_eq!(average(&model, &[1.0]), Ok(1.0));
    let clone = model.try_clone().unwrap();
    let shared = model.share("timeout=10").unwrap();
    assert_eq!(average(&clone, &[3.0]), Ok(2.0));
    assert_eq!(average(&shared, &[5.0]), Ok(3.0));
    assert_eq!(average(&model, &[6.0]), Ok(4.0));
    model.reset().unwrap();
    assert_eq!(average(&shared, &[7.0]), Ok(7.0));
}

#[test]
fn options_are_checked() {
    let error = Model::load_with(TOUR, "no_such_option=1").unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(load(TOUR).share("device=cpu").unwrap_err().code(), ErrorCode::InvalidArgument);
    assert_eq!(load(TOUR).to("nowhere").unwrap_err().code(), ErrorCode::Device);
    load(TOUR).to("cpu").unwrap();
}

#[test]
fn attributes_are_read_and_replaced() {
    let model = load(TOUR);
    model.set_attribute("count", 3).unwrap();
    assert_eq!(i64::try_from(model.attribute("count").unwrap()), Ok(3));
    let weight: Tensor = model.attribute("layer.weight").unwrap().try_into().unwrap();
    let error = weight.as_slice::<f32>().unwrap_err();
    assert_eq!(error.message(), "the tensor shares a model's memory: copy it");
    assert_eq!(weight.to_vec::<f32>().unwrap(), [0.5, -1.0, 2.0, 1.0, 0.25, -0.5]);
    let zeros = TensorView::new(&[0.0f32; 6], &[2, 3]).unwrap();
    model.set_attribute("layer.weight", zeros).unwrap();
    let [y] = model.forward(&[numbers()]).unwrap();
    assert_eq!(y.as_slice::<f32>().unwrap(), [0.125, -1.0, 0.125, -1.0]);
    let error = model.set_attribute("layer.weight", Value::None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(model.attribute("absent").unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn the_mode_is_set_and_described() {
    let model = load(TOUR);
    model.train(true).unwrap();
    assert!(model.describe().unwrap().contains("\"training\":true"));
    model.train(false).unwrap();
    assert!(model.describe().unwrap().contains("\"training\":false"));
}

/// A loop over this many entries is long enough to be stopped.
fn long_call(model: &Model) -> tsrt::Result<()> {
    let amounts = Value::dict((0..100_000).map(|i| (i.to_string(), 1.0)));
    model.run("shares", &["".into(), amounts]).map(drop)
}

#[test]
fn a_call_that_takes_too_long_is_stopped() {
    let model = load(TOUR).share("timeout=0.000001").unwrap();
    assert_eq!(long_call(&model).unwrap_err().code(), ErrorCode::Timeout);
}

#[test]
fn calls_are_cancelled_from_another_thread() {
    let model = load(TOUR);
    std::thread::scope(|scope| {
        let call = scope.spawn(|| long_call(&model));
        while !call.is_finished() {
            model.cancel().unwrap();
        }
        assert_eq!(call.join().unwrap().unwrap_err().code(), ErrorCode::Cancelled);
    });
}

#[test]
fn extra_files_are_missing_here() {
    assert_eq!(load(IDENTITY).extra_file("labels.txt").unwrap_err().code(), ErrorCode::NotFound);
}
