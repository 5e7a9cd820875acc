//! Options and positional arguments, read as Python's `argparse` reads them, since the AWS CLI is
//! built on it: options anywhere, unambiguous abbreviations, `--name=value`, and its error texts.

use std::collections::HashMap;
use std::ops::Range;

use super::error::ParseError;
use super::names;
use super::shell::Word;

/// How many words an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// One.
    One,
    /// Exactly so many, which may be one.
    Exactly(usize),
    /// None or one.
    Optional,
    /// Any number.
    Any,
    /// At least one.
    AtLeastOne,
}

impl Count {
    fn bounds(self) -> (usize, usize) {
        match self {
            Self::One => (1, 1),
            Self::Exactly(count) => (count, count),
            Self::Optional => (0, 1),
            Self::Any => (0, usize::MAX),
            Self::AtLeastOne => (1, usize::MAX),
        }
    }

    fn expected(self) -> String {
        match self {
            Self::One => "expected one argument".into(),
            Self::Exactly(1) => "expected 1 argument".into(),
            Self::Exactly(count) => format!("expected {count} arguments"),
            Self::Optional => "expected at most one argument".into(),
            Self::Any | Self::AtLeastOne => "expected at least one argument".into(),
        }
    }
}

/// What `argparse` checks each word to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// Anything.
    Text,
    /// What Python's `int` takes.
    Int,
    /// What Python's `float` takes.
    Float,
}

/// An argument that a command takes.
#[derive(Debug, Clone)]
pub(crate) struct Arg {
    /// `--name` of an option, `name` of a positional argument.
    pub name: String,
    /// Under which name the value is found; several options may share it, the last one wins.
    pub dest: String,
    /// How many words it takes.
    pub count: Count,
    /// Whether it must be given.
    pub required: bool,
    /// The words it may be; any where empty.
    pub choices: Vec<String>,
    /// What each word must be.
    pub type_: Type,
    /// The values of several uses are joined.
    pub append: bool,
    /// What the flag sets (flags take no words).
    pub flag: Option<bool>,
    /// Stands for the word of an option that has been given without its optional word.
    pub constant: Option<&'static str>,
}

impl Arg {
    /// An option with one word.
    pub fn option(name: &str) -> Self {
        Self {
            name: format!("--{name}"),
            dest: name.to_owned(),
            count: Count::One,
            required: false,
            choices: Vec::new(),
            type_: Type::Text,
            append: false,
            flag: None,
            constant: None,
        }
    }

    /// An option without words.
    pub fn flag(name: &str) -> Self {
        Self {
            count: Count::Exactly(0),
            flag: Some(true),
            ..Self::option(name)
        }
    }

    /// An option without words that unsets another.
    pub fn unset(name: &str, dest: &str) -> Self {
        Self {
            flag: Some(false),
            dest: dest.to_owned(),
            ..Self::flag(name)
        }
    }

    /// A positional argument with one word.
    pub fn positional(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            required: true,
            ..Self::option(name)
        }
    }

    pub fn counted(mut self, count: Count) -> Self {
        self.count = count;
        if !self.is_option() {
            self.required = !matches!(count, Count::Optional | Count::Any);
        }
        self
    }

    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    pub fn choices(mut self, choices: &[&str]) -> Self {
        self.choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        self
    }

    pub fn typed(mut self, type_: Type) -> Self {
        self.type_ = type_;
        self
    }

    pub fn constant(mut self, constant: &'static str) -> Self {
        self.constant = Some(constant);
        self.counted(Count::Optional)
    }

    pub fn appended(mut self) -> Self {
        self.append = true;
        self
    }

    pub fn is_option(&self) -> bool {
        self.name.starts_with('-')
    }
}

/// A value found on the command line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// A flag.
    Flag(bool, Range<usize>),
    /// The words of an option or positional argument.
    Words(Vec<Word>, Range<usize>),
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    found: HashMap<String, Found>,
    /// In order of appearance: the name used and its words.
    pub uses: Vec<(String, Vec<Word>)>,
    /// Words that no argument took.
    pub rest: Vec<Word>,
}

