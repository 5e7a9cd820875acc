//! Any form as the body of signed requests to IAM, STS and CloudFormation, several to one world:
//! each is answered, and none but the sandbox's own limits ends it with a fault of the server.
#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::requests::{signed, world};

fuzz_target!(|text: &str| {
    let (sandbox, keys) = world();
    for line in text.lines().take(16) {
        for (service, version) in [
            ("iam", "2010-05-08"),
            ("sts", "2011-06-15"),
            ("cloudformation", "2010-05-15"),
        ] {
            let body = Bytes::from(format!("Version={version}&{line}"));
            let request = Request::post("/")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
                .expect("a request");
            let response = sandbox.handle(signed(request, service, &keys));
            assert_ne!(response.status(), 500, "{service} {line}");
        }
    }
    let bytes = sandbox.save().expect("a world can be saved");
    assert!(!bytes.is_empty());
});
