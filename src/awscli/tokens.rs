//! The parts of a command line, for colouring; whatever state the text is in.

use std::ops::Range;

use super::{globals, shell};

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
    let scan = shell::scan(text);
    let globals = globals::table();
    let mut out = Vec::new();
    for words in &scan.commands {
        // The names to come before everything is options and values.
        let mut names = 0;
        let mut value_follows = false;
        for (at, word) in words.iter().enumerate() {
            let raw = text.get(word.span.clone()).unwrap_or_default();
            let value = std::mem::take(&mut value_follows);
            let kind = if at == 0 && raw == "aws" {
                names = 2;
                TokenKind::Program
            } else if raw.starts_with("--") {
                value_follows = globals
                    .iter()
                    .any(|arg| arg.name == raw && arg.flag.is_none());
                TokenKind::Option
            } else if raw.starts_with(['\'', '"']) {
                TokenKind::String
            } else if value || names == 0 {
                TokenKind::Value
            } else if names == 2 {
                names = 1;
                TokenKind::Service
            } else {
                names = usize::from(raw == "wait");
                TokenKind::Operation
            };
            push(&mut out, text, word.span.clone(), kind);
        }
    }
    out.extend(
        scan.comments
            .into_iter()
            .map(|span| (span, TokenKind::Comment)),
    );
    out.sort_by_key(|(span, _)| span.start);
    out
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
