//! IAM: one entry per operation.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyIdentifier;
use serde_json::Value;

use super::input::{
    FromInput, Refusal, checked_structures, enumerations, incomplete, structure, structures,
};
use super::operations;

operations! { Client;
    AddClientIDToOpenIDConnectProvider add_client_id_to_open_id_connect_provider(
        set_open_id_connect_provider_arn, set_client_id);
    AddRoleToInstanceProfile add_role_to_instance_profile(set_instance_profile_name, set_role_name);
    AddUserToGroup add_user_to_group(set_group_name, set_user_name);
    AttachGroupPolicy attach_group_policy(set_group_name, set_policy_arn);
    AttachRolePolicy attach_role_policy(set_role_name, set_policy_arn);
    AttachUserPolicy attach_user_policy(set_user_name, set_policy_arn);
    ChangePassword change_password(set_old_password, set_new_password);
    CreateAccessKey create_access_key(set_user_name);
    CreateAccountAlias create_account_alias(set_account_alias);
    CreateGroup create_group(set_path, set_group_name);
    CreateInstanceProfile create_instance_profile(set_instance_profile_name, set_path, set_tags);
    CreateLoginProfile create_login_profile(
        set_user_name, set_password, set_password_reset_required);
    CreateOpenIDConnectProvider create_open_id_connect_provider(
        set_url, set_client_id_list, set_thumbprint_list, set_tags);
    CreatePolicy create_policy(
        set_policy_name, set_path, set_policy_document, set_description, set_tags);
    CreatePolicyVersion create_policy_version(
        set_policy_arn, set_policy_document, set_set_as_default);
    CreateRole create_role(
        set_path, set_role_name, set_assume_role_policy_document, set_description,
        set_max_session_duration, set_permissions_boundary, set_tags);
    CreateSAMLProvider create_saml_provider(
        set_saml_metadata_document, set_name, set_tags, set_assertion_encryption_mode,
        set_add_private_key);
    CreateServiceLinkedRole create_service_linked_role(
        set_aws_service_name, set_description, set_custom_suffix);
    CreateServiceSpecificCredential create_service_specific_credential(
        set_user_name, set_service_name, set_credential_age_days);
    CreateUser create_user(set_path, set_user_name, set_permissions_boundary, set_tags);
    CreateVirtualMFADevice create_virtual_mfa_device(
        set_path, set_virtual_mfa_device_name, set_tags);
    DeactivateMFADevice deactivate_mfa_device(set_user_name, set_serial_number);
    DeleteAccessKey delete_access_key(set_user_name, set_access_key_id);
    DeleteAccountAlias delete_account_alias(set_account_alias);
    DeleteAccountPasswordPolicy delete_account_password_policy();
    DeleteGroup delete_group(set_group_name);
    DeleteGroupPolicy delete_group_policy(set_group_name, set_policy_name);
    DeleteInstanceProfile delete_instance_profile(set_instance_profile_name);
    DeleteLoginProfile delete_login_profile(set_user_name);
    DeleteOpenIDConnectProvider delete_open_id_connect_provider(set_open_id_connect_provider_arn);
    DeletePolicy delete_policy(set_policy_arn);
    DeletePolicyVersion delete_policy_version(set_policy_arn, set_version_id);
    DeleteRole delete_role(set_role_name);
    DeleteRolePermissionsBoundary delete_role_permissions_boundary(set_role_name);
    DeleteRolePolicy delete_role_policy(set_role_name, set_policy_name);
    DeleteSAMLProvider delete_saml_provider(set_saml_provider_arn);
    DeleteSSHPublicKey delete_ssh_public_key(set_user_name, set_ssh_public_key_id);
    DeleteServerCertificate delete_server_certificate(set_server_certificate_name);
    DeleteServiceLinkedRole delete_service_linked_role(set_role_name);
    DeleteServiceSpecificCredential delete_service_specific_credential(
        set_user_name, set_service_specific_credential_id);
    DeleteSigningCertificate delete_signing_certificate(set_user_name, set_certificate_id);
    DeleteUser delete_user(set_user_name);
    DeleteUserPermissionsBoundary delete_user_permissions_boundary(set_user_name);
    DeleteUserPolicy delete_user_policy(set_user_name, set_policy_name);
    DeleteVirtualMFADevice delete_virtual_mfa_device(set_serial_number);
    DetachGroupPolicy detach_group_policy(set_group_name, set_policy_arn);
    DetachRolePolicy detach_role_policy(set_role_name, set_policy_arn);
    DetachUserPolicy detach_user_policy(set_user_name, set_policy_arn);
    DisableOrganizationsRootCredentialsManagement disable_organizations_root_credentials_management(
);
    DisableOrganizationsRootSessions disable_organizations_root_sessions();
    DisableOutboundWebIdentityFederation disable_outbound_web_identity_federation();
    EnableMFADevice enable_mfa_device(
        set_user_name, set_serial_number, set_authentication_code1, set_authentication_code2);
    EnableOrganizationsRootCredentialsManagement enable_organizations_root_credentials_management();
    EnableOrganizationsRootSessions enable_organizations_root_sessions();
    EnableOutboundWebIdentityFederation enable_outbound_web_identity_federation();
    GenerateCredentialReport generate_credential_report();
    GenerateOrganizationsAccessReport generate_organizations_access_report(
        set_entity_path, set_organizations_policy_id);
    GenerateServiceLastAccessedDetails generate_service_last_accessed_details(
        set_arn, set_granularity);
    GetAccessKeyLastUsed get_access_key_last_used(set_access_key_id);
    GetAccountAuthorizationDetails get_account_authorization_details(
        set_filter, set_max_items, set_marker);
    GetAccountPasswordPolicy get_account_password_policy();
    GetAccountSummary get_account_summary();
    GetContextKeysForCustomPolicy get_context_keys_for_custom_policy(set_policy_input_list);
    GetContextKeysForPrincipalPolicy get_context_keys_for_principal_policy(
        set_policy_source_arn, set_policy_input_list);
    GetCredentialReport get_credential_report();
    GetGroup get_group(set_group_name, set_marker, set_max_items);
    GetGroupPolicy get_group_policy(set_group_name, set_policy_name);
    GetInstanceProfile get_instance_profile(set_instance_profile_name);
    GetLoginProfile get_login_profile(set_user_name);
    GetMFADevice get_mfa_device(set_serial_number, set_user_name);
    GetOpenIDConnectProvider get_open_id_connect_provider(set_open_id_connect_provider_arn);
    GetOrganizationsAccessReport get_organizations_access_report(
        set_job_id, set_max_items, set_marker, set_sort_key);
    GetOutboundWebIdentityFederationInfo get_outbound_web_identity_federation_info();
    GetPolicy get_policy(set_policy_arn);
    GetPolicyVersion get_policy_version(set_policy_arn, set_version_id);
    GetRole get_role(set_role_name);
    GetRolePolicy get_role_policy(set_role_name, set_policy_name);
    GetSAMLProvider get_saml_provider(set_saml_provider_arn);
    GetSSHPublicKey get_ssh_public_key(set_user_name, set_ssh_public_key_id, set_encoding);
    GetServerCertificate get_server_certificate(set_server_certificate_name);
    GetServiceLastAccessedDetails get_service_last_accessed_details(
        set_job_id, set_max_items, set_marker);
    GetServiceLastAccessedDetailsWithEntities get_service_last_accessed_details_with_entities(
        set_job_id, set_service_namespace, set_max_items, set_marker);
    GetServiceLinkedRoleDeletionStatus get_service_linked_role_deletion_status(
        set_deletion_task_id);
    GetUser get_user(set_user_name);
    GetUserPolicy get_user_policy(set_user_name, set_policy_name);
    ListAccessKeys list_access_keys(set_user_name, set_marker, set_max_items);
    ListAccountAliases list_account_aliases(set_marker, set_max_items);
    ListAttachedGroupPolicies list_attached_group_policies(
        set_group_name, set_path_prefix, set_marker, set_max_items);
    ListAttachedRolePolicies list_attached_role_policies(
        set_role_name, set_path_prefix, set_marker, set_max_items);
    ListAttachedUserPolicies list_attached_user_policies(
        set_user_name, set_path_prefix, set_marker, set_max_items);
    ListEntitiesForPolicy list_entities_for_policy(
        set_policy_arn, set_entity_filter, set_path_prefix, set_policy_usage_filter, set_marker,
        set_max_items);
    ListGroupPolicies list_group_policies(set_group_name, set_marker, set_max_items);
    ListGroups list_groups(set_path_prefix, set_marker, set_max_items);
    ListGroupsForUser list_groups_for_user(set_user_name, set_marker, set_max_items);
    ListInstanceProfileTags list_instance_profile_tags(
        set_instance_profile_name, set_marker, set_max_items);
    ListInstanceProfiles list_instance_profiles(set_path_prefix, set_marker, set_max_items);
    ListInstanceProfilesForRole list_instance_profiles_for_role(
        set_role_name, set_marker, set_max_items);
    ListMFADeviceTags list_mfa_device_tags(set_serial_number, set_marker, set_max_items);
    ListMFADevices list_mfa_devices(set_user_name, set_marker, set_max_items);
    ListOpenIDConnectProviderTags list_open_id_connect_provider_tags(
        set_open_id_connect_provider_arn, set_marker, set_max_items);
    ListOpenIDConnectProviders list_open_id_connect_providers();
    ListOrganizationsFeatures list_organizations_features();
    ListPolicies list_policies(
        set_scope, set_only_attached, set_path_prefix, set_policy_usage_filter, set_marker,
        set_max_items);
    ListPoliciesGrantingServiceAccess list_policies_granting_service_access(
        set_marker, set_arn, set_service_namespaces);
    ListPolicyTags list_policy_tags(set_policy_arn, set_marker, set_max_items);
    ListPolicyVersions list_policy_versions(set_policy_arn, set_marker, set_max_items);
    ListRolePolicies list_role_policies(set_role_name, set_marker, set_max_items);
    ListRoleTags list_role_tags(set_role_name, set_marker, set_max_items);
    ListRoles list_roles(set_path_prefix, set_marker, set_max_items);
    ListSAMLProviderTags list_saml_provider_tags(set_saml_provider_arn, set_marker, set_max_items);
    ListSAMLProviders list_saml_providers();
    ListSSHPublicKeys list_ssh_public_keys(set_user_name, set_marker, set_max_items);
    ListServerCertificateTags list_server_certificate_tags(
        set_server_certificate_name, set_marker, set_max_items);
    ListServerCertificates list_server_certificates(set_path_prefix, set_marker, set_max_items);
    ListServiceSpecificCredentials list_service_specific_credentials(
        set_user_name, set_service_name, set_all_users, set_marker, set_max_items);
    ListSigningCertificates list_signing_certificates(set_user_name, set_marker, set_max_items);
    ListUserPolicies list_user_policies(set_user_name, set_marker, set_max_items);
    ListUserTags list_user_tags(set_user_name, set_marker, set_max_items);
    ListUsers list_users(set_path_prefix, set_marker, set_max_items);
    ListVirtualMFADevices list_virtual_mfa_devices(
        set_assignment_status, set_marker, set_max_items);
    PutGroupPolicy put_group_policy(set_group_name, set_policy_name, set_policy_document);
    PutRolePermissionsBoundary put_role_permissions_boundary(
        set_role_name, set_permissions_boundary);
    PutRolePolicy put_role_policy(set_role_name, set_policy_name, set_policy_document);
    PutUserPermissionsBoundary put_user_permissions_boundary(
        set_user_name, set_permissions_boundary);
    PutUserPolicy put_user_policy(set_user_name, set_policy_name, set_policy_document);
    RemoveClientIDFromOpenIDConnectProvider remove_client_id_from_open_id_connect_provider(
        set_open_id_connect_provider_arn, set_client_id);
    RemoveRoleFromInstanceProfile remove_role_from_instance_profile(
        set_instance_profile_name, set_role_name);
    RemoveUserFromGroup remove_user_from_group(set_group_name, set_user_name);
    ResetServiceSpecificCredential reset_service_specific_credential(
        set_user_name, set_service_specific_credential_id);
    ResyncMFADevice resync_mfa_device(
        set_user_name, set_serial_number, set_authentication_code1, set_authentication_code2);
    SetDefaultPolicyVersion set_default_policy_version(set_policy_arn, set_version_id);
    SetSecurityTokenServicePreferences set_security_token_service_preferences(
        set_global_endpoint_token_version);
    SimulateCustomPolicy simulate_custom_policy(
        set_policy_input_list, set_permissions_boundary_policy_input_list,
        set_ordered_organization_policy_input_list, set_action_names, set_resource_arns,
        set_resource_policy, set_resource_owner, set_caller_arn, set_context_entries,
        set_resource_handling_option, set_max_items, set_marker);
    SimulatePrincipalPolicy simulate_principal_policy(
        set_policy_source_arn, set_policy_input_list, set_permissions_boundary_policy_input_list,
        set_policy_exclusion_list, set_action_names, set_resource_arns, set_resource_policy,
        set_resource_owner, set_caller_arn, set_context_entries, set_resource_handling_option,
        set_max_items, set_marker);
    TagInstanceProfile tag_instance_profile(set_instance_profile_name, set_tags);
    TagMFADevice tag_mfa_device(set_serial_number, set_tags);
    TagOpenIDConnectProvider tag_open_id_connect_provider(
        set_open_id_connect_provider_arn, set_tags);
    TagPolicy tag_policy(set_policy_arn, set_tags);
    TagRole tag_role(set_role_name, set_tags);
    TagSAMLProvider tag_saml_provider(set_saml_provider_arn, set_tags);
    TagServerCertificate tag_server_certificate(set_server_certificate_name, set_tags);
    TagUser tag_user(set_user_name, set_tags);
    UntagInstanceProfile untag_instance_profile(set_instance_profile_name, set_tag_keys);
    UntagMFADevice untag_mfa_device(set_serial_number, set_tag_keys);
    UntagOpenIDConnectProvider untag_open_id_connect_provider(
        set_open_id_connect_provider_arn, set_tag_keys);
    UntagPolicy untag_policy(set_policy_arn, set_tag_keys);
    UntagRole untag_role(set_role_name, set_tag_keys);
    UntagSAMLProvider untag_saml_provider(set_saml_provider_arn, set_tag_keys);
    UntagServerCertificate untag_server_certificate(set_server_certificate_name, set_tag_keys);
    UntagUser untag_user(set_user_name, set_tag_keys);
    UpdateAccessKey update_access_key(set_user_name, set_access_key_id, set_status);
    UpdateAccountPasswordPolicy update_account_password_policy(
        set_minimum_password_length, set_require_symbols, set_require_numbers,
        set_require_uppercase_characters, set_require_lowercase_characters,
        set_allow_users_to_change_password, set_max_password_age, set_password_reuse_prevention,
        set_hard_expiry);
    UpdateAssumeRolePolicy update_assume_role_policy(set_role_name, set_policy_document);
    UpdateGroup update_group(set_group_name, set_new_path, set_new_group_name);
    UpdateLoginProfile update_login_profile(
        set_user_name, set_password, set_password_reset_required);
    UpdateOpenIDConnectProviderThumbprint update_open_id_connect_provider_thumbprint(
        set_open_id_connect_provider_arn, set_thumbprint_list);
    UpdateRole update_role(set_role_name, set_description, set_max_session_duration);
    UpdateRoleDescription update_role_description(set_role_name, set_description);
    UpdateSAMLProvider update_saml_provider(
        set_saml_metadata_document, set_saml_provider_arn, set_assertion_encryption_mode,
        set_add_private_key, set_remove_private_key);
    UpdateSSHPublicKey update_ssh_public_key(set_user_name, set_ssh_public_key_id, set_status);
    UpdateServerCertificate update_server_certificate(
        set_server_certificate_name, set_new_path, set_new_server_certificate_name);
    UpdateServiceSpecificCredential update_service_specific_credential(
        set_user_name, set_service_specific_credential_id, set_status);
    UpdateSigningCertificate update_signing_certificate(
        set_user_name, set_certificate_id, set_status);
    UpdateUser update_user(set_user_name, set_new_path, set_new_user_name);
    UploadSSHPublicKey upload_ssh_public_key(set_user_name, set_ssh_public_key_body);
    UploadServerCertificate upload_server_certificate(
        set_path, set_server_certificate_name, set_certificate_body, set_private_key,
        set_certificate_chain, set_tags);
    UploadSigningCertificate upload_signing_certificate(set_user_name, set_certificate_body);
}

