//! Wildcards and policy variables, compiled once when a policy is read.
//!
//! A pattern is a row of pieces. The value of a variable is compared as text, piece by piece: it is
//! never pasted into the pattern, so a `*` in a tag value or a session name is only a star.

use super::request::{Context, KeyName};

/// Which of `*`, `?` and `${…}` mean something in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a variable: the document's `Version` is 2012-10-17.
    pub variables: bool,
    /// The pattern is an ARN: a star inside one of the first five parts stays in its part.
    pub arn: bool,
}

/// One piece of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// This text.
    Text(Box<str>),
    /// `?`: one character, and not a colon where `within` is set.
    One { within: bool },
    /// `*`: any characters, and no colon where `within` is set.
    Many { within: bool },
    /// `${key}` or `${key, 'default'}`.
    Variable(Variable),
}

/// A policy variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variable {
    key: KeyName,
    default: Option<Box<str>>,
}

impl Variable {
    fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        // A tag without a value has no value to fill in, as if it were not there.
        let value = context.single(&self.key).filter(|value| !value.is_empty());
        value.or(self.default.as_deref())
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// `*`
    Anything,
    /// No wildcard, no variable.
    Exact(Box<str>),
    /// `text*`
    Prefix(Box<str>),
    /// Anything else.
    Pieces(Box<[Piece]>),
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    source: Box<str>,
    shape: Shape,
}

/// How a pattern and a text compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matched {
    Yes,
    No,
    /// A variable of the pattern has no value in this request: nothing is equal or like it.
    NoValue,
}

impl Pattern {
    /// Compiles a pattern. Never fails: what is not a variable is text, as AWS reads it.
    pub fn new(source: &str, syntax: Syntax) -> Self {
        let pieces = split(source, syntax);
        let shape = match pieces.as_slice() {
            [] => Shape::Exact("".into()),
            [Piece::Text(text)] => Shape::Exact(text.clone()),
            [Piece::Many { within: false }] => Shape::Anything,
            [Piece::Text(text), Piece::Many { within: false }] => Shape::Prefix(text.clone()),
            _ => Shape::Pieces(pieces.into()),
        };
        Self {
            source: source.into(),
            shape,
        }
    }

    /// Compiles the ARN of a `Resource`. In an identity-based policy AWS completes one of fewer
    /// than six parts with stars (IAM User Guide, "Identify AWS resources with ARNs"). One of five
    /// parts IAM does not store; it is left as it is.
    pub fn resource(source: &str, variables: bool, completed: bool) -> Self {
        let syntax = Syntax {
            wildcards: true,
            variables,
            arn: true,
        };
        let parts = arn_parts(source, variables).len();
        if !completed || !source.starts_with("arn:") || !(3..5).contains(&parts) {
            return Self::new(source, syntax);
        }
        let whole = format!("{source}{}", ":*".repeat(6 - parts));
        Self {
            source: source.into(),
            ..Self::new(&whole, syntax)
        }
    }

    /// The pattern as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the pattern is a lone `*`.
    pub fn is_anything(&self) -> bool {
        self.shape == Shape::Anything
    }

