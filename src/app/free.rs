//! Free play: a prompt in the lesson's world. Nothing typed there counts as a step, unless it is
//! the step's own command.

use std::ops::Range;

use super::editor::Editor;
use crate::secret::MASK;

/// The name under which the attempt of free play stands among those of the steps. No step can
/// have it.
pub const FREE: &str = "!";

/// Commands that are remembered.
const MOST_TYPED: usize = 500;

/// The prompt.
#[derive(Debug, Clone)]
pub struct Free {
    /// The text.
    pub editor: Editor,
    /// Whose attempt the panes show: [`FREE`], or a step whose own command was typed.
    pub shows: String,
    /// What the word at the cursor may become.
    pub menu: Option<Menu>,
    /// The remembered command that is shown, from 0.
    pub recalled: Option<usize>,
    /// What was written before remembered ones were shown.
    pub draft: String,
    /// A search in the remembered commands.
    pub finding: Option<Finding>,
}

/// Words to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The bytes of the text that the word takes the place of.
    pub span: Range<usize>,
    /// The words.
    pub words: Vec<String>,
    /// The one selected, from 0.
    pub at: usize,
}

/// A search in the remembered commands, backwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// What was typed.
    pub query: String,
    /// The command that was found, from 0.
    pub at: Option<usize>,
}

impl Free {
    /// An empty prompt.
    #[must_use]
    pub fn new() -> Self {
        Self {
            editor: Editor::new(""),
            shows: FREE.to_owned(),
            menu: None,
            recalled: None,
            draft: String::new(),
            finding: None,
        }
    }

    /// Puts a text into the prompt, the cursor at its end.
    pub fn put(&mut self, text: &str) {
        self.editor = Editor::new(text);
        self.editor.end();
    }

    /// The byte at which the cursor stands.
    #[must_use]
    pub fn cursor(&self) -> usize {
        let (line, character) = self.editor.cursor();
        let before: usize = self
            .editor
            .lines()
            .iter()
            .take(line)
            .map(|line| line.len() + 1)
            .sum();
        let inside = self.editor.lines().get(line).map_or(0, |text| {
            text.chars().take(character).map(char::len_utf8).sum()
        });
        before + inside
    }

    /// Puts a text in the place of some bytes, the cursor behind it.
    pub fn replace(&mut self, span: Range<usize>, with: &str) {
        let text = self.editor.text();
        let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.end..)) else {
            return;
        };
        let head = format!("{before}{with}");
        let line = head.matches('\n').count();
        let column = head.rsplit('\n').next().unwrap_or_default().chars().count();
        self.editor = Editor::new(&format!("{head}{after}"));
        self.editor.set_cursor(line, column);
    }
}

impl Default for Free {
    fn default() -> Self {
        Self::new()
    }
}

/// Remembers a command, unless it holds a secret or is the one before again.
pub fn remember(typed: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if text.is_empty()
        || typed.last().is_some_and(|last| last == text)
        || without_secrets(text) != text
    {
        return;
    }
    typed.push(text.to_owned());
    if typed.len() > MOST_TYPED {
        typed.remove(0);
    }
}

/// The newest remembered command before `below` that has a text in it.
#[must_use]
pub fn find(typed: &[String], query: &str, below: usize) -> Option<usize> {
    let query = query.to_lowercase();
    let before = typed.get(..below.min(typed.len())).unwrap_or_default();
    before
        .iter()
        .rposition(|text| text.to_lowercase().contains(&query))
}

/// Words whose next word is a secret that a learner wrote out.
const BEFORE_SECRETS: [&str; 7] = [
    "aws_secret_access_key",
    "aws_session_token",
    "--password",
    "--old-password",
    "--new-password",
    "--web-identity-token",
    "--secret-access-key",
];

/// Where secrets stand written out in a command, in bytes. A variable is none.
#[must_use]
pub fn secrets_in(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut hide = false;
    let mut at = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let assigned = BEFORE_SECRETS.iter().find_map(|name| {
            let rest = word.strip_prefix(name)?.strip_prefix('=')?;
            (!rest.is_empty()).then_some(rest.len())
        });
        let end = at + word.len();
        if let Some(length) = assigned {
            found.push(end - length..end);
        } else if hide && !word.is_empty() && !word.starts_with("${") && word != "\\" {
            found.push(at..end);
            hide = false;
        } else if !word.is_empty() && word != "\\" {
            hide = BEFORE_SECRETS.contains(&word);
        }
        at += piece.len();
    }
    found
}

/// A command with the secrets that stand in it written out hidden.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets_in(text) {
        out.push_str(text.get(from..secret.start).unwrap_or_default());
        out.push_str(MASK);
        from = secret.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_written_out_are_neither_shown_nor_remembered() {
        let text = "aws configure set aws_secret_access_key wJalr/XUtn --profile x";
        assert_eq!(
            without_secrets(text),
            format!("aws configure set aws_secret_access_key {MASK} --profile x")
        );
        assert!(
            !without_secrets("aws iam create-login-profile --password=Hunter2! --user-name x")
                .contains("Hunter2")
        );
        let own = "aws configure set aws_secret_access_key ${secret_key} --profile x";
        assert_eq!(without_secrets(own), own);
        let mut typed = Vec::new();
        for text in [text, own, own, "aws s3 ls"] {
            remember(&mut typed, text);
        }
        assert_eq!(typed, [own, "aws s3 ls"]);
        assert_eq!(find(&typed, "CONFIG", 2), Some(0));
        assert_eq!(find(&typed, "s3", 1), None);
    }

    #[test]
    fn words_are_put_where_the_cursor_is() {
        let mut free = Free::new();
        free.put("aws iam é get-us");
        let end = free.cursor();
        assert_eq!(end, free.editor.text().len());
        free.replace(11..end, "get-user ");
        assert_eq!(free.editor.text(), "aws iam é get-user ");
        assert_eq!(free.cursor(), free.editor.text().len());
    }
}
