//! Names on the command line: how API names become kebab case, and what a misspelt one may mean.

/// The command-line form of an API name: `ListMFADevices` becomes `list-mfa-devices`.
pub fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    // A plural acronym at the end (`TemplateARNs`) is one part.
    let tail = plural_acronym(&chars);
    let (head, acronym) = chars.split_at(chars.len().saturating_sub(tail));
    let mut out = String::new();
    let mut previous: Option<char> = None;
    for (at, c) in head.iter().enumerate() {
        let starts = c.is_ascii_uppercase()
            && previous.is_some_and(|before| {
                let word = head.get(at + 1).is_some_and(char::is_ascii_lowercase);
                let hump = before.is_ascii_lowercase() || before.is_ascii_digit();
                (word || hump) && before != '-'
            });
        if starts {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
        previous = Some(*c);
    }
    if !acronym.is_empty() {
        if !out.is_empty() {
            out.push('-');
        }
        out.extend(acronym.iter().map(char::to_ascii_lowercase));
    }
    out
}

/// How many characters at the end are two or more capitals with an `s`.
fn plural_acronym(chars: &[char]) -> usize {
    let Some(('s', rest)) = chars.split_last().map(|(last, rest)| (*last, rest)) else {
        return 0;
    };
    let capitals = rest.iter().rev().take_while(|c| c.is_ascii_uppercase());
    match capitals.count() {
        0 | 1 => 0,
        count => count + 1,
    }
}

/// Up to three of the choices that are most like the word, the best first: what Python's
/// `difflib.get_close_matches` gives with a cutoff of 0.8, which is what the AWS CLI suggests.
pub(crate) fn close_matches<'a>(
    word: &str,
    choices: impl IntoIterator<Item = &'a str>,
) -> Vec<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let mut scored: Vec<(f64, &str)> = choices
        .into_iter()
        // Words of very different length are not alike, and a long one would take long.
        .filter(|choice| 3 * choice.len() >= word.len() && 3 * word.len() >= choice.len())
        .map(|choice| (ratio(&choice.chars().collect::<Vec<_>>(), &word), choice))
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.cmp(a.1)));
    scored.dedup();
    scored
        .into_iter()
        .take(3)
        .map(|(_, choice)| choice)
        .collect()
}

/// The Ratcliff-Obershelp likeness of two words, between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "words are short")]
fn ratio(a: &[char], b: &[char]) -> f64 {
    match a.len() + b.len() {
        0 => 1.0,
        total => 2.0 * common(a, b) as f64 / total as f64,
    }
}

/// The characters in the longest common run and, on each side of it, likewise.
fn common(a: &[char], b: &[char]) -> usize {
    let (mut best, mut in_a, mut in_b) = (0, 0, 0);
    for (i, _) in a.iter().enumerate() {
        for (j, _) in b.iter().enumerate() {
            let run = a
                .iter()
                .skip(i)
                .zip(b.iter().skip(j))
                .take_while(|(x, y)| x == y)
                .count();
            if run > best {
                (best, in_a, in_b) = (run, i, j);
            }
        }
    }
    if best == 0 {
        return 0;
    }
    let before = common(
        a.get(..in_a).unwrap_or_default(),
        b.get(..in_b).unwrap_or_default(),
    );
    let after = common(
        a.get(in_a + best..).unwrap_or_default(),
        b.get(in_b + best..).unwrap_or_default(),
    );
    before + best + after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_names_become_kebab_case() {
        // Expected: botocore's `xform_name(name, "-")`.
        let cases = [
            ("CreateUser", "create-user"),
            ("EnableMFADevice", "enable-mfa-device"),
            ("UploadSSHPublicKey", "upload-ssh-public-key"),
            ("SSHPublicKeyId", "ssh-public-key-id"),
            ("ListObjectsV2", "list-objects-v2"),
            (
                "CreateOpenIDConnectProvider",
                "create-open-id-connect-provider",
            ),
            ("ContentMD5", "content-md5"),
            ("ChecksumCRC32C", "checksum-crc32-c"),
            ("NotificationARNs", "notification-arns"),
            ("GetAccountSummary", "get-account-summary"),
            ("MFA", "mfa"),
            ("IfMatch", "if-match"),
            ("ACL", "acl"),
            ("GrantReadACP", "grant-read-acp"),
            ("SSEKMSKeyId", "ssekms-key-id"),
        ];
        for (name, expected) in cases {
            assert_eq!(kebab(name), expected);
        }
    }

    #[test]
    fn suggestions_are_those_of_difflib() {
        let choices = ["create-user", "create-role", "update-user", "create-group"];
        assert_eq!(close_matches("creat-user", choices), ["create-user"]);
        assert_eq!(close_matches("xyz", choices), [""; 0]);
        assert_eq!(close_matches("create-usr", choices), ["create-user"]);
        assert_eq!(
            close_matches(&"create-user".repeat(100_000), choices),
            [""; 0]
        );
    }
}
