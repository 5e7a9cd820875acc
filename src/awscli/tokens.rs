//! The parts of a command line, for colouring; whatever state the text is in.

use std::ops::Range;

use super::commands::COMMANDS;
use super::shell;

/// What a part of a command line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `aws`.
    Program,
    /// `iam`, `s3`, `configure`.
    Service,
    /// `create-user`, `ls`, `wait`.
    Operation,
    /// `--user-name`.
    Option,
    /// A value.
    Value,
    /// A value in quotes.
    String,
    /// `${role_name}`.
    Variable,
    /// A `#` and what follows.
    Comment,
}

/// The parts of a text, in order, with their places in bytes. Blanks are in none of them.
#[must_use]
pub fn tokens(text: &str) -> Vec<(Range<usize>, TokenKind)> {
    let mut out = Vec::new();
    for words in shell::scan(text).commands {
        let mut named = 0;
        for (at, word) in words.iter().enumerate() {
            let raw = text.get(word.span.clone()).unwrap_or_default();
            let kind = if at == 0 && raw == "aws" {
                TokenKind::Program
            } else if raw.starts_with("--") {
                TokenKind::Option
            } else if raw.starts_with(['\'', '"']) {
                TokenKind::String
            } else if named == 0 && COMMANDS.contains(&raw) {
                named = 1;
                TokenKind::Service
            } else if named == 1 && at > 0 && !after_option(&words, at) {
                named = 2;
                TokenKind::Operation
            } else {
                TokenKind::Value
            };
            push(&mut out, text, word.span.clone(), kind);
        }
    }
    out
}

fn after_option(words: &[shell::Word], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| words.get(before))
        .is_some_and(|word| word.text.starts_with("--"))
}

/// Adds a part, the variables in it apart.
fn push(out: &mut Vec<(Range<usize>, TokenKind)>, text: &str, span: Range<usize>, kind: TokenKind) {
    let mut from = span.start;
    while let Some(rest) = text.get(from..span.end) {
        let Some(start) = rest.find("${") else { break };
        let Some(length) = rest.get(start..).and_then(|rest| rest.find('}')) else {
            break;
        };
        let variable = from + start..from + start + length + 1;
        if from < variable.start {
            out.push((from..variable.start, kind));
        }
        from = variable.end;
        out.push((variable, TokenKind::Variable));
    }
    if from < span.end {
        out.push((from..span.end, kind));
    }
}
