//! Any text as an ARN: its parts put together are the text again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::policy::{Arn, Principal};

fuzz_target!(|text: &str| {
    if let Some(arn) = Arn::parse(text) {
        let Arn { partition, service, region, account, resource, .. } = arn;
        assert_eq!(format!("arn:{partition}:{service}:{region}:{account}:{resource}"), text);
        let _ = (arn.kind(), arn.name(), arn.path_and_name());
    }
    let _ = Principal::from_arn(text);
});
