//! The two files as Python's `configparser` and botocore read them: strictly, with values of several
//! lines.

use crate::secret::Secret;

/// A section's name and its settings. A setting of settings, such as `s3`, is there under the names of
/// those: `s3.addressing_style`.
pub(super) type Section = (String, Vec<(String, Secret)>);

/// The sections of a file; `None` where the AWS CLI cannot parse it.
pub(super) fn sections(text: &str) -> Option<Vec<Section>> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut indent = 0;
    // Whether the lines that follow may belong to a value.
    let mut in_value = false;
    for line in text.lines() {
        let value = line.trim();
        let current = found.last_mut().map(|(_, settings)| settings);
        if value.starts_with(['#', ';']) {
            continue;
        }
        let deep = line.len() - line.trim_start().len();
        if in_value && (value.is_empty() || deep > indent) {
            if let Some((_, before)) = current.and_then(|settings| settings.last_mut()) {
                before.push('\n');
                before.push_str(value);
            }
            continue;
        }
        if value.is_empty() {
            continue;
        }
        indent = deep;
        let header = value.strip_prefix('[').and_then(|rest| {
            let (header, _) = rest.rsplit_once(']')?;
            (!header.is_empty()).then_some(header)
        });
        if let Some(header) = header {
            if found.iter().any(|(known, _)| known == header) {
                return None;
            }
            found.push((header.to_owned(), Vec::new()));
            in_value = false;
            continue;
        }
        let settings = current?;
        let (key, value) = value.split_once(['=', ':'])?;
        let key = key.trim().to_lowercase();
        if key.is_empty() || settings.iter().any(|(known, _)| *known == key) {
            return None;
        }
        settings.push((key, value.trim().to_owned()));
        in_value = true;
    }
    let sections = found.into_iter().map(|(name, settings)| {
        let settings: Option<Vec<_>> = settings.into_iter().map(flat).collect();
        let settings = settings?.into_iter().flatten();
        let secret = settings.map(|(key, value)| (key, Secret::new(value)));
        Some((name, secret.collect()))
    });
    sections.collect()
}

/// A setting, or the settings that it holds.
fn flat((key, value): (String, String)) -> Option<Vec<(String, String)>> {
    let value = value.trim_end();
    if !value.starts_with('\n') {
        return Some(vec![(key, value.to_owned())]);
    }
    let lines = value.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((format!("{key}.{}", name.trim()), value.trim().to_owned()))
        })
        .collect()
}

/// The words of a header, as `shlex` splits them; `None` where a quote or a backslash has no end.
pub(super) fn words(header: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = header.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => match chars.next()? {
                            escaped @ ('"' | '\\') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        inside => word.push(inside),
                    }
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}
