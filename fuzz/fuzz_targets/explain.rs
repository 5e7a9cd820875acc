//! Any text as the input of `rolecall explain`: every request that is read is decided and explained.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::policy::{Case, evaluate};

fuzz_target!(|text: &str| {
    let Ok(cases) = Case::read_all(text) else { return };
    for case in cases {
        let decision = evaluate(&case.request, &case.policies);
        let explanation = decision.explain(&case.request, &case.policies);
        assert_eq!(explanation.message.is_none(), decision.is_allowed());
    }
});
