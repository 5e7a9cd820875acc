//! Every case of `tests/cases`, and of the files named in `ROLECALL_CASES`, gets the decision that
//! AWS documents for it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

use std::path::PathBuf;

use rolecall::policy::{Case, evaluate};

fn files() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let entries = std::fs::read_dir(folder).expect("tests/cases is there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of tests/cases").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    if let Some(more) = std::env::var_os("ROLECALL_CASES") {
        files.extend(std::env::split_paths(&more));
    }
    files.sort();
    files
}

#[test]
fn every_case_is_decided_as_aws_decides_it() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("a readable file of cases");
        let cases = match Case::read_all(&text) {
            Ok(cases) => cases,
            Err(finding) => panic!("{}: {finding}", file.display()),
        };
        for case in cases {
            count += 1;
            let expected = case
                .expected
                .unwrap_or_else(|| panic!("`{}` expects nothing", case.id));
            let decided = evaluate(&case.request, &case.policies).verdict();
            if decided != expected {
                let why = case.why.unwrap_or_default();
                wrong.push(format!(
                    "{}: {decided:?}, not {expected:?} ({why})",
                    case.id
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count > 0, "there are no cases");
}
