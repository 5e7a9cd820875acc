//! How the SDKs name what the API names.

/// The parts of a name: `CreateOpenIDConnectProvider` has five.
///
/// The rule is that of smithy-rs, which generates the AWS SDK for Rust: a capital after a small
/// letter or a digit begins a part, and so does the last capital of an acronym before a small
/// letter, unless that is a plural `s`.
fn parts(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    for (at, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !current.is_empty() {
                out.push(std::mem::take(&mut current));
            }
            continue;
        }
        let next = chars.get(at + 1);
        let after = chars.get(at + 2);
        let starts = current.chars().last().is_some_and(|last| {
            let hump =
                (last.is_ascii_lowercase() || last.is_ascii_digit()) && c.is_ascii_uppercase();
            let plural = next == Some(&'s') && after.is_none_or(|c| !c.is_ascii_lowercase());
            let acronym = last.is_ascii_uppercase()
                && c.is_ascii_uppercase()
                && next.is_some_and(char::is_ascii_lowercase)
                && !plural;
            hump || acronym
        });
        if starts {
            out.push(std::mem::take(&mut current));
        }
        current.push(*c);
    }
    if !current.is_empty() {
        out.push(current);
    }
    out
}

/// A method of the Rust SDK: `create_open_id_connect_provider`.
pub(super) fn snake(name: &str) -> String {
    let parts: Vec<String> = parts(name)
        .into_iter()
        .map(|part| part.to_ascii_lowercase())
        .collect();
    let name = parts.join("_");
    // `type` is a word of Rust.
    if name == "type" {
        "r#type".to_owned()
    } else {
        name
    }
}

/// A type of the Rust SDK: `CorsConfiguration`.
pub(super) fn pascal(name: &str) -> String {
    let mut out = String::new();
    for part in parts(name) {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.extend(letters.map(|c| c.to_ascii_lowercase()));
    }
    out
}

/// A method of boto3, which is the AWS CLI's name with underscores: `list_mfa_devices`.
pub(super) fn python(cli: &str) -> String {
    cli.replace('-', "_")
}
