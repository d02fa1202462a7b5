//! Files, and what belongs to the process.

use std::sync::Arc;

use tsrt::{ErrorCode, Model, Value};

const TOUR: &str = "../tour/tour.pt";

#[test]
fn files_are_described_and_verified() {
    let bytes = std::fs::read(TOUR).unwrap();
    for json in [tsrt::inspect(TOUR).unwrap(), tsrt::inspect_buffer(&bytes).unwrap()] {
        assert!(json.contains("\"kind\":\"torchscript\""), "{json}");
    }
    tsrt::verify(TOUR).unwrap();
    tsrt::verify_buffer(&bytes).unwrap();
    assert_eq!(tsrt::verify_buffer(b"text").unwrap_err().code(), ErrorCode::NotAModel);
    assert_eq!(tsrt::verify("absent.pt").unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(tsrt::extra_file(TOUR, "a").unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(tsrt::extra_file_buffer(&bytes, "a").unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn the_process_tells_about_itself() {
    assert!(tsrt::version().starts_with("0."));
    assert!(!tsrt::torch_version().is_empty());
    assert_eq!(tsrt::devices().unwrap()[0], "cpu");
    assert!(tsrt::memory().unwrap().contains("\"resident\""));
    assert!(tsrt::trusted_operators().unwrap().contains("\"aten::add\""));
    assert!(tsrt::quantized_engine().unwrap().contains("\"supported\""));
    assert!(tsrt::set_quantized_engine("absent").is_err());
    assert!(tsrt::load_library("absent.so").is_err());
    tsrt::manual_seed(7).unwrap();
    tsrt::trim_memory().unwrap();
}

/// What a handler uses lives as long as the handler.
#[test]
fn handlers_are_replaced() {
    let used = Arc::new(());
    let held = used.clone();
    tsrt::set_print_handler(Some(Box::new(move |_| drop(held.clone())))).unwrap();
    assert_eq!(Arc::strong_count(&used), 2);
    tsrt::set_print_handler(None).unwrap();
    assert_eq!(Arc::strong_count(&used), 1);
}

/// A loop over this many entries is long enough to be asked for.
#[test]
fn an_interrupt_check_that_panics_stops_the_call() {
    let model = Model::load(TOUR).unwrap();
    let amounts = Value::dict((0..1_000_000).map(|i| (i.to_string(), 1.0)));
    let check = || panic!("this panic belongs to the test");
    tsrt::set_interrupt_check(Some(Box::new(check))).unwrap();
    let error = model.run("shares", &["".into(), amounts]).map(drop).unwrap_err();
    tsrt::set_interrupt_check(None).unwrap();
    assert_eq!(error.code(), ErrorCode::Cancelled, "{error}");
    model.run("shares", &["".into(), Value::dict([("a", 1.0)])]).unwrap();
}
