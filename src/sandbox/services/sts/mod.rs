//! AWS Security Token Service.

mod assume;
mod grant;
mod identity;
mod message;
mod token;
mod web;

pub use message::encode as authorization_message;
pub use web::{Claims, issuer_token};

use crate::sandbox::operation::{Need, Operation, Words};

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "GetCallerIdentity",
        members: &[],
        // No permission is needed, and none can be refused.
        needs: |_, _| Ok(Vec::new()),
        run: identity::get_caller_identity,
    },
    Operation {
        name: "GetAccessKeyInfo",
        members: &["AccessKeyId"],
        needs: |_, _| {
            Ok(vec![
                Need::new("sts:GetAccessKeyInfo", "*").words(Words::Nothing),
            ])
        },
        run: identity::get_access_key_info,
    },
    Operation {
        name: "AssumeRole",
        members: &[
            "RoleArn",
            "RoleSessionName",
            "PolicyArns",
            "Policy",
            "DurationSeconds",
            "Tags",
            "TransitiveTagKeys",
            "ExternalId",
            "SerialNumber",
            "TokenCode",
            "SourceIdentity",
        ],
        needs: assume::needs,
        run: assume::run,
    },
    Operation {
        name: "AssumeRoleWithWebIdentity",
        members: &[
            "RoleArn",
            "RoleSessionName",
            "WebIdentityToken",
            "PolicyArns",
            "Policy",
            "DurationSeconds",
        ],
        needs: web::needs,
        run: web::run,
    },
    Operation {
        name: "GetSessionToken",
        members: &["DurationSeconds", "SerialNumber", "TokenCode"],
        // It authenticates; policies have no say (API reference).
        needs: |_, _| Ok(Vec::new()),
        run: token::get_session_token,
    },
    Operation {
        name: "GetFederationToken",
        members: &["Name", "Policy", "PolicyArns", "DurationSeconds", "Tags"],
        needs: token::need_federation,
        run: token::get_federation_token,
    },
    Operation {
        name: "DecodeAuthorizationMessage",
        members: &["EncodedMessage"],
        needs: |_, _| {
            Ok(vec![
                Need::new("sts:DecodeAuthorizationMessage", "*").words(Words::Nothing),
            ])
        },
        run: message::decode,
    },
];
