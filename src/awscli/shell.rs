//! Words of a command line as a POSIX shell splits them, with the place of each.
//!
//! Only what a shell does to one simple command is done here: quotes, backslashes, line
//! continuations and comments. What a shell would expand or run (variables, globs, braces, pipes,
//! several commands) is an error that names it, since the text would then mean something else in
//! the learner's terminal.

use std::ops::Range;

/// A word with its place in the text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// The text without quotes and backslashes.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Range<usize>,
}

/// What a shell would do that rolecall does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Where.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// What to do instead.
    pub hint: &'static str,
}

/// The commands of a text, and the first thing in it that rolecall refuses.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The words of each command.
    pub commands: Vec<Vec<Word>>,
    /// Where the comments are.
    pub comments: Vec<Range<usize>>,
    /// The first refusal, if any. The words are then those of the text read on regardless.
    pub refusal: Option<Refusal>,
}

/// Splits a text into commands (one a line) and each into words.
pub(crate) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        chars: text.char_indices().collect(),
        at: 0,
        end: text.len(),
        out: Scan::default(),
        words: Vec::new(),
    };
    scanner.run();
    scanner.out
}

struct Scanner {
    chars: Vec<(usize, char)>,
    at: usize,
    end: usize,
    out: Scan,
    words: Vec<Word>,
}

