//! JMESPath expressions as tokens.

use serde_json::Value;

use super::Invalid;
use crate::awscli::{json, python};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Dot,
    Star,
    RightBracket,
    Comma,
    Colon,
    Current,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Identifier,
    QuotedIdentifier,
    Flatten,
    Filter,
    LeftBracket,
    Or,
    Pipe,
    And,
    Expression,
    Number,
    Literal,
    LessEqual,
    Less,
    GreaterEqual,
    Greater,
    NotEqual,
    Not,
    Equal,
    End,
}

impl Kind {
    /// The name in error messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Star => "star",
            Self::RightBracket => "rbracket",
            Self::Comma => "comma",
            Self::Colon => "colon",
            Self::Current => "current",
            Self::LeftParen => "lparen",
            Self::RightParen => "rparen",
            Self::LeftBrace => "lbrace",
            Self::RightBrace => "rbrace",
            Self::Identifier => "unquoted_identifier",
            Self::QuotedIdentifier => "quoted_identifier",
            Self::Flatten => "flatten",
            Self::Filter => "filter",
            Self::LeftBracket => "lbracket",
            Self::Or => "or",
            Self::Pipe => "pipe",
            Self::And => "and",
            Self::Expression => "expref",
            Self::Number => "number",
            Self::Literal => "literal",
            Self::LessEqual => "lte",
            Self::Less => "lt",
            Self::GreaterEqual => "gte",
            Self::Greater => "gt",
            Self::NotEqual => "ne",
            Self::Not => "not",
            Self::Equal => "eq",
            Self::End => "eof",
        }
    }

    /// How strongly it binds what stands left of it.
    pub fn power(self) -> u8 {
        match self {
            Self::Pipe => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::Equal
            | Self::Greater
            | Self::Less
            | Self::GreaterEqual
            | Self::LessEqual
            | Self::NotEqual => 5,
            Self::Flatten => 9,
            Self::Star => 20,
            Self::Filter => 21,
            Self::Dot => 40,
            Self::Not => 45,
            Self::LeftBrace => 50,
            Self::LeftBracket => 55,
            Self::LeftParen => 60,
            _ => 0,
        }
    }
}

/// A token, with its place in characters.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    /// Its text; of an identifier or literal what it stands for.
    pub value: Value,
    pub start: usize,
}

impl Token {
    /// Its value in error messages.
    pub fn shown(&self) -> String {
        python::str(&self.value)
    }
}

/// The tokens of an expression, the last one [`Kind::End`].
pub(super) fn tokens(expression: &str) -> Result<Vec<Token>, Invalid> {
    let mut lexer = Lexer {
        expression,
        chars: expression.chars().collect(),
        at: 0,
    };
    let mut out = Vec::new();
    while let Some(c) = lexer.peek() {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            lexer.at += 1;
        } else {
            out.push(lexer.token(c)?);
        }
    }
    out.push(Token {
        kind: Kind::End,
        value: "".into(),
        start: lexer.chars.len(),
    });
    Ok(out)
}