impl Parsed {
    pub fn get(&self, dest: &str) -> Option<&Found> {
        self.found.get(dest)
    }

    /// The words of that argument, if it was given.
    pub fn words(&self, dest: &str) -> Option<&[Word]> {
        match self.found.get(dest) {
            Some(Found::Words(words, _)) => Some(words),
            _ => None,
        }
    }

    /// The first word of that argument.
    pub fn word(&self, dest: &str) -> Option<&Word> {
        self.words(dest).and_then(<[Word]>::first)
    }

    /// The first word of that argument as text.
    pub fn text(&self, dest: &str) -> Option<String> {
        self.word(dest).map(|word| word.text.clone())
    }

    /// Whether the flag was given, and as what.
    pub fn flag(&self, dest: &str) -> Option<bool> {
        match self.found.get(dest) {
            Some(Found::Flag(value, _)) => Some(*value),
            _ => None,
        }
    }

    /// Where the argument was given.
    pub fn span(&self, dest: &str) -> Option<Range<usize>> {
        match self.found.get(dest)? {
            Found::Flag(_, span) | Found::Words(_, span) => Some(span.clone()),
        }
    }
}

/// A word as `argparse` sees it before it knows the positions.
enum Seen {
    /// A value.
    Value,
    /// `--`, the first of them.
    Separator,
    /// An option: its index where it is known, and the value behind `=`.
    Option(Option<usize>, Option<String>),
}

/// Reads the words. Those that no argument takes are left in [`Parsed::rest`].
///
/// `end` is where an error about something missing is placed.
pub(crate) fn parse(args: &[Arg], words: &[Word], end: usize) -> Result<Parsed, ParseError> {
    let mut run = Run {
        args,
        words,
        seen: Vec::with_capacity(words.len()),
        given: vec![false; args.len()],
        positionals: args
            .iter()
            .enumerate()
            .filter(|(_, arg)| !arg.is_option())
            .map(|(at, _)| at)
            .collect(),
        out: Parsed::default(),
    };
    run.look()?;
    run.consume()?;
    let missing: Vec<&str> = args
        .iter()
        .zip(&run.given)
        .filter(|(arg, given)| arg.required && !**given)
        .map(|(arg, _)| arg.name.as_str())
        .collect();
    if missing.is_empty() {
        Ok(run.out)
    } else {
        Err(ParseError::usage(
            format!(
                "the following arguments are required: {}",
                missing.join(", ")
            ),
            end..end,
        ))
    }
}

struct Run<'a> {
    args: &'a [Arg],
    words: &'a [Word],
    seen: Vec<Seen>,
    given: Vec<bool>,
    positionals: Vec<usize>,
    out: Parsed,
}

