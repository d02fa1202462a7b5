//! Many threads, and that nothing stays behind. One test, since the count is the process's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tsrt::{Model, Tensor, TensorView, Value};

const NUMBERS: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];

fn work(model: &Model) -> Tensor {
    let x = TensorView::new(&NUMBERS, &[2, 3]).unwrap();
    for i in 0..500 {
        match i % 4 {
            0 => drop(model.try_clone().unwrap().forward::<1>(&[x]).unwrap()),
            1 => drop(model.run("average", &[x.into()]).unwrap()),
            2 => drop(model.run("average", &[Value::None]).unwrap_err()),
            _ => drop(model.attribute("layer.weight").unwrap()),
        }
    }
    let [y] = model.forward(&[x]).unwrap();
    y
}

#[test]
fn everything_at_once_leaves_nothing_behind() {
    let model = Model::load("../tour/tour.pt").unwrap();
    let done = AtomicBool::new(false);
    let outputs = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                model.share("").unwrap().cancel().unwrap(); // its own handle's calls: none
            }
        });
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| work(&model))).collect();
        let outputs: Vec<Tensor> = workers.into_iter().map(|it| it.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        outputs
    });
    drop(model);
    for y in &outputs {
        assert_eq!(y.as_slice::<f32>().unwrap(), [3.125, -1.75, 7.625, 0.5]);
    }
    // A tensor is read and freed on other threads than its maker's.
    thread::spawn(move || drop(outputs)).join().unwrap();
    assert_eq!(tsrt::live_handles(), 0);
}
