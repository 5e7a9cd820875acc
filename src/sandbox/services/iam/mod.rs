//! AWS Identity and Access Management.

mod account;
mod boundaries;
mod common;
mod credentials;
mod details;
mod documents;
mod granting;
mod grants;
mod groups;
mod keys;
mod login;
pub mod managed;
pub(in crate::sandbox) mod mfa;
mod oidc;
mod pem;
mod policies;
mod profiles;
mod qr;
mod report;
mod roles;
mod saml;
mod server_certificates;
mod service_linked;
mod simulate;
mod state;
mod table;
mod tagging;
mod tags;
mod users;

pub use mfa::code as mfa_code;
pub use state::*;
pub use table::OPERATIONS;
pub use tags::{Case, Tags};

pub(in crate::sandbox) use documents::refused;

use crate::sandbox::operation::{Context, Input, Need};

/// The need of a creation, and the one to tag when tags come with it (Service Authorization
/// Reference: a dependent action).
fn tagging(need: Need, _: &Context<'_>, input: &Input, action: &'static str) -> Vec<Need> {
    if input.list("Tags").is_empty() {
        return vec![need];
    }
    // A request that makes a resource with tags has them as the resource's too (IAM User Guide,
    // `aws:ResourceTag`).
    let tags = Tags(input.tags("Tags"));
    let need = common::with_tags(need, Some(&tags));
    let mut tag = need.clone();
    tag.action = action.into();
    vec![need, tag]
}
