//! Any method, path, query, headers and body as signed requests to S3, the first lines of the input
//! being the head: each is answered.
#![no_main]

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::requests::{signed, world};

fuzz_target!(|data: &[u8]| {
    let (sandbox, keys) = world();
    let bucket = Request::put("/fuzz").body(Bytes::new()).expect("a request");
    assert_eq!(sandbox.handle(signed(bucket, "s3", &keys)).status(), 200);
    for part in data.split(|byte| *byte == 0).take(8) {
        let text = String::from_utf8_lossy(part);
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else {
            continue;
        };
        let (Ok(method), Ok(target)) = (
            Method::from_bytes(method.as_bytes()),
            target.parse::<Uri>(),
        ) else {
            continue;
        };
        let mut request = Request::new(Bytes::from(body.to_owned()));
        *request.method_mut() = method;
        *request.uri_mut() = target;
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.trim().as_bytes()),
                HeaderValue::from_str(value.trim()),
            ) {
                request.headers_mut().append(name, value);
            }
        }
        let unsigned = request.clone();
        let _ = sandbox.handle(unsigned);
        let response = sandbox.handle(signed(request, "s3", &keys));
        assert_ne!(response.status(), 500, "{head}");
    }
});
