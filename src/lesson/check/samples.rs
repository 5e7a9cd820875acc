//! Texts with a plausible value for each variable, for parsers that want to see whole texts.

use std::ops::Range;

use super::super::variables::references;

/// A text with its variables filled in, and the way back to where it came from.
pub(super) struct Sample {
    /// The filled text.
    pub text: String,
    /// For each filled-in reference: its place in the filled text, and in the source.
    filled: Vec<(Range<usize>, Range<usize>)>,
}

impl Sample {
    /// Fills in a text.
    pub(super) fn of(source: &str) -> Self {
        let mut text = String::with_capacity(source.len());
        let mut filled = Vec::new();
        let mut from = 0;
        for reference in references(source) {
            text.push_str(source.get(from..reference.span.start).unwrap_or_default());
            let start = text.len();
            if reference.escaped {
                let itself = reference.span.start + 1..reference.span.end;
                text.push_str(source.get(itself).unwrap_or_default());
            } else {
                text.push_str(value(reference.name));
            }
            filled.push((start..text.len(), reference.span.clone()));
            from = reference.span.end;
        }
        text.push_str(source.get(from..).unwrap_or_default());
        Self { text, filled }
    }

    /// Where in the source a range of the filled text comes from.
    pub(super) fn in_source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.place(range.start, false);
        start..self.place(range.end, true).max(start)
    }

    fn place(&self, at: usize, is_end: bool) -> usize {
        let before = self.filled.iter().rev().find(|(filled, _)| {
            if is_end {
                filled.start < at
            } else {
                filled.start <= at
            }
        });
        match before {
            None => at,
            Some((filled, source)) if at >= filled.end => source.end + (at - filled.end),
            Some((_, source)) if is_end => source.end,
            Some((_, source)) => source.start,
        }
    }

    /// Where in the source a line and column (in characters, both from 1) of the filled text is.
    pub(super) fn line_in_source(&self, line: usize, column: usize) -> Range<usize> {
        let start: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let rest = self.text.get(start..).unwrap_or_default();
        let offset = rest
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(rest.len(), |(at, _)| at);
        self.in_source(start + offset..start + offset + 1)
    }
}

/// Good for names, bucket names and key ids alike.
const SAMPLE: &str = "sample0sample0sample";

/// What stands for a variable in checks: something that is not refused where one of that name
/// makes sense. A name that ends in `arn` stands for an ARN.
fn value(name: &str) -> &'static str {
    match name {
        "account_id" => "123456789012",
        "region" => "us-east-1",
        _ if name == "arn" || name.ends_with("_arn") => "arn:aws:iam::123456789012:role/sample",
        _ => SAMPLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_filled_texts_lead_back() {
        let source = "a ${bucket} b\nc ${region}/${x} $${x} d";
        let sample = Sample::of(source);
        assert_eq!(
            sample.text,
            format!("a {SAMPLE} b\nc us-east-1/{SAMPLE} ${{x}} d")
        );
        for (part, wanted) in [
            ("a", "a"),
            ("b\n", "b\n"),
            ("amp", "${bucket}"),
            ("0sample b", "${bucket} b"),
            ("us-east-1/sample0", "${region}/${x}"),
            ("${x}", "$${x}"),
            ("d", "d"),
        ] {
            let at = sample.text.rfind(part).unwrap();
            let at = if part == "amp" || part == "a" {
                sample.text.find(part).unwrap()
            } else {
                at
            };
            let back = sample.in_source(at..at + part.len());
            assert_eq!(source.get(back), Some(wanted), "{part}");
        }
        assert_eq!(source.get(sample.line_in_source(2, 13)), Some("${x}"));
        assert_eq!(
            source.get(sample.line_in_source(1, 4 + SAMPLE.len())),
            Some("b")
        );
    }
}
