//! The services and their tables of operations.
//!
//! # How a service adds an operation
//!
//! Put one row into the service's `OPERATIONS` table:
//!
//! ```ignore
//! Operation {
//!     name: "DeleteUser",                 // the model's name
//!     members: &["UserName"],             // the input members that the handler honours
//!     needs: |ctx, input| { ... },        // what the caller must be allowed: Vec<Need>
//!     run: users::delete,                 // fn(&mut Context, &Input) -> Result<Reply, AwsError>
//! }
//! ```
//!
//! - Parsing, AWS's validation errors from the model's limits (Query services), and writing the
//!   answer come from the API tables: a handler takes members by name ([`Input::text`],
//!   [`Input::list`], …) and returns `json!({...}).into()`, or `().into()` for no answer; a page of S3 that
//!   may be long is written at once (`Reply::elements`). Any other
//!   member of the model in a request is refused with `NotImplemented` before `needs` is called.
//! - `needs` names the action, the resource's ARN, its resource policy if it has one, the
//!   operation's condition keys, and how AWS's denial names the resource ([`Words`]). The gate fills
//!   in the global keys, evaluates, words the denial and records the explanation. **Handlers never
//!   decide access.** Errors that AWS gives before it authorises (a missing bucket, say) are
//!   returned by `needs`.
//! - `run` is called with everything allowed. It checks first and changes last: when it fails, the
//!   state is as before.
//! - State of a service is its `State` (`ctx.state.s3`, `ctx.state.cloudformation`; change it with
//!   `Arc::make_mut`), serialisable and `Default`. IAM's is per account (`ctx.account()`).
//! - Ids and secrets come from `ctx.state.ids`, the time is `ctx.now`.
//! - Work that happens later: `ctx.schedule(Service::…, after, detail)`; when it is due the
//!   service's `job(ctx, detail)` is called with `ctx.now` at the due time.
//! - To call another service's operation as somebody: `ctx.perform(service, operation, members,
//!   &caller)`; it passes the same gate.
//! - REST (S3): members in headers, query and path are in `input.members` too, `Metadata` as a map;
//!   a blob or streamed payload is `input.body` and `Reply::body`. Timestamps in answers are ISO
//!   8601 text everywhere; the wire layer rewrites those that travel in headers. S3's own
//!   validation texts are the handlers' work: of the model only types are checked, and required
//!   members and enumerations inside XML bodies (`MalformedXML`).
//!
//! [`Input::text`]: super::operation::Input::text
//! [`Input::list`]: super::operation::Input::list
//! [`Words`]: super::operation::Words

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::error::AwsError;
use super::operation::{Context, Operation};
use crate::model::Service;

pub mod cloudformation;
pub mod iam;
pub mod s3;
pub mod sts;

/// The operations that the sandbox supports.
#[must_use]
pub fn operations(service: Service) -> &'static [Operation] {
    match service {
        Service::Iam => iam::OPERATIONS,
        Service::Sts => sts::OPERATIONS,
        Service::CloudFormation => cloudformation::OPERATIONS,
        Service::S3 => s3::OPERATIONS,
    }
}

/// Finds a supported operation.
///
/// # Errors
///
/// `InvalidAction` for what AWS does not know, `NotImplemented` for what the sandbox does not.
pub fn find(service: Service, name: &str) -> Result<&'static Operation, AwsError> {
    static KNOWN: LazyLock<HashMap<(Service, &str), &Operation>> = LazyLock::new(|| {
        let all = Service::ALL.into_iter();
        all.flat_map(|service| {
            let of_it = operations(service).iter();
            of_it.map(move |operation| ((service, operation.name), operation))
        })
        .collect()
    });
    if let Some(found) = KNOWN.get(&(service, name)) {
        return Ok(found);
    }
    let model = service.model();
    if model.operation(name).is_none() {
        return Err(AwsError::new(
            400,
            "InvalidAction",
            format!(
                "Could not find operation {name} for version {}",
                model.api_version
            ),
        ));
    }
    Err(AwsError::unsupported(format_args!("{service}:{name}")))
}

/// Does scheduled work of a service.
pub fn job(service: Service, context: &mut Context<'_>, detail: &Value) {
    match service {
        Service::CloudFormation => cloudformation::job(context, detail),
        Service::Iam | Service::Sts | Service::S3 => {}
    }
}
