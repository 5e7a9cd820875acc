//! The commands of the plain mode: one table, which the reading of a line and `help` share.

use crate::app::rebind::named;

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Run,
    Again,
    Next,
    Back,
    Step,
    Steps,
    Text,
    Response,
    Why,
    Hint,
    Predict,
    Solution,
    Check,
    Copy,
    Ids,
    Who,
    Wire,
    Code,
    State,
    Map,
    View,
    Pick,
    Files,
    File,
    Edit,
    Document,
    Original,
    Undo,
    Reset,
    ResetLesson,
    Search,
    Play,
    Words,
    Note,
    Clock,
    Door,
    Export,
    Lessons,
    About,
    Open,
    Help,
    Quit,
}

/// A command: its names, what follows it, and what it does.
pub(super) struct Entry {
    pub verb: Verb,
    /// The first is the one that is taught.
    pub names: &'static [&'static str],
    pub takes: &'static str,
    pub help: &'static str,
}

const fn entry(
    verb: Verb,
    names: &'static [&'static str],
    takes: &'static str,
    help: &'static str,
) -> Entry {
    Entry {
        verb,
        names,
        takes,
        help,
    }
}

/// All, in the order of `help`.
pub(super) const TABLE: &[Entry] = &[
    entry(
        Verb::Lessons,
        &["lessons"],
        "",
        "leave the lesson and list the lessons",
    ),
    entry(
        Verb::About,
        &["about"],
        "NUMBER or NAME",
        "what a lesson needs, prepares for and creates",
    ),
    entry(
        Verb::Open,
        &["open"],
        "NUMBER or NAME",
        "open a lesson where you left it",
    ),
    entry(Verb::Run, &["run", "r"], "", "run the step's command"),
    entry(
        Verb::Again,
        &["again"],
        "",
        "run the command again although the step is done",
    ),
    entry(
        Verb::Why,
        &["why", "w"],
        "",
        "why it was allowed or denied: every gate and statement",
    ),
    entry(
        Verb::Response,
        &["response"],
        "[LINE]",
        "what the command printed, from a line on",
    ),
    entry(
        Verb::Wire,
        &["wire"],
        "",
        "what went over the wire, and how it was signed",
    ),
    entry(
        Verb::Code,
        &["code"],
        "",
        "the same call in other languages",
    ),
    entry(Verb::State, &["state"], "", "what exists in the sandbox"),
    entry(Verb::Map, &["map"], "", "who can reach what in the sandbox"),
    entry(
        Verb::View,
        &["view"],
        "",
        "another view of the wire or the code: request, signing, answer; the languages",
    ),
    entry(
        Verb::Pick,
        &["pick"],
        "[-]",
        "the next of several requests of a command, or with - the one before",
    ),
    entry(Verb::Next, &["next", "n"], "", "the next step"),
    entry(Verb::Back, &["back", "b"], "", "the step before"),
    entry(Verb::Step, &["step", "go"], "NUMBER", "another step"),
    entry(Verb::Steps, &["steps"], "", "all steps, and which are done"),
    entry(Verb::Text, &["text", "t"], "", "the step again"),
    entry(
        Verb::Predict,
        &["predict", "p"],
        "[NUMBER, off or on]",
        "say what will happen and run; without a number, what may be said and your score",
    ),
    entry(Verb::Hint, &["hint", "h"], "", "one more hint"),
    entry(
        Verb::Solution,
        &["solution"],
        "",
        "the step's solution; once more, take it",
    ),
    entry(
        Verb::Check,
        &["check"],
        "",
        "whether the world is as the step wants, whoever made it so",
    ),
    entry(
        Verb::Copy,
        &["copy"],
        "",
        "the step's command with its access key ids whole, to be pasted elsewhere",
    ),
    entry(
        Verb::Ids,
        &["ids"],
        "",
        "say access key ids whole, or only their ends; secrets are never said",
    ),
    entry(
        Verb::Who,
        &["who"],
        "",
        "whose credentials sign the step's command",
    ),
    entry(
        Verb::Edit,
        &["edit"],
        "[COMMAND]",
        "write the step's command anew, on this line or on the lines that follow",
    ),
    entry(Verb::Files, &["files"], "", "the files of the step"),
    entry(
        Verb::File,
        &["file"],
        "[NAME]",
        "read a file, by default the step's document",
    ),
    entry(
        Verb::Document,
        &["document"],
        "",
        "write the step's document anew, on the lines that follow",
    ),
    entry(
        Verb::Original,
        &["original"],
        "",
        "make command and document what the author wrote",
    ),
    entry(
        Verb::Search,
        &["search"],
        "WORDS",
        "the lines of the response that have these words",
    ),
    entry(
        Verb::Play,
        &["aws"],
        "...",
        "free play: any command in the lesson's world; it counts only if it is the step's own",
    ),
    entry(
        Verb::Words,
        &["complete"],
        "aws ...",
        "what the last word of a command may become, with the names that exist",
    ),
    entry(
        Verb::Note,
        &["note"],
        "[TEXT]",
        "write a note on the step; without a text, read it; `note -` removes it",
    ),
    entry(
        Verb::Clock,
        &["time"],
        "[MINUTES or past]",
        "the sandbox's time; moved on by minutes, or to just past the session's end",
    ),
    entry(
        Verb::Door,
        &["door"],
        "[open or close]",
        "let your own programs into the lesson's world",
    ),
    entry(
        Verb::Export,
        &["export"],
        "md or html",
        "write the session into a file of the folder you are in, secrets masked",
    ),
    entry(
        Verb::Undo,
        &["undo"],
        "",
        "undo what the last run did to the sandbox",
    ),
    entry(Verb::Reset, &["reset"], "", "begin the step afresh"),
    entry(
        Verb::ResetLesson,
        &["reset-lesson"],
        "",
        "begin the lesson afresh, and remove what it made",
    ),
    entry(Verb::Help, &["help", "?"], "", "these commands"),
    entry(
        Verb::Quit,
        &["quit", "q", "exit"],
        "",
        "leave; progress is kept",
    ),
];

