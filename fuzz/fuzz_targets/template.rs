//! Any text as a CloudFormation template: read, or refused with a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::template::Template;

fuzz_target!(|text: &str| {
    if let Err(error) = Template::parse(text) {
        assert!(!error.to_string().is_empty());
    }
});