/// One character of a word and whether quotes or a backslash protect it.
type Piece = (char, bool);

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|(_, c)| *c)
    }

    fn offset(&self) -> usize {
        self.chars.get(self.at).map_or(self.end, |(at, _)| *at)
    }

    fn refuse(&mut self, span: Range<usize>, message: String, hint: &'static str) {
        if self.out.refusal.is_none() {
            self.out.refusal = Some(Refusal {
                span,
                message,
                hint,
            });
        }
    }

    fn end_command(&mut self) {
        if !self.words.is_empty() {
            self.out.commands.push(std::mem::take(&mut self.words));
        }
    }

    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            match c {
                '\n' => {
                    self.at += 1;
                    self.end_command();
                }
                '\r' if self.peek(1) == Some('\n') => self.at += 1,
                '\\' if self.peek(1) == Some('\n') => self.at += 2,
                '\\' if self.peek(1) == Some('\r') && self.peek(2) == Some('\n') => self.at += 3,
                c if c.is_whitespace() => self.at += 1,
                '#' => {
                    let start = self.offset();
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                    self.out.comments.push(start..self.offset());
                }
                '|' | '&' | ';' | '<' | '>' | '(' | ')' => self.operator(c),
                _ => self.word(),
            }
        }
        self.end_command();
    }

    fn operator(&mut self, c: char) {
        let start = self.offset();
        let mut text = String::new();
        while self.peek(0) == Some(c) {
            text.push(c);
            self.at += 1;
        }
        let hint = match c {
            '|' => "use --query to pick from the answer; rolecall runs one command at a time",
            '<' | '>' => "rolecall keeps the answer itself; name input files with file://",
            ';' | '&' => "put each command on a line of its own",
            _ => "put the value in single quotes",
        };
        let end = self.offset();
        self.refuse(
            start..end,
            format!("`{text}` is for the shell, which rolecall is not"),
            hint,
        );
        self.words.push(Word {
            text,
            span: start..end,
        });
    }

    fn word(&mut self) {
        let start = self.offset();
        let mut pieces: Vec<Piece> = Vec::new();
        while let Some(c) = self.peek(0) {
            match c {
                '\\' => match self.peek(1) {
                    Some('\n') => self.at += 2,
                    Some('\r') if self.peek(2) == Some('\n') => self.at += 3,
                    Some(next) => {
                        pieces.push((next, true));
                        self.at += 2;
                    }
                    None => {
                        pieces.push(('\\', true));
                        self.at += 1;
                    }
                },
                '\'' => self.single_quoted(&mut pieces),
                '"' => self.double_quoted(&mut pieces),
                '$' | '`' => self.expansion(&mut pieces, false),
                '|' | '&' | ';' | '<' | '>' | '(' | ')' => break,
                c if c.is_whitespace() => break,
                c => {
                    pieces.push((c, false));
                    self.at += 1;
                }
            }
        }
        let span = start..self.offset();
        self.check_globs(&pieces, &span);
        self.words.push(Word {
            text: pieces.into_iter().map(|(c, _)| c).collect(),
            span,
        });
    }

    fn single_quoted(&mut self, pieces: &mut Vec<Piece>) {
        let start = self.offset();
        self.at += 1;
        loop {
            match self.peek(0) {
                Some('\'') => {
                    self.at += 1;
                    return;
                }
                Some(c) => {
                    pieces.push((c, true));
                    self.at += 1;
                }
                None => return self.unclosed(start, '\''),
            }
        }
    }

    fn double_quoted(&mut self, pieces: &mut Vec<Piece>) {
        let start = self.offset();
        self.at += 1;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('"'), _) => {
                    self.at += 1;
                    return;
                }
                (Some('\\'), Some('\n')) => self.at += 2,
                (Some('\\'), Some(next @ ('$' | '`' | '"' | '\\'))) => {
                    pieces.push((next, true));
                    self.at += 2;
                }
                (Some('$' | '`'), _) => self.expansion(pieces, true),
                (Some(c), _) => {
                    pieces.push((c, true));
                    self.at += 1;
                }
                (None, _) => return self.unclosed(start, '"'),
            }
        }
    }

    fn unclosed(&mut self, start: usize, quote: char) {
        self.refuse(
            start..self.end,
            format!("the quote {quote} is never closed"),
            "close the quote, or put a backslash before it",
        );
    }

    /// A `$` or backquote where a shell expands. A `$` before anything else stands for itself.
    fn expansion(&mut self, pieces: &mut Vec<Piece>, quoted: bool) {
        let start = self.offset();
        let Some(c) = self.peek(0) else { return };
        let next = self.peek(1);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let runs = c == '`' || next == Some('(');
        let variable = c == '$'
            && next.is_some_and(|c| name(c) || matches!(c, '{' | '@' | '*' | '#' | '?' | '!'));
        let ansi = c == '$' && !quoted && matches!(next, Some('\'' | '"'));
        pieces.push((c, quoted));
        self.at += 1;
        if c == '$' && next == Some('{') {
            while let Some(c) = self.peek(0) {
                pieces.push((c, true));
                self.at += 1;
                if c == '}' {
                    break;
                }
            }
        } else if variable {
            while let Some(c) = self.peek(0).filter(|c| name(*c)) {
                pieces.push((c, true));
                self.at += 1;
            }
        }
        if runs {
            self.refuse(
                start..self.offset(),
                "a shell would run the command in here; rolecall runs none but `aws`".into(),
                "run that command on its own first; put text that only looks like one in single quotes",
            );
        } else if variable || ansi {
            let seen: String = self
                .chars
                .iter()
                .filter(|(at, _)| (start..self.offset()).contains(at))
                .map(|(_, c)| *c)
                .collect();
            self.refuse(
                start..self.offset(),
                format!("`{seen}` has no value here"),
                "a shell would expand this; write the value itself, or single quotes around a literal $",
            );
        }
    }

    /// Unprotected `*`, `?` and `{a,b}` that a shell would expand.
    fn check_globs(&mut self, pieces: &[Piece], span: &Range<usize>) {
        let mut brackets = 0_u32;
        let mut braces: Vec<bool> = Vec::new();
        let mut previous = None;
        let mut found = None;
        for piece in pieces {
            match piece {
                ('[', false) => brackets += 1,
                (']', false) => brackets = brackets.saturating_sub(1),
                (c @ ('*' | '?'), false) if brackets == 0 => found = found.or(Some(*c)),
                ('{', false) => braces.push(false),
                (',', false) => {
                    if let Some(expands) = braces.last_mut() {
                        *expands = true;
                    }
                }
                ('.', false) if previous == Some('.') => {
                    if let Some(expands) = braces.last_mut() {
                        *expands = true;
                    }
                }
                ('}', false) if braces.pop() == Some(true) => found = found.or(Some('{')),
                _ => {}
            }
            previous = Some(piece.0);
        }
        if let Some(c) = found {
            let message = match c {
                '{' => "a shell would expand the braces in this word".to_owned(),
                c => format!("a shell would expand `{c}` in this word to names of files"),
            };
            self.refuse(span.clone(), message, "put single quotes around the word");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let scan = scan(text);
        assert_eq!(scan.refusal, None, "{text}");
        assert!(scan.commands.len() <= 1, "{text}");
        let words = scan.commands.into_iter().flatten();
        words.map(|word| word.text).collect()
    }

    #[test]
    fn words_are_split_as_bash_splits_them() {
        // Expected: what `printf '%s\n' ...` shows in bash 5.
        let cases: &[(&str, &[&str])] = &[
            ("aws iam  list-users", &["aws", "iam", "list-users"]),
            ("aws \\\n  iam \\\r\n x", &["aws", "iam", "x"]),
            ("a'b c'd \"e'f\" ''", &["ab cd", "e'f", ""]),
            (r#""a\"b\\c\d\$e" f\ g '\'"#, &[r#"a"b\c\d$e"#, "f g", r"\"]),
            ("a=$ b$, 'x$y' # c | d", &["a=$", "b$,", "x$y"]),
            ("a#b", &["a#b"]),
            (
                "x[0].y u[*].n {a:b} {}",
                &["x[0].y", "u[*].n", "{a:b}", "{}"],
            ),
            ("'{a,b}*' é\u{a0}z", &["{a,b}*", "é", "z"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_shell_would_expand_or_run_is_refused_at_its_place() {
        let cases = [
            ("aws x | jq .", "`|`", 6..7),
            ("aws x && y", "`&&`", 6..8),
            ("aws x > f", "`>`", 6..7),
            ("aws $(x)", "run the command", 4..5),
            ("aws \"`x`\"", "run the command", 5..6),
            ("aws ${role_name}", "`${role_name}` has no value", 4..16),
            ("aws \"a$b\"", "`$b` has no value", 6..8),
            ("aws s3:*", "expand `*`", 4..8),
            ("aws {a,b}", "braces", 4..9),
            ("aws 'x", "never closed", 4..6),
        ];
        for (text, message, span) in cases {
            let refusal = scan(text).refusal.unwrap_or_else(|| panic!("{text}"));
            assert!(
                refusal.message.contains(message),
                "{text}: {}",
                refusal.message
            );
            assert_eq!(refusal.span, span, "{text}");
        }
    }

    #[test]
    fn lines_are_commands() {
        let scan = scan("# first\naws a\n\naws \\\n b\n");
        let texts: Vec<Vec<&str>> = scan
            .commands
            .iter()
            .map(|words| words.iter().map(|word| word.text.as_str()).collect())
            .collect();
        assert_eq!(texts, [vec!["aws", "a"], vec!["aws", "b"]]);
    }
}
