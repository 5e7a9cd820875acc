//! CloudFormation's own resource types.

use super::{ResourceType, Shape, TAGS, optional, required};

pub(super) const TYPES: &[ResourceType] = &[ResourceType {
    name: "AWS::CloudFormation::Stack",
    properties: &[
        optional("Parameters", Shape::Map),
        TAGS,
        required("TemplateURL", Shape::Text),
        optional("TimeoutInMinutes", Shape::Integer),
    ],
    unsupported: &["NotificationARNs"],
    attributes: &["Outputs.*"],
    name_property: None,
}];
