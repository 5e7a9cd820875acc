//! How the program is linked.
//!
//! What a position-independent program has to move at its start is a list of two hundred thousand
//! places, most of them in the SDK's tables: five megabytes that are read, and stay resident. Packed,
//! the list is a hundredth of that. The system's loader must know the packed form (glibc since 2.36),
//! and says by a version whether it does.

use std::path::Path;
use std::{env, fs};

/// The version by which glibc says that it reads packed lists.
const PACKED: &[u8] = b"GLIBC_ABI_DT_RELR";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    // Of another machine's loader nothing is known here.
    let native = variable("HOST") == variable("TARGET");
    let glibc = variable("CARGO_CFG_TARGET_OS") == "linux"
        && variable("CARGO_CFG_TARGET_ENV") == "gnu"
        && !variable("CARGO_CFG_TARGET_FEATURE").contains("crt-static");
    if native && glibc && loader_reads_packed() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether the glibc that this script itself runs with knows the packed form.
fn loader_reads_packed() -> bool {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut files = maps.lines().filter_map(|line| line.get(line.find('/')?..));
    files
        .find(|file| Path::new(file).ends_with("libc.so.6"))
        .and_then(|file| fs::read(file).ok())
        .is_some_and(|libc| libc.windows(PACKED.len()).any(|part| part == PACKED))
}
