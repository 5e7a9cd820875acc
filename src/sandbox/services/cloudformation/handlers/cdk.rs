//! What the CDK says of itself in its templates.

use super::{Handler, Made, Outcome, Properties, Site};
use crate::sandbox::operation::Context;

pub(super) struct Metadata;

impl Handler for Metadata {
    /// Nothing is made. Its id is the last part of the stack's, as `describe-stack-resources` shows on AWS
    /// (Amazon Genomics CLI, "IAM Permissions").
    fn make(&self, _: &mut Context<'_>, site: Site<'_>, _: &Properties) -> Outcome<Made> {
        let id = site.stack_id.rsplit('/').next().unwrap_or_default();
        Ok(Made {
            physical_id: id.to_owned(),
            ..Made::default()
        })
    }
}