    /// The keys of the variables that this request gives no value.
    pub fn missing<'a>(&'a self, context: &Context) -> Option<&'a str> {
        let Shape::Pieces(pieces) = &self.shape else {
            return None;
        };
        pieces.iter().find_map(|piece| match piece {
            Piece::Variable(variable) if variable.value(context).is_none() => {
                Some(variable.key.as_written())
            }
            _ => None,
        })
    }

    /// The key of a variable that is there with an empty value.
    pub fn empty<'a>(&'a self, context: &Context) -> Option<&'a str> {
        let Shape::Pieces(pieces) = &self.shape else {
            return None;
        };
        pieces.iter().find_map(|piece| match piece {
            Piece::Variable(variable) if context.single(&variable.key) == Some("") => {
                Some(variable.key.as_written())
            }
            _ => None,
        })
    }

    /// Whether the pattern has a variable.
    pub fn has_variable(&self) -> bool {
        let Shape::Pieces(pieces) = &self.shape else {
            return false;
        };
        pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Variable(_)))
    }

    /// The pattern with its variables filled in, for people to read.
    pub fn filled(&self, context: &Context) -> Option<String> {
        let Shape::Pieces(pieces) = &self.shape else {
            return Some(self.source().to_owned());
        };
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::One { .. } => out.push('?'),
                Piece::Many { .. } => out.push('*'),
                Piece::Variable(variable) => out.push_str(variable.value(context)?),
            }
        }
        Some(out)
    }

    /// Compares the pattern with a text, case counting. Allocates nothing.
    // Inlined because most patterns of most policies have none but the simple shapes.
    #[inline]
    pub fn matches(&self, text: &str, context: &Context) -> Matched {
        let yes = match &self.shape {
            Shape::Anything => true,
            Shape::Exact(exact) => **exact == *text,
            Shape::Prefix(prefix) => text.as_bytes().starts_with(prefix.as_bytes()),
            Shape::Pieces(pieces) => return self.matches_pieces(pieces, text, context),
        };
        if yes { Matched::Yes } else { Matched::No }
    }

    #[inline(never)]
    fn matches_pieces(&self, pieces: &[Piece], text: &str, context: &Context) -> Matched {
        if glob(pieces, text, context) {
            // Every variable was passed, so each has a value.
            Matched::Yes
        } else if self.missing(context).is_some() {
            Matched::NoValue
        } else {
            Matched::No
        }
    }

    /// Compares with a text, ignoring case. For patterns without wildcards. Allocates nothing.
    pub fn equals_ignore_case(&self, text: &str, context: &Context) -> Matched {
        let pieces = match &self.shape {
            Shape::Exact(exact) if exact.eq_ignore_ascii_case(text) => return Matched::Yes,
            Shape::Exact(exact) => {
                return if lower(exact).eq(lower(text)) {
                    Matched::Yes
                } else {
                    Matched::No
                };
            }
            Shape::Pieces(pieces) => pieces,
            Shape::Anything | Shape::Prefix(_) => return Matched::No,
        };
        if self.missing(context).is_some() {
            return Matched::NoValue;
        }
        let wanted = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => &**text,
            Piece::Variable(variable) => variable.value(context).unwrap_or(""),
            Piece::One { .. } | Piece::Many { .. } => "",
        });
        if wanted.flat_map(lower).eq(lower(text)) {
            Matched::Yes
        } else {
            Matched::No
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// The six parts of an ARN, or fewer. A colon inside `${…}` parts nothing.
pub(crate) fn arn_parts(source: &str, variables: bool) -> Vec<&str> {
    let mut parts = Vec::with_capacity(6);
    let mut start = 0;
    let mut at = 0;
    while let Some(rest) = source.get(at..)
        && let Some(c) = rest.chars().next()
        && parts.len() < 5
    {
        if c == '$'
            && variables
            && let Some((_, after)) = variable(rest)
        {
            at = source.len() - after.len();
            continue;
        }
        if c == ':' {
            parts.push(source.get(start..at).unwrap_or(""));
            start = at + 1;
        }
        at += c.len_utf8();
    }
    parts.push(source.get(start..).unwrap_or(""));
    parts
}

/// Splits a pattern into pieces, merging neighbouring text and stars.
fn split(source: &str, syntax: Syntax) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    // Which colon-separated part of an ARN we are in, from 0; the sixth and last holds the rest.
    let mut part = 0;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        // A variable stands only behind the fifth colon of an ARN; before it, it is text.
        if c == '$' && syntax.variables && (!syntax.arn || part >= 5) {
            if let Some((special, after)) = special(rest) {
                text.push(special);
                rest = after;
                continue;
            }
            if let Some((variable, after)) = variable(rest) {
                flush(&mut pieces, &mut text);
                pieces.push(Piece::Variable(variable));
                rest = after;
                continue;
            }
        }
        match c {
            '*' if syntax.wildcards => {
                flush(&mut pieces, &mut text);
                // The last star of a part may run on past the colon, another may not.
                let last = after.trim_start_matches('*');
                let within = syntax.arn && part < 5 && !last.is_empty() && !last.starts_with(':');
                match pieces.last_mut() {
                    Some(Piece::Many { within: before }) => *before = *before && within,
                    _ => pieces.push(Piece::Many { within }),
                }
            }
            '?' if syntax.wildcards => {
                flush(&mut pieces, &mut text);
                pieces.push(Piece::One {
                    within: syntax.arn && part < 5,
                });
            }
            _ => {
                part += usize::from(c == ':');
                text.push(c);
            }
        }
        rest = after;
    }
    flush(&mut pieces, &mut text);
    pieces
}

