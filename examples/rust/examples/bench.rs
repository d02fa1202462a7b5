//! What a call costs, in nanoseconds: `bench identity.pt`.

use std::process::ExitCode;
use std::time::Instant;

use tsrt::{Model, Result, TensorView};

/// Makes calls; the sum keeps the compiler from leaving out the results.
fn calls(model: &Model, x: TensorView<'_>, n: u32) -> Result<f32> {
    let mut sum = 0.0;
    for _ in 0..n {
        let [y] = model.forward(&[x])?;
        sum += y.as_slice::<f32>()?[0];
    }
    Ok(sum)
}

fn bench(path: &str) -> Result<f64> {
    const BLOCK: u32 = 10_000;
    let model = Model::load(path)?;
    let x = TensorView::new(&[1.0f32; 4], &[4])?;
    calls(&model, x, 2 * BLOCK)?;
    let mut times = Vec::new();
    for _ in 0..15 {
        let start = Instant::now();
        let sum = calls(&model, x, BLOCK)?;
        times.push(start.elapsed().as_nanos() as f64 / f64::from(BLOCK));
        assert_eq!(sum, BLOCK as f32);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path] = arguments.as_slice() else {
        eprintln!("usage: bench identity.pt");
        return ExitCode::FAILURE;
    };
    match bench(path) {
        Ok(median) => println!("{median:.1}"),
        Err(error) => {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
