//! Lessons as programs load them.

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

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rolecall::lesson::{Catalogue, LessonSource};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn the_binary_brings_every_lesson_of_the_repository_with_its_files() {
    let catalogue = Catalogue::embedded();
    assert_eq!(catalogue.problems, []);
    let embedded: BTreeSet<String> = LessonSource::embedded()
        .into_iter()
        .map(|source| source.path)
        .collect();
    let on_disk: BTreeSet<String> = fs::read_dir(Path::new(ROOT).join("lessons"))
        .unwrap()
        .map(|entry| format!("lessons/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    assert_eq!(embedded, on_disk);
    for lesson in &catalogue.lessons {
        for (name, contents) in &lesson.contents {
            let path = Path::new(ROOT).join("assets").join(&lesson.id).join(name);
            assert_eq!(&fs::read(&path).unwrap(), contents, "{}", path.display());
        }
    }
}

#[test]
fn every_step_of_every_lesson_has_notes_for_whoever_presents_it() {
    for lesson in Catalogue::embedded().lessons {
        for step in &lesson.steps {
            assert!(step.notes.is_some(), "{}: {}", lesson.id, step.id);
        }
    }
}

#[test]
fn a_folder_s_lesson_takes_the_place_of_the_binary_s() {
    let folder = tempfile::tempdir().unwrap();
    let lesson = |id: &str, title: &str| {
        format!(
            "format_version = 1\nid = \"{id}\"\ntitle = \"{title}\"\nsummary = \"s\"\nminutes = 1\n\
             [[steps]]\nid = \"a\"\ntitle = \"A\"\nbody = \"b\"\n"
        )
    };
    fs::write(folder.path().join("a.toml"), lesson("assume-role", "Mine")).unwrap();
    fs::write(folder.path().join("b.toml"), lesson("other", "Other")).unwrap();
    fs::write(folder.path().join("c.toml"), "format_version = 1\nid =").unwrap();
    fs::write(
        folder.path().join("d.toml"),
        lesson("d", "D").replace("= 1\nid", "= 2\nid"),
    )
    .unwrap();
    fs::write(folder.path().join("notes.txt"), "not a lesson").unwrap();
    let catalogue = Catalogue::with_folder(folder.path()).unwrap();
    assert_eq!(catalogue.get("assume-role").unwrap().title, "Mine");
    assert_eq!(catalogue.get("other").unwrap().title, "Other");
    assert_eq!(catalogue.nearest("asume-role"), Some("assume-role"));
    let problems: Vec<String> = catalogue
        .problems
        .iter()
        .map(|problem| format!("{}:{}", problem.line, problem.message))
        .collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("2:"), "{problems:?}");
    assert_eq!(problems[1], "1:format version 2 is not known");
    assert!(Catalogue::with_folder(&folder.path().join("missing")).is_err());
}
