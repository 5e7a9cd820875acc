//! CloudFormation: one entry per operation.

use aws_sdk_cloudformation::Client;

use super::input::{enumerations, structures};
use super::operations;

operations! { Client;
    CancelUpdateStack cancel_update_stack(set_stack_name, set_client_request_token);
    ContinueUpdateRollback continue_update_rollback(
        set_stack_name, set_role_arn, set_resources_to_skip, set_client_request_token,
        set_force_rollback);
    CreateChangeSet create_change_set(
        set_stack_name, set_template_body, set_template_url, set_use_previous_template,
        set_parameters, set_capabilities, set_resource_types, set_role_arn,
        set_rollback_configuration, set_notification_arns, set_tags, set_change_set_name,
        set_client_token, set_description, set_change_set_type, set_resources_to_import,
        set_include_nested_stacks, set_on_stack_failure, set_import_existing_resources,
        set_deployment_mode, set_deployment_config, set_disable_validation);
    CreateStack create_stack(
        set_stack_name, set_template_body, set_template_url, set_parameters, set_disable_rollback,
        set_rollback_configuration, set_timeout_in_minutes, set_notification_arns, set_capabilities,
        set_resource_types, set_role_arn, set_on_failure, set_stack_policy_body,
        set_stack_policy_url, set_tags, set_client_request_token, set_enable_termination_protection,
        set_retain_except_on_create, set_deployment_config, set_disable_validation);
    DeleteChangeSet delete_change_set(set_change_set_name, set_stack_name);
    DeleteStack delete_stack(
        set_stack_name, set_retain_resources, set_role_arn, set_client_request_token,
        set_deletion_mode, set_deployment_config);
    DescribeAccountLimits describe_account_limits(set_next_token);
    DescribeChangeSet describe_change_set(
        set_change_set_name, set_stack_name, set_next_token, set_include_property_values);
    DescribeEvents describe_events(
        set_stack_name, set_change_set_name, set_operation_id, set_filters, set_next_token);
    DescribeStackDriftDetectionStatus describe_stack_drift_detection_status(
        set_stack_drift_detection_id);
    DescribeStackEvents describe_stack_events(set_stack_name, set_next_token);
    DescribeStackResource describe_stack_resource(set_stack_name, set_logical_resource_id);
    DescribeStackResourceDrifts describe_stack_resource_drifts(
        set_stack_name, set_stack_resource_drift_status_filters, set_next_token, set_max_results);
    DescribeStackResources describe_stack_resources(
        set_stack_name, set_logical_resource_id, set_physical_resource_id);
    DescribeStacks describe_stacks(set_stack_name, set_next_token);
    DetectStackDrift detect_stack_drift(set_stack_name, set_logical_resource_ids);
    DetectStackResourceDrift detect_stack_resource_drift(set_stack_name, set_logical_resource_id);
    EstimateTemplateCost estimate_template_cost(
        set_template_body, set_template_url, set_parameters);
    ExecuteChangeSet execute_change_set(
        set_change_set_name, set_stack_name, set_client_request_token, set_disable_rollback,
        set_retain_except_on_create);
    GetStackPolicy get_stack_policy(set_stack_name);
    GetTemplate get_template(set_stack_name, set_change_set_name, set_template_stage);
    GetTemplateSummary get_template_summary(
        set_template_body, set_template_url, set_stack_name, set_stack_set_name, set_call_as,
        set_template_summary_config);
    ListChangeSets list_change_sets(set_stack_name, set_next_token);
    ListExports list_exports(set_next_token);
    ListImports list_imports(set_export_name, set_next_token);
    ListStackResources list_stack_resources(set_stack_name, set_next_token);
    ListStacks list_stacks(set_next_token, set_stack_status_filter);
    RollbackStack rollback_stack(
        set_stack_name, set_role_arn, set_client_request_token, set_retain_except_on_create,
        set_deployment_config);
    SetStackPolicy set_stack_policy(set_stack_name, set_stack_policy_body, set_stack_policy_url);
    SignalResource signal_resource(
        set_stack_name, set_logical_resource_id, set_unique_id, set_status);
    UpdateStack update_stack(
        set_stack_name, set_template_body, set_template_url, set_use_previous_template,
        set_stack_policy_during_update_body, set_stack_policy_during_update_url, set_parameters,
        set_capabilities, set_resource_types, set_role_arn, set_rollback_configuration,
        set_stack_policy_body, set_stack_policy_url, set_notification_arns, set_tags,
        set_disable_rollback, set_client_request_token, set_retain_except_on_create,
        set_deployment_config, set_disable_validation);
    UpdateTerminationProtection update_termination_protection(
        set_enable_termination_protection, set_stack_name);
    ValidateTemplate validate_template(set_template_body, set_template_url);
}

enumerations! { aws_sdk_cloudformation::types;
    CallAs, Capability, ChangeSetType, DeletionMode, DeploymentConfigMode, DeploymentMode,
    OnFailure, OnStackFailure, ResourceSignalStatus, StackResourceDriftStatus, StackStatus,
    TemplateStage
}

structures! { aws_sdk_cloudformation::types;
    DeploymentConfig { set_mode, set_disable_rollback }
    EventFilter { set_failed_events }
    Parameter { set_parameter_key, set_parameter_value, set_use_previous_value, set_resolved_value }
    ResourceToImport { set_resource_type, set_logical_resource_id, set_resource_identifier }
    RollbackConfiguration { set_rollback_triggers, set_monitoring_time_in_minutes }
    RollbackTrigger { set_arn, set_type }
    Tag { set_key, set_value }
    TemplateSummaryConfig { set_treat_unrecognized_resource_types_as_warnings }
}