struct Lexer<'e> {
    expression: &'e str,
    chars: Vec<char>,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn error(&self, message: &str, at: usize) -> Invalid {
        Invalid {
            reason: format!("Bad jmespath expression: {message}"),
            shown: format!(":\n{}\n{}^", self.expression, " ".repeat(at)),
            at,
        }
    }

    fn text(&self, from: usize) -> String {
        self.chars
            .get(from..self.at)
            .into_iter()
            .flatten()
            .collect()
    }

    fn while_(&mut self, fits: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
    }

    fn token(&mut self, c: char) -> Result<Token, Invalid> {
        let start = self.at;
        let simple = match c {
            '.' => Some(Kind::Dot),
            '*' => Some(Kind::Star),
            ']' => Some(Kind::RightBracket),
            ',' => Some(Kind::Comma),
            ':' => Some(Kind::Colon),
            '@' => Some(Kind::Current),
            '(' => Some(Kind::LeftParen),
            ')' => Some(Kind::RightParen),
            '{' => Some(Kind::LeftBrace),
            '}' => Some(Kind::RightBrace),
            _ => None,
        };
        self.at += 1;
        let kind = match c {
            _ if simple.is_some() => simple.unwrap_or(Kind::End),
            c if c.is_ascii_alphabetic() || c == '_' => {
                self.while_(|c| c.is_ascii_alphanumeric() || c == '_');
                Kind::Identifier
            }
            '[' => match self.peek() {
                Some(']') => self.second(Kind::Flatten),
                Some('?') => self.second(Kind::Filter),
                _ => Kind::LeftBracket,
            },
            '|' => self.either('|', Kind::Or, Kind::Pipe),
            '&' => self.either('&', Kind::And, Kind::Expression),
            '<' => self.either('=', Kind::LessEqual, Kind::Less),
            '>' => self.either('=', Kind::GreaterEqual, Kind::Greater),
            '!' => self.either('=', Kind::NotEqual, Kind::Not),
            '=' if self.peek() == Some('=') => self.second(Kind::Equal),
            '=' => return Err(self.error("Unknown token '='", start)),
            '-' | '0'..='9' => return self.number(c, start),
            '\'' => {
                let text = self.until('\'', start)?.replace("\\'", "'");
                return Ok(self.literal(Kind::Literal, text.into(), start));
            }
            '`' => return self.json_literal(start),
            '"' => {
                let quoted = format!("\"{}\"", self.until('"', start)?);
                let value = json::loads(&quoted).map_err(|error| {
                    let message = error.split(':').next().unwrap_or_default();
                    self.error(message, start)
                })?;
                return Ok(self.literal(Kind::QuotedIdentifier, value, start));
            }
            c => return Err(self.error(&format!("Unknown token {c}"), start)),
        };
        let value = self.text(start).into();
        Ok(self.literal(kind, value, start))
    }

    #[expect(clippy::unused_self, reason = "reads better beside its siblings")]
    fn literal(&self, kind: Kind, value: Value, start: usize) -> Token {
        Token { kind, value, start }
    }

    fn second(&mut self, kind: Kind) -> Kind {
        self.at += 1;
        kind
    }

    fn either(&mut self, next: char, both: Kind, one: Kind) -> Kind {
        if self.peek() == Some(next) {
            self.second(both)
        } else {
            one
        }
    }

    fn number(&mut self, first: char, start: usize) -> Result<Token, Invalid> {
        self.while_(|c| c.is_ascii_digit());
        let text = self.text(start);
        if first == '-' && text.len() == 1 {
            return Err(self.error("Unknown token '-'", start));
        }
        // No list is so long that a longer number would find something else in it.
        let beyond = if first == '-' { i64::MIN } else { i64::MAX };
        let number: i64 = text.parse().unwrap_or(beyond);
        Ok(self.literal(Kind::Number, number.into(), start))
    }

    /// The text up to a delimiter that no backslash precedes.
    fn until(&mut self, delimiter: char, start: usize) -> Result<String, Invalid> {
        let mut out = String::new();
        loop {
            let escape = self.peek() == Some('\\');
            if escape {
                out.push('\\');
                self.at += 1;
            }
            let Some(c) = self.peek() else {
                return Err(self.error(&format!("Unclosed {delimiter} delimiter"), start));
            };
            self.at += 1;
            if c == delimiter && !escape {
                return Ok(out);
            }
            out.push(c);
        }
    }

    /// `` `JSON` ``; text that is no JSON is a string, as it once was.
    fn json_literal(&mut self, start: usize) -> Result<Token, Invalid> {
        let text = self.until('`', start)?.replace("\\`", "`");
        let value = json::loads(&text)
            .or_else(|_| json::loads(&format!("\"{}\"", text.trim_start())))
            .map_err(|_| self.error(&format!("Bad token {text}"), start))?;
        Ok(self.literal(Kind::Literal, value, start))
    }
}