impl Run<'_> {
    fn look(&mut self) -> Result<(), ParseError> {
        let mut separated = false;
        for word in self.words {
            let seen = if separated {
                Seen::Value
            } else if word.text == "--" {
                separated = true;
                Seen::Separator
            } else {
                self.as_option(word)?
            };
            self.seen.push(seen);
        }
        Ok(())
    }

    fn as_option(&self, word: &Word) -> Result<Seen, ParseError> {
        let text = word.text.as_str();
        if !text.starts_with('-') || text.len() == 1 {
            return Ok(Seen::Value);
        }
        let position = |name: &str| self.args.iter().position(|arg| arg.name == name);
        if let Some(at) = position(text) {
            return Ok(Seen::Option(Some(at), None));
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if value.is_some()
            && let Some(at) = position(name)
        {
            return Ok(Seen::Option(Some(at), value));
        }
        // A single dash begins a short option, of which there are none: no abbreviation of it.
        let (start, value) = if text.starts_with("--") {
            (name, value)
        } else {
            (text, None)
        };
        let matches: Vec<usize> = self
            .args
            .iter()
            .enumerate()
            .filter(|(_, arg)| arg.is_option() && arg.name.starts_with(start))
            .map(|(at, _)| at)
            .collect();
        match matches.as_slice() {
            [at] => return Ok(Seen::Option(Some(*at), value)),
            [] => {}
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .filter_map(|at| self.args.get(*at))
                    .map(|arg| arg.name.as_str())
                    .collect();
                return Err(ParseError::usage(
                    format!("ambiguous option: {text} could match {}", names.join(", ")),
                    word.span.clone(),
                ));
            }
        }
        if is_negative_number(text) || text.contains(' ') {
            Ok(Seen::Value)
        } else {
            Ok(Seen::Option(None, None))
        }
    }

    fn consume(&mut self) -> Result<(), ParseError> {
        let is_option = |seen: &Seen| matches!(seen, Seen::Option(..));
        let last = self.seen.iter().rposition(is_option);
        let mut at = 0;
        while last.is_some_and(|last| at <= last) {
            let next = self
                .seen
                .iter()
                .skip(at)
                .position(is_option)
                .map_or(at, |ahead| at + ahead);
            if at != next {
                let stop = self.consume_positionals(at)?;
                if stop > at {
                    at = stop;
                    continue;
                }
                let skipped = self.words.get(at..next).unwrap_or_default();
                self.out.rest.extend_from_slice(skipped);
                at = next;
            }
            at = self.consume_option(at)?;
        }
        let stop = self.consume_positionals(at)?;
        let left = self.words.get(stop..).unwrap_or_default();
        self.out.rest.extend_from_slice(left);
        Ok(())
    }

    fn consume_option(&mut self, at: usize) -> Result<usize, ParseError> {
        let (Some(Seen::Option(known, value)), Some(word)) =
            (self.seen.get(at), self.words.get(at))
        else {
            return Ok(at + 1);
        };
        let Some((index, arg)) = known.and_then(|index| Some((index, self.args.get(index)?)))
        else {
            self.out.rest.push(word.clone());
            return Ok(at + 1);
        };
        if let Some(value) = value {
            let (least, most) = arg.count.bounds();
            if least > 1 || most == 0 {
                let message = if most == 0 {
                    format!(
                        "ignored explicit argument {}",
                        super::python::repr_str(value)
                    )
                } else {
                    arg.count.expected()
                };
                return Err(argument_error(arg, &message, word.span.clone()));
            }
            let given = Word {
                text: value.clone(),
                span: word.span.clone(),
            };
            self.take(index, vec![given], word.span.clone())?;
            return Ok(at + 1);
        }
        let available = self
            .seen
            .iter()
            .skip(at + 1)
            .take_while(|seen| matches!(seen, Seen::Value))
            .count();
        let (least, most) = arg.count.bounds();
        if available < least {
            return Err(argument_error(
                arg,
                &arg.count.expected(),
                word.span.clone(),
            ));
        }
        let stop = at + 1 + available.min(most);
        let words = self.words.get(at + 1..stop).unwrap_or_default().to_vec();
        let end = words.last().map_or(word.span.end, |word| word.span.end);
        self.take(index, words, word.span.start..end)?;
        Ok(stop)
    }

    /// Gives the values that begin here to as many positional arguments as they suffice for.
    fn consume_positionals(&mut self, at: usize) -> Result<usize, ParseError> {
        let values: Vec<usize> = self
            .seen
            .iter()
            .enumerate()
            .skip(at)
            .take_while(|(_, seen)| !matches!(seen, Seen::Option(..)))
            .map(|(index, _)| index)
            .collect();
        let real: Vec<usize> = values
            .iter()
            .copied()
            .filter(|index| !matches!(self.seen.get(*index), Some(Seen::Separator)))
            .collect();
        let counts: Vec<Count> = self
            .positionals
            .iter()
            .filter_map(|index| self.args.get(*index))
            .map(|arg| arg.count)
            .collect();
        let shares = (1..=counts.len())
            .rev()
            .find_map(|many| share(counts.get(..many)?, real.len()))
            .unwrap_or_default();
        let taken: Vec<usize> = self.positionals.drain(..shares.len()).collect();
        let any = !taken.is_empty();
        let mut used = 0;
        for (index, share) in taken.into_iter().zip(shares) {
            let words: Vec<Word> = real
                .iter()
                .skip(used)
                .take(share)
                .filter_map(|index| self.words.get(*index))
                .cloned()
                .collect();
            used += share;
            let optional = words.is_empty();
            if optional {
                if let Some(given) = self.given.get_mut(index) {
                    *given = true;
                }
                continue;
            }
            let span = words.first().map_or(0, |word| word.span.start)
                ..words.last().map_or(0, |word| word.span.end);
            self.take(index, words, span)?;
        }
        let end = match used.checked_sub(1).and_then(|last| real.get(last)) {
            Some(last) => last + 1,
            None => at,
        };
        // A separator goes with the positional arguments beside it.
        let separated = matches!(self.seen.get(end), Some(Seen::Separator));
        Ok(end + usize::from(any && separated))
    }

    fn take(
        &mut self,
        index: usize,
        words: Vec<Word>,
        span: Range<usize>,
    ) -> Result<(), ParseError> {
        let Some(arg) = self.args.get(index) else {
            return Ok(());
        };
        if let Some(given) = self.given.get_mut(index) {
            *given = true;
        }
        for word in &words {
            check(arg, word)?;
        }
        let words = match (words.is_empty(), arg.constant) {
            (true, Some(constant)) => vec![Word {
                text: constant.to_owned(),
                span: span.clone(),
            }],
            _ => words,
        };
        self.out.uses.push((arg.name.clone(), words.clone()));
        let found = match arg.flag {
            Some(value) => Found::Flag(value, span),
            None => match self.out.found.remove(&arg.dest) {
                Some(Found::Words(mut before, start)) if arg.append => {
                    before.extend(words);
                    Found::Words(before, start.start..span.end)
                }
                _ => Found::Words(words, span),
            },
        };
        self.out.found.insert(arg.dest.clone(), found);
        Ok(())
    }
}