enumerations! { aws_sdk_iam::types;
    AttachmentType, PolicyIdentifierPolicyType,
    AccessAdvisorUsageGranularityType, AssertionEncryptionModeType, AssignmentStatusType,
    ContextKeyTypeEnum, EncodingType, EntityType, GlobalEndpointTokenVersion, PolicyScopeType,
    PolicyUsageType, SortKeyType, StatusType
}

structures! { aws_sdk_iam::types;
    ContextEntry { set_context_key_name, set_context_key_values, set_context_key_type }
    OrderedOrganizationPolicyType { set_service_control_policy_input_list }
}

checked_structures! { aws_sdk_iam::types;
    InlinePolicyIdentifierType { set_policy_name, set_attachment_type, set_attachment_name }
    Tag { set_key, set_value }
}

/// A union: exactly one of its members is given.
impl FromInput for PolicyIdentifier {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        const SETTERS: [&str; 3] = [
            "set_policy_type",
            "set_policy_arn",
            "set_inline_policy_identifier",
        ];
        let [kind, arn, inline] = SETTERS;
        let mut input = structure(value, "PolicyIdentifier", &SETTERS)?;
        let given = [
            input.take(kind).map(Self::PolicyType),
            input.take(arn).map(Self::PolicyArn),
            input.take(inline).map(Self::InlinePolicyIdentifier),
        ];
        input.taken()?;
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(incomplete(&"PolicyIdentifier takes exactly one member")),
        }
    }
}