/// Reads a line: the command and what follows it.
///
/// # Errors
///
/// What is wrong with it, and what may have been meant.
pub(super) fn read(line: &str) -> Result<(Verb, &str), String> {
    let line = line.trim();
    let (word, rest) = line
        .split_once(char::is_whitespace)
        .map_or((line, ""), |(word, rest)| (word, rest.trim()));
    let lower = word.to_lowercase();
    let found = TABLE
        .iter()
        .find(|entry| entry.names.contains(&lower.as_str()));
    if let Some(entry) = found {
        if entry.takes.is_empty() && !rest.is_empty() {
            return Err(format!("`{word}` takes nothing behind it"));
        }
        // A command of free play is the whole line.
        let rest = if entry.verb == Verb::Play { line } else { rest };
        return Ok((entry.verb, rest));
    }
    let near = TABLE
        .iter()
        .flat_map(|entry| entry.names)
        .map(|name| (strsim::damerau_levenshtein(&lower, name), name))
        .filter(|(distance, name)| *distance <= 2 && *distance * 2 < name.len())
        .min();
    Err(match near {
        Some((_, name)) => format!("there is no `{word}`: did you mean `{name}`?"),
        None => format!("there is no `{word}`: `help` lists the commands"),
    })
}

/// A text in which `{{hint}}` stands for a key of the screens, with the command that does it here.
pub(super) fn told(text: &str) -> String {
    named(text, |name| {
        let name = match name {
            "run-again" => "again",
            "toggle-predictions" => "predict on",
            "toggle-ids" => "ids",
            "edit-file" => "document",
            "edit-command" => "edit",
            "reset-step" => "reset",
            "back" => "lessons",
            "cancel" => "Ctrl-C",
            name => name,
        };
        Some(format!("`{name}`"))
    })
}

/// The table as text.
pub(super) fn help() -> String {
    let mut out = String::new();
    for entry in TABLE {
        let (first, others) = entry.names.split_first().unwrap_or((&"", &[]));
        let takes = if entry.takes.is_empty() {
            String::new()
        } else {
            format!(" {}", entry.takes)
        };
        let others = if others.is_empty() {
            String::new()
        } else {
            format!(" (or {})", others.join(", "))
        };
        out.push_str(&format!("{first}{takes}{others}: {}.\n", entry.help));
    }
    out.push_str(
        "Ctrl-C stops waiting for a command that runs; at other times it leaves, with progress kept.\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for name in TABLE.iter().flat_map(|entry| entry.names) {
            assert!(seen.insert(name), "{name}");
        }
    }

    #[test]
    fn lines_are_read_and_what_is_not_known_is_named() {
        assert_eq!(read("  Step 3 "), Ok((Verb::Step, "3")));
        assert_eq!(
            read("edit aws s3 ls  --profile x"),
            Ok((Verb::Edit, "aws s3 ls  --profile x"))
        );
        assert_eq!(
            read("nexr").unwrap_err(),
            "there is no `nexr`: did you mean `next`?"
        );
        assert!(read("xyzzy").unwrap_err().contains("`help`"));
        // Half of another word is another word.
        assert!(read("foo").unwrap_err().contains("`help`"));
        assert!(read("run twice").is_err());
    }
}