/// How many values each of the counts gets, the earlier ones as many as they can; none if there
/// are too few. What is left over stays left over.
fn share(counts: &[Count], available: usize) -> Option<Vec<usize>> {
    let least: usize = counts.iter().map(|count| count.bounds().0).sum();
    let mut spare = available.checked_sub(least)?;
    Some(
        counts
            .iter()
            .map(|count| {
                let (least, most) = count.bounds();
                let extra = spare.min(most - least);
                spare -= extra;
                least + extra
            })
            .collect(),
    )
}

fn check(arg: &Arg, word: &Word) -> Result<(), ParseError> {
    let text = word.text.as_str();
    let fits = match arg.type_ {
        Type::Text => None,
        Type::Int => super::python::int(text).is_none().then_some("int"),
        Type::Float => super::python::float(text).is_none().then_some("float"),
    };
    if let Some(type_) = fits {
        let message = format!("invalid {type_} value: {}", super::python::repr_str(text));
        return Err(argument_error(arg, &message, word.span.clone()));
    }
    if arg.choices.is_empty() || arg.choices.iter().any(|choice| choice == text) {
        return Ok(());
    }
    Err(invalid_choice(
        &arg.name,
        word,
        arg.choices.iter().map(String::as_str),
    ))
}

/// The error for a word that is none of the choices, with what it may have meant.
pub(crate) fn invalid_choice<'a>(
    argument: &str,
    word: &Word,
    choices: impl IntoIterator<Item = &'a str>,
) -> ParseError {
    let mut message = format!(
        "argument {argument}: Found invalid choice '{}'\n",
        word.text
    );
    let close = names::close_matches(&word.text, choices);
    if !close.is_empty() {
        message.push_str("\nMaybe you meant:\n");
        for choice in &close {
            message.push_str("\n  * ");
            message.push_str(choice);
        }
    }
    let hint = close.first().map(|choice| format!("write `{choice}`"));
    ParseError::usage(message, word.span.clone()).hinted(hint)
}

fn argument_error(arg: &Arg, message: &str, span: Range<usize>) -> ParseError {
    ParseError::usage(format!("argument {}: {message}", arg.name), span)
}

fn is_negative_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else {
        return false;
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole)
        && all(fraction)
        && !fraction.is_empty()
        && (!whole.is_empty() || digits.contains('.'))
}
