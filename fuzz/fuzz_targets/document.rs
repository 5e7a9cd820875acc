//! Any text as a policy of any kind: no panic, and what is accepted is read again the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::policy::{Document, DocumentKind};

fuzz_target!(|text: &str| {
    for kind in [
        DocumentKind::Identity,
        DocumentKind::Resource,
        DocumentKind::Bucket,
        DocumentKind::Trust,
        DocumentKind::Boundary,
        DocumentKind::Session,
        DocumentKind::ServiceControl,
        DocumentKind::ResourceControl,
    ] {
        let _ = Document::accept(text, kind);
        if let Ok(document) = Document::parse(text, kind) {
            let again = Document::parse(document.source(), kind).expect("what was read once");
            assert_eq!(document.statements().len(), again.statements().len());
            for statement in document.statements() {
                assert!(document.statement_source(statement).starts_with('{'));
            }
        }
    }
});
