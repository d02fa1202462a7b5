//! What tsrt does, in a few lines of output: `tour tour.pt`.

use std::fmt::Display;
use std::process::ExitCode;
use std::thread;

use tsrt::{Error, Model, Result, TensorView, TensorViewMut, Value};

const NUMBERS: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];

fn joined(numbers: &[impl Display]) -> String {
    numbers.iter().map(|n| format!("{n:.3}")).collect::<Vec<_>>().join(" ")
}

fn print_error(error: &Error) {
    println!("error {}: {error}", error.code() as i32);
}

fn forward(model: &Model) -> Result<()> {
    let x = TensorView::new(&NUMBERS, &[2, 3])?;
    let [y] = model.forward(&[x])?;
    println!("forward: {:?} {}", y.shape(), joined(y.as_slice::<f32>()?));
    let mut into = [0.0f32; 4];
    model.forward_into(&[x], &mut [TensorViewMut::new(&mut into, &[2, 2])?])?;
    println!("into: {}", joined(&into));
    Ok(())
}

fn shares(model: &Model) -> Result<()> {
    let amounts = Value::dict([("links", 1.0), ("rechts", 3.0)]);
    let Value::Dict(shares) = model.run("shares", &["größe-".into(), amounts])? else {
        unreachable!("the method returns a dict");
    };
    print!("shares:");
    for (name, share) in shares {
        print!(" {}={:.3}", String::try_from(name)?, f64::try_from(share)?);
    }
    println!();
    Ok(())
}

fn average(model: &Model, samples: &[f32]) -> Result<f64> {
    let shape = [samples.len()];
    model.run("average", &[TensorView::new(samples, &shape)?.into()])?.try_into()
}

/// Many threads use the model at once; none of them has to lock anything.
fn parallel(model: &Model) -> Result<()> {
    let x = TensorView::new(&NUMBERS, &[2, 3])?;
    let [first] = model.forward(&[x])?;
    let expected = first.as_slice::<f32>()?;
    let call = |_| model.forward(&[x]).is_ok_and(|[y]| y.as_slice() == Ok(expected));
    let same = thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(|| (0..250).all(call)));
        threads.map(|thread| thread.join().expect("no thread panics"))
    });
    let verdict = if same == [true; 4] { "all the same" } else { "not the same" };
    println!("parallel: 4 threads, 1000 calls, {verdict}");
    Ok(())
}

fn tour(path: &str) -> Result<()> {
    if let Err(error) = Model::load("absent.pt") {
        print_error(&error);
    }
    let model = Model::load(path)?;
    forward(&model)?;
    shares(&model)?;
    let averages = [1.0, 2.0, 3.0].into_iter().map(|n| average(&model, &[n, n]));
    println!("average: {}", joined(&averages.collect::<Result<Vec<f64>>>()?));
    if let Err(error) = average(&model, &[]) {
        print_error(&error); // and the model goes on
    }
    println!("average: {:.3}", average(&model, &[4.0, 4.0])?);
    parallel(&model)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path] = arguments.as_slice() else {
        eprintln!("usage: tour tour.pt");
        return ExitCode::FAILURE;
    };
    if let Err(error) = tour(path) {
        eprintln!("tour: {error}");
        return ExitCode::FAILURE;
    }
    println!("live handles: {}", tsrt::live_handles());
    ExitCode::SUCCESS
}