fn flush(pieces: &mut Vec<Piece>, text: &mut String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text).into()));
    }
}

/// `${*}`, `${?}` and `${$}` stand for the character itself.
fn special(rest: &str) -> Option<(char, &str)> {
    [("${*}", '*'), ("${?}", '?'), ("${$}", '$')]
        .into_iter()
        .find_map(|(form, c)| rest.strip_prefix(form).map(|after| (c, after)))
}

/// `${key}` or `${key, 'default'}`.
fn variable(rest: &str) -> Option<(Variable, &str)> {
    let inside = rest.strip_prefix("${")?;
    let stop = inside.find(['}', ',', '$', '{', '\''])?;
    let key = inside.get(..stop)?.trim();
    let behind = inside.get(stop..)?;
    if key.is_empty() {
        return None;
    }
    let (default, after) = if let Some(after) = behind.strip_prefix('}') {
        (None, after)
    } else {
        let quoted = behind.strip_prefix(',')?.trim_start().strip_prefix('\'')?;
        let (default, after) = quoted.split_once('\'')?;
        (Some(default.into()), after.trim_start().strip_prefix('}')?)
    };
    Some((
        Variable {
            key: KeyName::new(key),
            default,
        },
        after,
    ))
}

/// Matches with a step back to the last star only.
///
/// That is enough: where a star may match anything, an earlier star gains nothing by matching more,
/// and a star that may not cross a colon gives way to those of its own part alone. So there are two
/// places to go back to, the star that was passed last and, where that one is bound to its part, the
/// last that is not. The work is at most the length of the pattern times the length of the text, for
/// each of the few parts that an ARN has; nothing is allocated.
fn glob(pieces: &[Piece], text: &str, context: &Context) -> bool {
    let mut piece = 0;
    let mut at = 0;
    let mut free: Option<(usize, usize)> = None;
    let mut bound: Option<(usize, usize)> = None;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let step = match pieces.get(piece) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Many { within: false }) => {
                if piece + 1 == pieces.len() {
                    return true;
                }
                (free, bound) = (Some((piece + 1, at)), None);
                Some(0)
            }
            Some(Piece::Many { within: true }) => {
                bound = Some((piece + 1, at));
                Some(0)
            }
            Some(other) => eaten(other, rest, context),
        };
        if let Some(length) = step {
            at += length;
            piece += 1;
            continue;
        }
        if let Some((resume, from)) = bound
            && !text.get(from..).is_some_and(|rest| rest.starts_with(':'))
            && let Some(c) = text.get(from..).and_then(|rest| rest.chars().next())
        {
            at = from + c.len_utf8();
            (piece, bound) = (resume, Some((resume, at)));
            continue;
        }
        bound = None;
        let Some((resume, from)) = free else {
            return false;
        };
        let Some(next) = next_start(pieces.get(resume), text, from) else {
            return false;
        };
        free = Some((resume, next));
        piece = resume;
        at = next;
    }
}

/// Where a star's next attempt starts: one character on, or where the next text is found.
fn next_start(piece: Option<&Piece>, text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let next = from + rest.chars().next()?.len_utf8();
    match piece {
        Some(Piece::Text(wanted)) => Some(next + text.get(next..)?.find(&**wanted)?),
        _ => Some(next),
    }
}

/// How many bytes a piece that is not a star takes from the front of a text.
fn eaten(piece: &Piece, rest: &str, context: &Context) -> Option<usize> {
    match piece {
        Piece::Text(wanted) => rest
            .as_bytes()
            .starts_with(wanted.as_bytes())
            .then_some(wanted.len()),
        Piece::Variable(variable) => {
            let wanted = variable.value(context)?;
            rest.as_bytes()
                .starts_with(wanted.as_bytes())
                .then_some(wanted.len())
        }
        Piece::One { within } => {
            let c = rest.chars().next()?;
            (!(*within && c == ':')).then_some(c.len_utf8())
        }
        Piece::Many { .. } => Some(0),
    }
}
