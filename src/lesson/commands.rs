//! A step's text as single commands: one a line, long ones continued; the policies among what they
//! send.

use std::ops::Range;

use crate::policy::DocumentKind;

/// Where the commands stand in a text: one a line; a line that ends in a backslash, or within
/// quotation marks, goes on in the next. Empty lines and lines that begin with `#` are none.
#[must_use]
pub fn commands(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut escaped = false;
    let mut comment = false;
    let mut take = |range: Range<usize>| {
        let part = text.get(range.clone()).unwrap_or_default();
        let trimmed = part.trim();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            let start = range.start + (part.len() - part.trim_start().len());
            found.push(start..start + trimmed.len());
        }
    };
    // What means something here is a byte, and no byte of another character.
    for (at, c) in text.bytes().enumerate() {
        let c = char::from(c);
        if std::mem::take(&mut escaped) {
            // A Windows line break after a backslash is two characters.
            escaped = c == '\r';
            continue;
        }
        if c == '#'
            && text
                .get(start..at)
                .is_some_and(|line| line.trim().is_empty())
        {
            comment = true;
        }
        match (quote, c) {
            (None, '\n') => {
                take(start..at);
                start = at + 1;
                comment = false;
            }
            _ if comment => {}
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    take(start..text.len());
    found
}

/// Whether there is a command in a text, which is known sooner than where all of them stand.
#[must_use]
pub fn has_command(text: &str) -> bool {
    // The first line that is neither empty nor a remark begins one, however it goes on.
    let mut lines = text.lines().map(str::trim);
    lines.any(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What kind of policy a member of an operation's input is, if it is one.
#[must_use]
pub fn document_kind(operation: &str, member: &str) -> Option<DocumentKind> {
    Some(match (operation, member) {
        ("CreateRole", "AssumeRolePolicyDocument")
        | ("UpdateAssumeRolePolicy", "PolicyDocument") => DocumentKind::Trust,
        ("PutBucketPolicy", "Policy") => DocumentKind::Bucket,
        (
            "AssumeRole"
            | "AssumeRoleWithSAML"
            | "AssumeRoleWithWebIdentity"
            | "GetFederationToken",
            "Policy",
        ) => DocumentKind::Session,
        (_, "PolicyDocument") => DocumentKind::Identity,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_into_commands() {
        for (text, expected) in [
            ("aws a\naws b", vec!["aws a", "aws b"]),
            (
                "\n  aws a  \n\n# it's no command\naws b\n",
                vec!["aws a", "aws b"],
            ),
            (
                "aws a \\\n  --x y\naws b",
                vec!["aws a \\\n  --x y", "aws b"],
            ),
            (
                "aws a \\\r\n  --x\r\naws b\r\n",
                vec!["aws a \\\r\n  --x", "aws b"],
            ),
            (
                "aws a '{\n \"b\": 1\n}'\naws b",
                vec!["aws a '{\n \"b\": 1\n}'", "aws b"],
            ),
            (
                "aws a \"x\\\"\ny\"\naws b",
                vec!["aws a \"x\\\"\ny\"", "aws b"],
            ),
            ("aws a 'open\naws b", vec!["aws a 'open\naws b"]),
            ("", vec![]),
        ] {
            let found: Vec<_> = commands(text)
                .into_iter()
                .filter_map(|r| text.get(r))
                .collect();
            assert_eq!(has_command(text), !expected.is_empty(), "{text}");
            assert_eq!(found, expected);
        }
    }
}
