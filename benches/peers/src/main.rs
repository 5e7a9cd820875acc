//! One question, put to rolecall and to the other policy engines that Rust has.
//!
//! Each engine reads its policies first; what is timed is the decision alone. rolecall records the
//! trace of every statement; the others are asked in their fastest way, without one. Prints a table
//! for the README and the number of allocations of one decision.

#[path = "../../../src/policy/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the bench asks for decisions only"
)]
mod policy;

mod engines;
mod question;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Counts what is allocated.
struct Counting;

// Of the thread: an atomic counter would cost an engine a tenth of its time, the more the more it
// allocates.
thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is the system allocator's, with the arguments that were given.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How many statements the policy has.
const SIZES: [usize; 7] = [1, 3, 10, 30, 100, 300, 1_000];
const SAMPLES: usize = 101;
const SAMPLE: Duration = Duration::from_millis(4);

/// One engine with its policies and request read: says whether the request is allowed.
type Ask = Box<dyn FnMut() -> bool>;

/// Nanoseconds of one decision: the least of the samples, which the machine's other work disturbed
/// least.
fn time(ask: &mut Ask) -> f64 {
    let mut rounds = 1_u32;
    let one = |ask: &mut Ask, rounds: u32| {
        let start = Instant::now();
        for _ in 0..rounds {
            black_box(ask());
        }
        start.elapsed()
    };
    while one(ask, rounds) < SAMPLE {
        rounds *= 2;
    }
    (0..SAMPLES)
        .map(|_| one(ask, rounds).as_secs_f64() * 1e9 / f64::from(rounds))
        .fold(f64::INFINITY, f64::min)
}

fn allocations(ask: &mut Ask) -> u64 {
    let before = ALLOCATIONS.get();
    black_box(ask());
    ALLOCATIONS.get() - before
}

fn main() {
    let engines = engines::all();
    let names: Vec<&str> = engines.iter().map(|(name, _)| *name).collect();
    println!(
        "microseconds a decision (allocations); the last column: rolecall against the fastest other\n"
    );
    println!("| statements | {} | ratio |", names.join(" | "));
    println!("|---:|{}---:|", "---:|".repeat(names.len()));
    for size in SIZES {
        let mut cells = Vec::new();
        let mut times = Vec::new();
        for (name, build) in &engines {
            let mut ask = build(size);
            assert!(
                ask(),
                "{name} denies at {size} statements: it answers another question"
            );
            let nanos = time(&mut ask);
            cells.push(format!("{:.3} ({})", nanos / 1e3, allocations(&mut ask)));
            times.push(nanos);
        }
        let ours = times[0];
        let fastest = times[1..].iter().copied().fold(f64::INFINITY, f64::min);
        println!("| {size} | {} | {:.1} |", cells.join(" | "), fastest / ours);
    }
}
