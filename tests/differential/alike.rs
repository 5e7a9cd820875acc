//! What differs between two worlds: ids, secrets, dates, ports and folders.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// What is found, and what stands for it.
const PATTERNS: [(&str, &str); 20] = [
    // Progress, which a terminal writes over, and the blanks that do it.
    (r"Completed [^\r\n]*\r( +\n)?", "\r"),
    (r"\r+([^\r\n]*[^ \r\n]) *\n", "$1\n"),
    (r"\r", ""),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:port"),
    // In the words of stack events.
    (
        r"Request ID: [0-9A-Z]{16}, Extended Request ID: [A-Za-z0-9+/=]+",
        "Request ID: id, Extended Request ID: id",
    ),
    // Colours may stand before an id.
    (
        r"((?:\b|\x1b\[\d+m)(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|AIPA))[A-Z2-7]{16}\b",
        "${1}xxxxxxxxxxxxxxxx",
    ),
    (
        r"((?:\b|\x1b\[\d+m)(?:AIDA|AROA|AGPA|ANPA|AIPA))[A-Z2-7]{17}\b",
        "${1}xxxxxxxxxxxxxxxxx",
    ),
    // `configure list` shows the last four of keys.
    (r"\*{16}\S{4}", "****************last"),
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "uuiduuid-uuid-uuid-uuid-uuiduuiduuid",
    ),
    (
        r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d",
        "0000-00-00${1}00:00:00",
    ),
    // One instant in a thousand has no fraction.
    (
        r#"((?:Time|Timestamp)"?: ['"]?0000-00-00T00:00:00)(\.\d{6})?\+"#,
        "${1}+",
    ),
    (r"00:00:00\.\d{6}", "00:00:00.000000"),
    (r"00:00:00\.\d{3}", "00:00:00.000"),
    (
        r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
        "Day, 00 Mon 0000 00:00:00 GMT",
    ),
    (r"\b\d{8}T\d{6}Z", "00000000T000000Z"),
    (r"Signature=[0-9a-f]{64}", "Signature=signature"),
    (r"package-deploy-\d{10}", "package-deploy-0000000000"),
    (r"-[0-9A-Za-z]{12}\b", "-xxxxxxxxxxxx"),
    (r"IQoJ[A-Za-z0-9+/=]{60,}", "<token>"),
    (
        r"(^|[^A-Za-z0-9+/])[A-Za-z0-9+/]{40}($|[^A-Za-z0-9+/])",
        "${1}ssssssssssssssssssssssssssssssssssssssss${2}",
    ),
];

/// Makes what differs between two worlds alike; texts keep their length, for tables.
pub fn alike(text: &str, variables: &BTreeMap<String, String>, home: &Path) -> String {
    static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        PATTERNS
            .iter()
            .map(|(pattern, with)| (Regex::new(pattern).unwrap(), *with))
            .collect()
    });
    let mut text = text.to_owned();
    let mut known: Vec<(&String, &String)> = variables.iter().collect();
    known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    for (name, value) in known {
        if value.len() > 5 && name != "account_id" && name != "region" {
            text = text.replace(value.as_str(), &format!("<{name:.<0$}", value.len() - 1));
        }
    }
    text = text.replace(home.to_str().unwrap(), "<home>");
    for (pattern, with) in COMPILED.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    text
}
