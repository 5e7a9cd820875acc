//! AWS CloudFormation: stacks and change sets, whose resources are really made.
//!
//! A nested stack is a stack of its own, made and changed in the name of whoever makes the stack around
//! it.
//!
//! Not supported, and refused by name: change sets of nested stacks, macros, stack sets, imports, drift,
//! notifications, hooks, and resource types outside
//! [`crate::template::types::all`].

mod change_sets;
mod deploy;
mod describe;
mod engine;
mod exports;
mod handlers;
mod lookup;
mod pace;
mod property_values;
mod rollback;
mod source;
mod stack_policy;
mod state;
mod templates;

pub use state::{ChangeSet, Event, OnFailure, Output, Plan, Resource, Stack, State};

use serde_json::Value;

use crate::sandbox::operation::{Context, Operation};

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CancelUpdateStack",
        members: &["StackName", "ClientRequestToken"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:CancelUpdateStack"),
        run: rollback::cancel,
    },
    Operation {
        name: "ContinueUpdateRollback",
        members: &[
            "StackName",
            "RoleARN",
            "ResourcesToSkip",
            "ClientRequestToken",
        ],
        needs: |ctx, input| rollback::needs(ctx, input, "cloudformation:ContinueUpdateRollback"),
        run: rollback::resume,
    },
    Operation {
        name: "CreateChangeSet",
        members: &[
            "StackName",
            "TemplateBody",
            "TemplateURL",
            "UsePreviousTemplate",
            "Parameters",
            "Capabilities",
            "RoleARN",
            "Tags",
            "ChangeSetName",
            "ClientToken",
            "Description",
            "ChangeSetType",
            "IncludeNestedStacks",
            "OnStackFailure",
            "ImportExistingResources",
            "NotificationARNs",
            "DeploymentConfig",
        ],
        needs: change_sets::needs_create,
        run: change_sets::create,
    },
    Operation {
        name: "CreateStack",
        members: &[
            "StackName",
            "TemplateBody",
            "TemplateURL",
            "Parameters",
            "DisableRollback",
            "TimeoutInMinutes",
            "Capabilities",
            "RoleARN",
            "OnFailure",
            "Tags",
            "StackPolicyBody",
            "StackPolicyURL",
            "ClientRequestToken",
            "EnableTerminationProtection",
            "RetainExceptOnCreate",
            "NotificationARNs",
            "DeploymentConfig",
        ],
        needs: deploy::needs_create,
        run: deploy::create,
    },
    Operation {
        name: "DeleteChangeSet",
        members: &["ChangeSetName", "StackName"],
        needs: |ctx, input| change_sets::needs(ctx, input, "cloudformation:DeleteChangeSet"),
        run: change_sets::delete,
    },
    Operation {
        name: "DeleteStack",
        members: &[
            "StackName",
            "RetainResources",
            "RoleARN",
            "ClientRequestToken",
            "DeploymentConfig",
        ],
        needs: deploy::needs_delete,
        run: deploy::delete,
    },
    Operation {
        name: "DescribeChangeSet",
        members: &[
            "ChangeSetName",
            "StackName",
            "NextToken",
            "IncludePropertyValues",
        ],
        needs: |ctx, input| change_sets::needs(ctx, input, "cloudformation:DescribeChangeSet"),
        run: change_sets::describe,
    },
    Operation {
        name: "DescribeStackEvents",
        members: &["StackName", "NextToken"],
        needs: |ctx, input| {
            lookup::needs_any_version(ctx, input, "cloudformation:DescribeStackEvents")
        },
        run: describe::events,
    },
    Operation {
        name: "DescribeStackResource",
        members: &["StackName", "LogicalResourceId"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:DescribeStackResource"),
        run: describe::resource,
    },
    Operation {
        name: "DescribeStackResources",
        members: &["StackName", "LogicalResourceId", "PhysicalResourceId"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:DescribeStackResources"),
        run: describe::resources,
    },
    Operation {
        name: "DescribeStacks",
        members: &["StackName", "NextToken"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:DescribeStacks"),
        run: describe::stacks,
    },
    Operation {
        name: "ExecuteChangeSet",
        members: &[
            "ChangeSetName",
            "StackName",
            "ClientRequestToken",
            "DisableRollback",
            "RetainExceptOnCreate",
        ],
        needs: |ctx, input| change_sets::needs(ctx, input, "cloudformation:ExecuteChangeSet"),
        run: change_sets::execute,
    },
    Operation {
        name: "GetStackPolicy",
        members: &["StackName"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:GetStackPolicy"),
        run: stack_policy::get,
    },
    Operation {
        name: "GetTemplate",
        members: &["StackName", "ChangeSetName", "TemplateStage"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:GetTemplate"),
        run: templates::get,
    },
    Operation {
        name: "GetTemplateSummary",
        members: &["TemplateBody", "TemplateURL", "StackName"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:GetTemplateSummary"),
        run: templates::summary,
    },
    Operation {
        name: "ListChangeSets",
        members: &["StackName", "NextToken"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:ListChangeSets"),
        run: change_sets::list,
    },
    Operation {
        name: "ListExports",
        members: &["NextToken"],
        needs: |_, _| lookup::needs_nothing_named("cloudformation:ListExports"),
        run: exports::list,
    },
    Operation {
        name: "ListImports",
        members: &["ExportName", "NextToken"],
        needs: |_, _| lookup::needs_nothing_named("cloudformation:ListImports"),
        run: exports::imports,
    },
    Operation {
        name: "ListStackResources",
        members: &["StackName", "NextToken"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:ListStackResources"),
        run: describe::list_resources,
    },
    Operation {
        name: "ListStacks",
        members: &["NextToken", "StackStatusFilter"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:ListStacks"),
        run: describe::list,
    },
    Operation {
        name: "RollbackStack",
        members: &[
            "StackName",
            "RoleARN",
            "ClientRequestToken",
            "RetainExceptOnCreate",
        ],
        needs: |ctx, input| rollback::needs(ctx, input, "cloudformation:RollbackStack"),
        run: rollback::roll_back,
    },
    Operation {
        name: "SetStackPolicy",
        members: &["StackName", "StackPolicyBody", "StackPolicyURL"],
        needs: |ctx, input| {
            let needs = lookup::needs(ctx, input, "cloudformation:SetStackPolicy")?;
            Ok(lookup::with_urls(needs, input))
        },
        run: stack_policy::set,
    },
    Operation {
        name: "UpdateStack",
        members: &[
            "StackName",
            "TemplateBody",
            "TemplateURL",
            "UsePreviousTemplate",
            "StackPolicyDuringUpdateBody",
            "StackPolicyDuringUpdateURL",
            "StackPolicyBody",
            "StackPolicyURL",
            "Parameters",
            "Capabilities",
            "RoleARN",
            "Tags",
            "DisableRollback",
            "ClientRequestToken",
            "RetainExceptOnCreate",
            "NotificationARNs",
            "DeploymentConfig",
        ],
        needs: deploy::needs_update,
        run: deploy::update,
    },
    Operation {
        name: "UpdateTerminationProtection",
        members: &["StackName", "EnableTerminationProtection"],
        needs: |ctx, input| lookup::needs(ctx, input, "cloudformation:UpdateTerminationProtection"),
        run: deploy::protect,
    },
    Operation {
        name: "ValidateTemplate",
        members: &["TemplateBody", "TemplateURL"],
        needs: |_, _| lookup::needs_nothing_named("cloudformation:ValidateTemplate"),
        run: templates::validate,
    },
];

/// Does work that was scheduled earlier.
pub fn job(context: &mut Context<'_>, detail: &Value) {
    if let Ok(step) = serde_json::from_value::<engine::Step>(detail.clone()) {
        engine::run(context, &step);
    }
}
