//! The table of IAM's operations.

use super::common::{Kind, on_all, on_group, on_path, on_role, on_user};
use super::tagging::Tagged;
use super::{
    account, boundaries, details, grants, groups, keys, login, mfa, oidc, policies, profiles,
    report, roles, service_linked, simulate, tagging, users,
};
use crate::sandbox::operation::Operation;

/// A row: name, members, needs for the action of that name, handler.
macro_rules! op {
    ($name:literal, [$($member:literal),*], $needs:expr, $run:expr) => {
        Operation {
            name: $name,
            members: &[$($member),*],
            needs: |context, input| ($needs)(context, input, concat!("iam:", $name)),
            run: $run,
        }
    };
}

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[
    op!(
        "CreateUser",
        ["Path", "UserName", "PermissionsBoundary", "Tags"],
        users::need_create,
        users::create
    ),
    op!("GetUser", ["UserName"], users::need_get, users::get),
    op!(
        "ListUsers",
        ["PathPrefix", "Marker", "MaxItems"],
        |c, i, a| on_path(c, i, a, "user"),
        users::list
    ),
    op!(
        "UpdateUser",
        ["UserName", "NewPath", "NewUserName"],
        users::need_update,
        users::update
    ),
    op!("DeleteUser", ["UserName"], on_user, users::delete),
    op!("CreateAccessKey", ["UserName"], on_user, keys::create),
    op!(
        "ListAccessKeys",
        ["UserName", "Marker", "MaxItems"],
        on_user,
        keys::list
    ),
    op!(
        "UpdateAccessKey",
        ["UserName", "AccessKeyId", "Status"],
        on_user,
        keys::update
    ),
    op!(
        "DeleteAccessKey",
        ["UserName", "AccessKeyId"],
        on_user,
        keys::delete
    ),
    op!(
        "GetAccessKeyLastUsed",
        ["AccessKeyId"],
        keys::need_last_used,
        keys::last_used
    ),
    op!(
        "PutUserPolicy",
        ["UserName", "PolicyName", "PolicyDocument"],
        on_user,
        |c, i| grants::put(c, i, Kind::User)
    ),
    op!(
        "GetUserPolicy",
        ["UserName", "PolicyName"],
        on_user,
        |c, i| grants::get(c, i, Kind::User)
    ),
    op!(
        "ListUserPolicies",
        ["UserName", "Marker", "MaxItems"],
        on_user,
        |c, i| grants::list(c, i, Kind::User)
    ),
    op!(
        "DeleteUserPolicy",
        ["UserName", "PolicyName"],
        on_user,
        |c, i| grants::delete(c, i, Kind::User)
    ),
    op!(
        "AttachUserPolicy",
        ["UserName", "PolicyArn"],
        |c, i, a| grants::need_attach(c, i, Kind::User, a),
        |c, i| grants::attach(c, i, Kind::User)
    ),
    op!(
        "DetachUserPolicy",
        ["UserName", "PolicyArn"],
        |c, i, a| grants::need_attach(c, i, Kind::User, a),
        |c, i| grants::detach(c, i, Kind::User)
    ),
    op!(
        "ListAttachedUserPolicies",
        ["UserName", "PathPrefix", "Marker", "MaxItems"],
        on_user,
        |c, i| grants::list_attached(c, i, Kind::User)
    ),
    op!(
        "PutGroupPolicy",
        ["GroupName", "PolicyName", "PolicyDocument"],
        on_group,
        |c, i| grants::put(c, i, Kind::Group)
    ),
    op!(
        "GetGroupPolicy",
        ["GroupName", "PolicyName"],
        on_group,
        |c, i| grants::get(c, i, Kind::Group)
    ),
    op!(
        "ListGroupPolicies",
        ["GroupName", "Marker", "MaxItems"],
        on_group,
        |c, i| grants::list(c, i, Kind::Group)
    ),
    op!(
        "DeleteGroupPolicy",
        ["GroupName", "PolicyName"],
        on_group,
        |c, i| grants::delete(c, i, Kind::Group)
    ),
    op!(
        "AttachGroupPolicy",
        ["GroupName", "PolicyArn"],
        |c, i, a| grants::need_attach(c, i, Kind::Group, a),
        |c, i| grants::attach(c, i, Kind::Group)
    ),
    op!(
        "DetachGroupPolicy",
        ["GroupName", "PolicyArn"],
        |c, i, a| grants::need_attach(c, i, Kind::Group, a),
        |c, i| grants::detach(c, i, Kind::Group)
    ),
    op!(
        "ListAttachedGroupPolicies",
        ["GroupName", "PathPrefix", "Marker", "MaxItems"],
        on_group,
        |c, i| grants::list_attached(c, i, Kind::Group)
    ),
    op!(
        "PutRolePolicy",
        ["RoleName", "PolicyName", "PolicyDocument"],
        on_role,
        |c, i| grants::put(c, i, Kind::Role)
    ),
    op!(
        "GetRolePolicy",
        ["RoleName", "PolicyName"],
        on_role,
        |c, i| grants::get(c, i, Kind::Role)
    ),
    op!(
        "ListRolePolicies",
        ["RoleName", "Marker", "MaxItems"],
        on_role,
        |c, i| grants::list(c, i, Kind::Role)
    ),
    op!(
        "DeleteRolePolicy",
        ["RoleName", "PolicyName"],
        on_role,
        |c, i| grants::delete(c, i, Kind::Role)
    ),
    op!(
        "AttachRolePolicy",
        ["RoleName", "PolicyArn"],
        |c, i, a| grants::need_attach(c, i, Kind::Role, a),
        |c, i| grants::attach(c, i, Kind::Role)
    ),
    op!(
        "DetachRolePolicy",
        ["RoleName", "PolicyArn"],
        |c, i, a| grants::need_attach(c, i, Kind::Role, a),
        |c, i| grants::detach(c, i, Kind::Role)
    ),
    op!(
        "ListAttachedRolePolicies",
        ["RoleName", "PathPrefix", "Marker", "MaxItems"],
        on_role,
        |c, i| grants::list_attached(c, i, Kind::Role)
    ),
    op!(
        "PutUserPermissionsBoundary",
        ["UserName", "PermissionsBoundary"],
        |c, i, a| boundaries::need_put(c, i, Kind::User, a),
        |c, i| boundaries::put(c, i, Kind::User)
    ),
    op!(
        "DeleteUserPermissionsBoundary",
        ["UserName"],
        on_user,
        |c, i| boundaries::delete(c, i, Kind::User)
    ),
    op!(
        "PutRolePermissionsBoundary",
        ["RoleName", "PermissionsBoundary"],
        |c, i, a| boundaries::need_put(c, i, Kind::Role, a),
        |c, i| boundaries::put(c, i, Kind::Role)
    ),
    op!(
        "DeleteRolePermissionsBoundary",
        ["RoleName"],
        on_role,
        |c, i| boundaries::delete(c, i, Kind::Role)
    ),
    op!(
        "CreateGroup",
        ["Path", "GroupName"],
        groups::need_create,
        groups::create
    ),
    op!(
        "GetGroup",
        ["GroupName", "Marker", "MaxItems"],
        on_group,
        groups::get
    ),
    op!(
        "ListGroups",
        ["PathPrefix", "Marker", "MaxItems"],
        |c, i, a| on_path(c, i, a, "group"),
        groups::list
    ),
    op!(
        "ListGroupsForUser",
        ["UserName", "Marker", "MaxItems"],
        on_user,
        groups::list_for_user
    ),
    op!(
        "UpdateGroup",
        ["GroupName", "NewPath", "NewGroupName"],
        groups::need_update,
        groups::update
    ),
    op!("DeleteGroup", ["GroupName"], on_group, groups::delete),
    op!(
        "AddUserToGroup",
        ["GroupName", "UserName"],
        on_group,
        groups::add_user
    ),
    op!(
        "RemoveUserFromGroup",
        ["GroupName", "UserName"],
        on_group,
        groups::remove_user
    ),
    op!(
        "CreateRole",
        [
            "Path",
            "RoleName",
            "AssumeRolePolicyDocument",
            "Description",
            "MaxSessionDuration",
            "PermissionsBoundary",
            "Tags"
        ],
        roles::need_create,
        roles::create
    ),
    op!("GetRole", ["RoleName"], on_role, roles::get),
    op!(
        "ListRoles",
        ["PathPrefix", "Marker", "MaxItems"],
        |c, i, a| on_path(c, i, a, "role"),
        roles::list
    ),
    op!(
        "UpdateRole",
        ["RoleName", "Description", "MaxSessionDuration"],
        on_role,
        roles::update
    ),
    op!(
        "UpdateRoleDescription",
        ["RoleName", "Description"],
        on_role,
        roles::update_description
    ),
    op!(
        "UpdateAssumeRolePolicy",
        ["RoleName", "PolicyDocument"],
        on_role,
        roles::update_trust
    ),
    op!("DeleteRole", ["RoleName"], on_role, roles::delete),
    op!(
        "CreateServiceLinkedRole",
        ["AWSServiceName", "Description", "CustomSuffix"],
        service_linked::need_create,
        service_linked::create
    ),
    op!(
        "DeleteServiceLinkedRole",
        ["RoleName"],
        on_role,
        service_linked::delete
    ),
    op!(
        "GetServiceLinkedRoleDeletionStatus",
        ["DeletionTaskId"],
        service_linked::need_status,
        service_linked::status
    ),
    op!(
        "CreatePolicy",
        [
            "PolicyName",
            "Path",
            "PolicyDocument",
            "Description",
            "Tags"
        ],
        policies::need_create,
        policies::create
    ),
    op!(
        "GetPolicy",
        ["PolicyArn"],
        policies::on_policy,
        policies::get
    ),
    op!(
        "DeletePolicy",
        ["PolicyArn"],
        policies::on_policy,
        policies::delete
    ),
    op!(
        "CreatePolicyVersion",
        ["PolicyArn", "PolicyDocument", "SetAsDefault"],
        policies::on_policy,
        policies::create_version
    ),
    op!(
        "GetPolicyVersion",
        ["PolicyArn", "VersionId"],
        policies::on_policy,
        policies::get_version
    ),
    op!(
        "ListPolicyVersions",
        ["PolicyArn", "Marker", "MaxItems"],
        policies::on_policy,
        policies::list_versions
    ),
    op!(
        "DeletePolicyVersion",
        ["PolicyArn", "VersionId"],
        policies::on_policy,
        policies::delete_version
    ),
    op!(
        "SetDefaultPolicyVersion",
        ["PolicyArn", "VersionId"],
        policies::on_policy,
        policies::set_default
    ),
    op!(
        "ListEntitiesForPolicy",
        [
            "PolicyArn",
            "EntityFilter",
            "PathPrefix",
            "PolicyUsageFilter",
            "Marker",
            "MaxItems"
        ],
        policies::on_policy,
        policies::list_entities
    ),
    op!(
        "ListPolicies",
        [
            "Scope",
            "OnlyAttached",
            "PolicyUsageFilter",
            "PathPrefix",
            "Marker",
            "MaxItems"
        ],
        policies::need_list,
        policies::list
    ),
    op!(
        "TagUser",
        ["UserName", "Tags"],
        |c, i, a| tagging::need(c, i, Tagged::User, a),
        |c, i| tagging::tag(c, i, Tagged::User)
    ),
    op!(
        "UntagUser",
        ["UserName", "TagKeys"],
        |c, i, a| tagging::need(c, i, Tagged::User, a),
        |c, i| tagging::untag(c, i, Tagged::User)
    ),
    op!(
        "ListUserTags",
        ["UserName", "Marker", "MaxItems"],
        |c, i, a| tagging::need(c, i, Tagged::User, a),
        |c, i| tagging::list(c, i, Tagged::User)
    ),
    op!(
        "TagRole",
        ["RoleName", "Tags"],
        |c, i, a| tagging::need(c, i, Tagged::Role, a),
        |c, i| tagging::tag(c, i, Tagged::Role)
    ),
    op!(
        "UntagRole",
        ["RoleName", "TagKeys"],
        |c, i, a| tagging::need(c, i, Tagged::Role, a),
        |c, i| tagging::untag(c, i, Tagged::Role)
    ),
    op!(
        "ListRoleTags",
        ["RoleName", "Marker", "MaxItems"],
        |c, i, a| tagging::need(c, i, Tagged::Role, a),
        |c, i| tagging::list(c, i, Tagged::Role)
    ),
    op!(
        "TagPolicy",
        ["PolicyArn", "Tags"],
        |c, i, a| tagging::need(c, i, Tagged::Policy, a),
        |c, i| tagging::tag(c, i, Tagged::Policy)
    ),
    op!(
        "UntagPolicy",
        ["PolicyArn", "TagKeys"],
        |c, i, a| tagging::need(c, i, Tagged::Policy, a),
        |c, i| tagging::untag(c, i, Tagged::Policy)
    ),
    op!(
        "ListPolicyTags",
        ["PolicyArn", "Marker", "MaxItems"],
        |c, i, a| tagging::need(c, i, Tagged::Policy, a),
        |c, i| tagging::list(c, i, Tagged::Policy)
    ),
    op!(
        "TagInstanceProfile",
        ["InstanceProfileName", "Tags"],
        |c, i, a| tagging::need(c, i, Tagged::Profile, a),
        |c, i| tagging::tag(c, i, Tagged::Profile)
    ),
    op!(
        "UntagInstanceProfile",
        ["InstanceProfileName", "TagKeys"],
        |c, i, a| tagging::need(c, i, Tagged::Profile, a),
        |c, i| tagging::untag(c, i, Tagged::Profile)
    ),
    op!(
        "ListInstanceProfileTags",
        ["InstanceProfileName", "Marker", "MaxItems"],
        |c, i, a| tagging::need(c, i, Tagged::Profile, a),
        |c, i| tagging::list(c, i, Tagged::Profile)
    ),
    op!(
        "TagMFADevice",
        ["SerialNumber", "Tags"],
        |c, i, a| tagging::need(c, i, Tagged::Mfa, a),
        |c, i| tagging::tag(c, i, Tagged::Mfa)
    ),
    op!(
        "UntagMFADevice",
        ["SerialNumber", "TagKeys"],
        |c, i, a| tagging::need(c, i, Tagged::Mfa, a),
        |c, i| tagging::untag(c, i, Tagged::Mfa)
    ),
    op!(
        "ListMFADeviceTags",
        ["SerialNumber", "Marker", "MaxItems"],
        |c, i, a| tagging::need(c, i, Tagged::Mfa, a),
        |c, i| tagging::list(c, i, Tagged::Mfa)
    ),
    op!(
        "TagOpenIDConnectProvider",
        ["OpenIDConnectProviderArn", "Tags"],
        |c, i, a| tagging::need(c, i, Tagged::Oidc, a),
        |c, i| tagging::tag(c, i, Tagged::Oidc)
    ),
    op!(
        "UntagOpenIDConnectProvider",
        ["OpenIDConnectProviderArn", "TagKeys"],
        |c, i, a| tagging::need(c, i, Tagged::Oidc, a),
        |c, i| tagging::untag(c, i, Tagged::Oidc)
    ),
    op!(
        "ListOpenIDConnectProviderTags",
        ["OpenIDConnectProviderArn", "Marker", "MaxItems"],
        |c, i, a| tagging::need(c, i, Tagged::Oidc, a),
        |c, i| tagging::list(c, i, Tagged::Oidc)
    ),
    op!(
        "CreateInstanceProfile",
        ["InstanceProfileName", "Path", "Tags"],
        profiles::need_create,
        profiles::create
    ),
    op!(
        "GetInstanceProfile",
        ["InstanceProfileName"],
        profiles::on_profile,
        profiles::get
    ),
    op!(
        "ListInstanceProfiles",
        ["PathPrefix", "Marker", "MaxItems"],
        |c, i, a| on_path(c, i, a, "instance-profile"),
        profiles::list
    ),
    op!(
        "ListInstanceProfilesForRole",
        ["RoleName", "Marker", "MaxItems"],
        on_role,
        profiles::list_for_role
    ),
    op!(
        "DeleteInstanceProfile",
        ["InstanceProfileName"],
        profiles::on_profile,
        profiles::delete
    ),
    op!(
        "AddRoleToInstanceProfile",
        ["InstanceProfileName", "RoleName"],
        profiles::need_add_role,
        profiles::add_role
    ),
    op!(
        "RemoveRoleFromInstanceProfile",
        ["InstanceProfileName", "RoleName"],
        profiles::on_profile,
        profiles::remove_role
    ),
    op!(
        "CreateLoginProfile",
        ["UserName", "Password", "PasswordResetRequired"],
        on_user,
        login::create
    ),
    op!("GetLoginProfile", ["UserName"], on_user, login::get),
    op!(
        "UpdateLoginProfile",
        ["UserName", "Password", "PasswordResetRequired"],
        on_user,
        login::update
    ),
    op!("DeleteLoginProfile", ["UserName"], on_user, login::delete),
    op!(
        "ChangePassword",
        ["OldPassword", "NewPassword"],
        on_user,
        login::change
    ),
    op!(
        "UpdateAccountPasswordPolicy",
        [
            "MinimumPasswordLength",
            "RequireSymbols",
            "RequireNumbers",
            "RequireUppercaseCharacters",
            "RequireLowercaseCharacters",
            "AllowUsersToChangePassword",
            "MaxPasswordAge",
            "PasswordReusePrevention",
            "HardExpiry"
        ],
        on_all,
        login::update_policy
    ),
    op!("GetAccountPasswordPolicy", [], on_all, login::get_policy),
    op!(
        "DeleteAccountPasswordPolicy",
        [],
        on_all,
        login::delete_policy
    ),
    op!(
        "CreateVirtualMFADevice",
        ["Path", "VirtualMFADeviceName", "Tags"],
        mfa::need_create,
        mfa::create
    ),
    op!(
        "EnableMFADevice",
        [
            "UserName",
            "SerialNumber",
            "AuthenticationCode1",
            "AuthenticationCode2"
        ],
        on_user,
        mfa::enable
    ),
    op!(
        "ResyncMFADevice",
        [
            "UserName",
            "SerialNumber",
            "AuthenticationCode1",
            "AuthenticationCode2"
        ],
        on_user,
        mfa::resync
    ),
    op!(
        "DeactivateMFADevice",
        ["UserName", "SerialNumber"],
        on_user,
        mfa::deactivate
    ),
    op!(
        "DeleteVirtualMFADevice",
        ["SerialNumber"],
        mfa::on_device,
        mfa::delete
    ),
    op!(
        "GetMFADevice",
        ["SerialNumber", "UserName"],
        mfa::need_get,
        mfa::get
    ),
    op!(
        "ListMFADevices",
        ["UserName", "Marker", "MaxItems"],
        users::need_get,
        mfa::list
    ),
    op!(
        "ListVirtualMFADevices",
        ["AssignmentStatus", "Marker", "MaxItems"],
        |c, i, a| on_path(c, i, a, "mfa"),
        mfa::list_virtual
    ),
    op!(
        "CreateOpenIDConnectProvider",
        ["Url", "ClientIDList", "ThumbprintList", "Tags"],
        oidc::need_create,
        oidc::create
    ),
    op!(
        "GetOpenIDConnectProvider",
        ["OpenIDConnectProviderArn"],
        oidc::on_provider,
        oidc::get
    ),
    op!(
        "DeleteOpenIDConnectProvider",
        ["OpenIDConnectProviderArn"],
        oidc::on_provider,
        oidc::delete
    ),
    op!(
        "UpdateOpenIDConnectProviderThumbprint",
        ["OpenIDConnectProviderArn", "ThumbprintList"],
        oidc::on_provider,
        oidc::update_thumbprint
    ),
    op!(
        "AddClientIDToOpenIDConnectProvider",
        ["OpenIDConnectProviderArn", "ClientID"],
        oidc::on_provider,
        oidc::add_client
    ),
    op!(
        "RemoveClientIDFromOpenIDConnectProvider",
        ["OpenIDConnectProviderArn", "ClientID"],
        oidc::on_provider,
        oidc::remove_client
    ),
    op!(
        "ListOpenIDConnectProviders",
        [],
        oidc::need_list,
        oidc::list
    ),
    op!(
        "CreateAccountAlias",
        ["AccountAlias"],
        on_all,
        account::create_alias
    ),
    op!(
        "DeleteAccountAlias",
        ["AccountAlias"],
        on_all,
        account::delete_alias
    ),
    op!(
        "ListAccountAliases",
        ["Marker", "MaxItems"],
        on_all,
        account::list_aliases
    ),
    op!("GetAccountSummary", [], on_all, account::summary),
    op!(
        "GetAccountAuthorizationDetails",
        ["Filter", "MaxItems", "Marker"],
        on_all,
        details::get
    ),
    op!("GenerateCredentialReport", [], on_all, report::generate),
    op!("GetCredentialReport", [], on_all, report::get),
    op!(
        "SimulatePrincipalPolicy",
        [
            "PolicySourceArn",
            "PolicyInputList",
            "PermissionsBoundaryPolicyInputList",
            "ActionNames",
            "ResourceArns",
            "ResourcePolicy",
            "ResourceOwner",
            "CallerArn",
            "ContextEntries",
            "MaxItems",
            "Marker"
        ],
        simulate::need_principal,
        simulate::principal
    ),
    op!(
        "SimulateCustomPolicy",
        [
            "PolicyInputList",
            "PermissionsBoundaryPolicyInputList",
            "ActionNames",
            "ResourceArns",
            "ResourcePolicy",
            "ResourceOwner",
            "CallerArn",
            "ContextEntries",
            "MaxItems",
            "Marker"
        ],
        on_all,
        simulate::custom
    ),
    op!(
        "GetContextKeysForPrincipalPolicy",
        ["PolicySourceArn", "PolicyInputList"],
        simulate::need_principal,
        simulate::principal_keys
    ),
    op!(
        "GetContextKeysForCustomPolicy",
        ["PolicyInputList"],
        on_all,
        simulate::custom_keys
    ),
];
