//! What the CDK puts into its templates.

use super::{ResourceType, Shape, optional};

/// The construct library of a template, for AWS's statistics (CDK Guide, "Version reporting"). Version 1
/// says it in `Modules`.
pub(super) const TYPES: &[ResourceType] = &[ResourceType {
    name: "AWS::CDK::Metadata",
    properties: &[
        optional("Analytics", Shape::Text),
        optional("Modules", Shape::Text),
    ],
    unsupported: &[],
    attributes: &[],
    name_property: None,
}];
