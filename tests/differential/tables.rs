//! What is run by both: the tables of `tests/differential/`, and the lessons.

use std::fs;
use std::path::Path;

use rolecall::lesson::{Catalogue, Lesson, Step, commands};
use serde_json::Value;

/// A scenario: commands that run in one world.
pub struct Scenario {
    pub name: String,
    pub files: Vec<(String, Vec<u8>)>,
    pub entries: Vec<Entry>,
    /// What `rolecall serve` is told besides.
    pub options: Vec<String>,
}

/// A command.
#[derive(Default)]
pub struct Entry {
    pub command: String,
    pub input: Option<String>,
    /// Variable and expression.
    pub captures: Vec<(String, String)>,
    /// Files that are others from here on.
    pub files: Vec<(String, Vec<u8>)>,
    /// Why it differs from every version.
    pub always: Option<String>,
    /// Why it differs from versions before 2.30.
    pub old: Option<String>,
    /// Why it may differ from versions before 2.30.
    pub perhaps_old: Option<String>,
    /// Exit status and what is said of an error, as AWS was seen to answer.
    pub says: Option<(i32, String)>,
    /// What is printed, as JSON.
    pub prints: Option<Value>,
}

/// The tables.
pub fn tables() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.join("files")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.push((name, fs::read(path).unwrap()));
    }
    let mut scenarios = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        scenarios.push(Scenario {
            entries: entries(&name, &text),
            options: text
                .lines()
                .filter_map(|line| line.strip_prefix("% "))
                .map(str::to_owned)
                .collect(),
            name,
            files: files.clone(),
        });
    }
    scenarios
}

/// A table, read.
pub fn entries(name: &str, text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with(['#', '%']) {
            continue;
        }
        if ["aws", "sleep ", "printf ", "env ", "mkdir "]
            .iter()
            .any(|word| line.starts_with(word))
        {
            entries.push(Entry {
                command: line.to_owned(),
                ..Entry::default()
            });
            continue;
        }
        let entry = entries.last_mut();
        let entry = entry.unwrap_or_else(|| panic!("{name}:{}: no command above", number + 1));
        match line.split_at(2) {
            ("> ", rest) => {
                let (variable, expression) = rest.split_once(" = ").unwrap();
                entry
                    .captures
                    .push((variable.to_owned(), expression.to_owned()));
            }
            ("| ", rest) => entry.input = Some(rest.to_owned()),
            ("= ", rest) => {
                let (exit, words) = rest.split_once(' ').unwrap_or((rest, ""));
                entry.says = Some((exit.parse().unwrap(), words.replace('↵', "\n")));
            }
            ("@ ", rest) => entry.prints = Some(serde_json::from_str(rest).unwrap()),
            ("! ", rest) => match rest.split_once(": ") {
                Some(("always", why)) => entry.always = Some(why.to_owned()),
                Some(("old", why)) => entry.old = Some(why.to_owned()),
                _ => panic!("{name}:{}: `always` or `old`, and why", number + 1),
            },
            _ => panic!("{name}:{}: `{line}`", number + 1),
        }
    }
    entries
}

/// How commands of lessons begin that differ from versions before 2.30 when they are let in, and why.
const OLD: [(&str, &str); 2] = [
    (
        "aws s3api get-object ",
        "its model of S3 is older: no checksums of its own",
    ),
    ("aws s3 rb ", "the last of its errors had no prefix"),
];

/// The lessons, as their steps run from the first to the last: what the learner runs or is to find,
/// the look at the world behind it, and the clean-up.
pub fn lessons() -> Vec<Scenario> {
    let lessons = &Catalogue::embedded().lessons;
    lessons.iter().map(|lesson| of_lesson(lesson)).collect()
}

/// A lesson.
pub fn of_lesson(lesson: &Lesson) -> Scenario {
    let mut entries = Vec::new();
    for step in &lesson.steps {
        entries.extend(of_step(step));
        entries.extend(step.check.iter().flat_map(|check| each(&check.command)));
    }
    for clean_up in &lesson.cleanup {
        entries.extend(clean_up.command.as_deref().into_iter().flat_map(each));
    }
    Scenario {
        name: format!("lesson {}", lesson.id),
        files: lesson
            .contents
            .iter()
            .map(|(name, contents)| (name.clone(), contents.clone()))
            .collect(),
        entries,
        options: Vec::new(),
    }
}

/// The commands of a step. What it captures is read from what the last of them prints.
pub fn of_step(step: &Step) -> Vec<Entry> {
    let solution = step.solution.as_ref();
    let text = solution
        .and_then(|solution| solution.command.as_ref())
        .or(step.command.as_ref());
    let mut entries: Vec<Entry> = text.into_iter().flat_map(|text| each(text)).collect();
    if let Some(first) = entries.first_mut() {
        let files = solution.map(|solution| solution.files.iter());
        first.files = files
            .into_iter()
            .flatten()
            .map(|(name, text)| (name.clone(), text.clone().into_bytes()))
            .collect();
    }
    if let Some(last) = entries.last_mut() {
        last.captures = step
            .capture
            .iter()
            .map(|(name, expression)| (name.clone(), expression.clone()))
            .collect();
    }
    entries
}

fn each(text: &str) -> Vec<Entry> {
    commands(text)
        .into_iter()
        .map(|range| {
            let command = text[range].to_owned();
            let known = OLD.iter().find(|(start, _)| command.starts_with(start));
            Entry {
                perhaps_old: known.map(|(_, why)| (*why).to_owned()),
                command,
                ..Entry::default()
            }
        })
        .collect()
}
