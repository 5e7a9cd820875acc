//! What every request to the sandbox passes: routing, signatures, tokens, the frame of answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

mod lab;

use lab::{Lab, said};
use rolecall::sandbox::Credentials;
use rolecall::secret::Secret;

#[tokio::test]
async fn the_administrator_is_told_who_they_are() {
    let lab = Lab::new();
    let caller = lab
        .sts(&lab.administrator())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(caller.account(), Some("123456789012"));
    assert_eq!(
        caller.arn(),
        Some("arn:aws:iam::123456789012:user/Administrator")
    );
    assert!(caller.user_id().unwrap().starts_with("AIDA"));
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_refused() {
    let lab = Lab::new();
    let wrong = Credentials {
        secret_access_key: Secret::new("wrong"),
        ..lab.administrator()
    };
    assert_eq!(
        said(lab.sts(&wrong).get_caller_identity().send().await),
        "SignatureDoesNotMatch: The request signature we calculated does not match the signature \
         you provided. Check your AWS Secret Access Key and signing method. Consult the service \
         documentation for details."
    );
    let unknown = Credentials {
        access_key_id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        ..lab.administrator()
    };
    assert_eq!(
        said(lab.sts(&unknown).get_caller_identity().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid."
    );
    let token = Credentials {
        session_token: Some(Secret::new("IQoJb3JpZ2luX2Vj")),
        ..lab.administrator()
    };
    assert_eq!(
        said(lab.sts(&token).get_caller_identity().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid."
    );
}
