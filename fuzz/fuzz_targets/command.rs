//! Any text as a command line, and any text behind `--query`: read, or refused with a place inside
//! the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::awscli::{self, Files, query};

struct Same<'a>(&'a str);

impl Files for Same<'_> {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        match path {
            "policy.json" => Ok(self.0.as_bytes().to_vec()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
}

fuzz_target!(|text: &str| {
    let _ = awscli::parse(text, &Same(text));
    let line = format!("aws {text}");
    if let Err(error) = awscli::parse(&line, &Same(text)) {
        assert!(!error.message.is_empty());
    }
    if let Ok(expression) = query::compile(text) {
        let value = serde_json::json!({"a": [{"b": 1, "c": "x"}, {"b": 2}], "d": {"e": null}});
        let _ = expression.search(&value);
    }
});
