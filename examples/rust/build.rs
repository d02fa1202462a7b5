//! Asks pkg-config where tsrt is.

use std::env;
use std::process::Command;

/// What `pkg-config` prints, or the reason why there is nothing.
fn pkg_config(what: &str) -> Result<String, String> {
    let command = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_owned());
    let done = Command::new(&command)
        .args([what, "tsrt"])
        .output()
        .map_err(|error| format!("cannot run {command}: {error}"))?;
    if done.status.success() {
        String::from_utf8(done.stdout).map_err(|_| format!("{command} printed no UTF-8"))
    } else {
        Err(String::from_utf8_lossy(&done.stderr).trim().to_owned())
    }
}

/// One flag for the linker, in Cargo's words. The library goes to those who depend on this crate,
/// too. A run path does not: Cargo hands them the folder as DEP_TSRT_LIB instead.
fn pass_on(flag: &str) {
    if let Some(folder) = flag.strip_prefix("-L") {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:lib={folder}");
    } else if let Some(file) = flag.strip_prefix("-l:") {
        println!("cargo:rustc-link-lib=dylib:+verbatim={file}");
    } else if let Some(name) = flag.strip_prefix("-l") {
        println!("cargo:rustc-link-lib=dylib={name}");
    } else {
        println!("cargo:rustc-link-arg={flag}");
    }
}

/// At spaces, but for those of folders, which pkg-config writes with a backslash.
fn split(flags: &str) -> impl Iterator<Item = String> {
    let marked = flags.replace("\\ ", "\0");
    marked.split_whitespace().map(|flag| flag.replace('\0', " ")).collect::<Vec<_>>().into_iter()
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    match pkg_config("--libs") {
        Ok(flags) => split(&flags).for_each(|flag| pass_on(&flag)),
        Err(reason) => {
            eprintln!("tsrt was not found: set PKG_CONFIG_PATH to its lib/pkgconfig.\n{reason}");
            std::process::exit(1);
        }
    }
}
