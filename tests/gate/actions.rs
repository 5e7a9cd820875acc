//! What IAM, STS and CloudFormation operations are asked for.

use super::*;

#[tokio::test]
async fn iam_is_asked_with_the_entity_and_its_keys() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let user = "arn:aws:iam::123456789012:user/team/ann";
    let role = "arn:aws:iam::123456789012:role/app";
    let tags = "aws:RequestTag/Team=red aws:ResourceTag/Team=red aws:TagKeys=[Team]";
    let own = "aws:ResourceTag/Team=red iam:ResourceTag/Team=red";
    let bounded = format!("iam:PermissionsBoundary={ADMIN_POLICY}");

    asks!(
        lab,
        iam.create_user()
            .user_name("ann")
            .path("/team/")
            .permissions_boundary(ADMIN_POLICY)
            .tags(tag("Team", "red")),
        [
            format!("iam:CreateUser {user} {tags} {bounded}"),
            format!("iam:TagUser {user} {tags} {bounded}")
        ]
    );
    asks!(
        lab,
        iam.get_user().user_name("ann"),
        [format!("iam:GetUser {user} {own}")]
    );
    asks!(
        lab,
        iam.put_user_policy()
            .user_name("ann")
            .policy_name("p")
            .policy_document(ALLOW_ALL),
        [format!("iam:PutUserPolicy {user} {own} {bounded}").replace(
            &format!("{own} {bounded}"),
            &format!("aws:ResourceTag/Team=red {bounded} iam:ResourceTag/Team=red")
        )]
    );
    asks!(
        lab,
        iam.attach_user_policy()
            .user_name("ann")
            .policy_arn(ADMIN_POLICY),
        [format!(
            "iam:AttachUserPolicy {user} aws:ResourceTag/Team=red {bounded} iam:PolicyARN={ADMIN_POLICY} iam:ResourceTag/Team=red"
        )]
    );
    let other = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    asks!(
        lab,
        iam.put_user_permissions_boundary()
            .user_name("ann")
            .permissions_boundary(other),
        [format!(
            "iam:PutUserPermissionsBoundary {user} aws:ResourceTag/Team=red iam:PermissionsBoundary={other} iam:ResourceTag/Team=red"
        )]
    );
    asks!(
        lab,
        iam.untag_user().user_name("ann").tag_keys("Team"),
        [format!(
            "iam:UntagUser {user} aws:ResourceTag/Team=red aws:TagKeys=[Team] iam:ResourceTag/Team=red"
        )]
    );
    asks!(
        lab,
        iam.tag_user().user_name("ann").tags(tag("Cost", "1")),
        [format!(
            "iam:TagUser {user} aws:RequestTag/Cost=1 aws:TagKeys=[Cost]"
        )]
    );
    asks!(
        lab,
        iam.create_access_key().user_name("ann"),
        [format!(
            "iam:CreateAccessKey {user} aws:ResourceTag/Cost=1 iam:ResourceTag/Cost=1"
        )]
    );
    asks!(
        lab,
        iam.list_users(),
        ["iam:ListUsers arn:aws:iam::123456789012:user/"]
    );
    asks!(lab, iam.get_account_summary(), ["iam:GetAccountSummary *"]);
    asks!(
        lab,
        iam.update_user().user_name("ann").new_user_name("eve"),
        [
            format!("iam:UpdateUser {user} aws:ResourceTag/Cost=1 iam:ResourceTag/Cost=1"),
            "iam:UpdateUser arn:aws:iam::123456789012:user/team/eve aws:ResourceTag/Cost=1 iam:ResourceTag/Cost=1".to_owned()
        ]
    );

    asks!(
        lab,
        iam.create_role()
            .role_name("app")
            .assume_role_policy_document(TRUST_ROOT)
            .permissions_boundary(ADMIN_POLICY),
        [format!("iam:CreateRole {role} {bounded}")]
    );
    asks!(
        lab,
        iam.get_role().role_name("app"),
        [format!("iam:GetRole {role} {bounded}")]
    );
    asks!(
        lab,
        iam.list_role_policies().role_name("app"),
        [format!("iam:ListRolePolicies {role}")]
    );
    asks!(
        lab,
        iam.update_assume_role_policy()
            .role_name("app")
            .policy_document(TRUST_ROOT),
        [format!("iam:UpdateAssumeRolePolicy {role} {bounded}")]
    );
    asks!(
        lab,
        iam.create_instance_profile().instance_profile_name("ip"),
        ["iam:CreateInstanceProfile arn:aws:iam::123456789012:instance-profile/ip"]
    );
    asks!(
        lab,
        iam.add_role_to_instance_profile()
            .instance_profile_name("ip")
            .role_name("app"),
        [
            "iam:AddRoleToInstanceProfile arn:aws:iam::123456789012:instance-profile/ip".to_owned(),
            format!("iam:PassRole {role} iam:PassedToService=ec2.amazonaws.com")
        ]
    );
    asks!(
        lab,
        iam.create_service_linked_role()
            .aws_service_name("ecs.amazonaws.com"),
        [
            "iam:CreateServiceLinkedRole arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS iam:AWSServiceName=ecs.amazonaws.com"
        ]
    );
    let policy = "arn:aws:iam::123456789012:policy/p";
    let policy_tag = tag("a", "1");
    asks!(
        lab,
        iam.create_policy()
            .policy_name("p")
            .policy_document(ALLOW_ALL)
            .tags(policy_tag),
        [
            format!(
                "iam:CreatePolicy {policy} aws:RequestTag/a=1 aws:ResourceTag/a=1 aws:TagKeys=[a]"
            ),
            format!(
                "iam:TagPolicy {policy} aws:RequestTag/a=1 aws:ResourceTag/a=1 aws:TagKeys=[a]"
            )
        ]
    );
    asks!(
        lab,
        iam.get_policy().policy_arn(policy),
        [format!("iam:GetPolicy {policy} aws:ResourceTag/a=1")]
    );
    asks!(
        lab,
        iam.simulate_principal_policy()
            .policy_source_arn(role)
            .action_names("s3:GetObject"),
        [format!("iam:SimulatePrincipalPolicy {role}")]
    );
}

#[tokio::test]
async fn sts_is_asked_with_what_the_session_is_to_be() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    for name in ["one", "two"] {
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(TRUST_ROOT)
            .tags(tag("Env", "test"))
            .send()
            .await
            .unwrap();
        iam.put_role_policy()
            .role_name(name)
            .policy_name("all")
            .policy_document(ALLOW_ALL)
            .send()
            .await
            .unwrap();
    }
    let sts = lab.sts(&admin);
    let role = "arn:aws:iam::123456789012:role/one";
    let own = "iam:ResourceTag/Env=test";
    asks!(
        lab,
        sts.assume_role().role_arn(role).role_session_name("plain"),
        [format!(
            "sts:AssumeRole {role} aws:ResourceTag/Env=test {own} sts:RoleSessionName=plain"
        )]
    );
    let team = aws_sdk_sts::types::Tag::builder()
        .key("Team")
        .value("red")
        .build()
        .unwrap();
    let assume = sts
        .assume_role()
        .role_arn(role)
        .role_session_name("full")
        .external_id("x-1")
        .source_identity("ann")
        .tags(team)
        .transitive_tag_keys("Team");
    let keys = format!(
        "{role} aws:RequestTag/Team=red aws:ResourceTag/Env=test aws:TagKeys=[Team] {own} sts:ExternalId=x-1 sts:RoleSessionName=full sts:SourceIdentity=ann sts:TransitiveTagKeys=[Team]"
    );
    asks!(
        lab,
        assume.clone(),
        [
            format!("sts:AssumeRole {keys}"),
            format!("sts:TagSession {keys}"),
            format!("sts:SetSourceIdentity {keys}")
        ]
    );
    // In a chain the source identity and the transitive tags go on, and the next role must allow
    // both.
    let answer = assume.send().await.unwrap();
    let chained = lab.sts(&session(answer.credentials()));
    let next = "arn:aws:iam::123456789012:role/two";
    let keys = format!(
        "{next} aws:PrincipalTag/Env=test aws:PrincipalTag/Team=red aws:ResourceTag/Env=test aws:SourceIdentity=ann aws:TokenIssueTime=2026-11-23T16:10:00Z {own} sts:RoleSessionName=next sts:SourceIdentity=ann"
    )
    .replace("aws:TokenIssueTime", "aws:MultiFactorAuthPresent=false aws:TokenIssueTime");
    let id = chained
        .assume_role()
        .role_arn(next)
        .role_session_name("next")
        .send()
        .await
        .unwrap();
    let mut lines = asked(&lab, id.request_id());
    for line in &mut lines {
        let mut words: Vec<&str> = line.split(' ').collect();
        words[1..].sort_unstable();
        *line = words.join(" ");
    }
    let sorted = |action: &str| {
        let mut words: Vec<&str> = keys.split(' ').collect();
        words.sort_unstable();
        format!("{action} {}", words.join(" "))
    };
    assert_eq!(
        lines,
        [
            sorted("sts:AssumeRole"),
            sorted("sts:TagSession"),
            sorted("sts:SetSourceIdentity")
        ]
    );
    asks!(
        lab,
        sts.get_federation_token().name("bob"),
        ["sts:GetFederationToken arn:aws:sts::123456789012:federated-user/bob"]
    );
    asks!(lab, sts.get_session_token(), []);
    asks!(lab, sts.get_caller_identity(), []);
    asks!(
        lab,
        sts.decode_authorization_message().encoded_message("x"),
        ["sts:DecodeAuthorizationMessage *"]
    );
}

/// CloudFormation is asked for the stack with its keys, IAM whether the role may be passed, and STS
/// whether CloudFormation may assume it.
#[tokio::test]
async fn cloudformation_is_asked_with_role_tags_and_change_set() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    let trust = TRUST_ROOT.replace(
        r#""AWS":"arn:aws:iam::123456789012:root""#,
        r#""Service":"cloudformation.amazonaws.com""#,
    );
    iam.create_role()
        .role_name("deployer")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let role = "arn:aws:iam::123456789012:role/deployer";
    let stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/lab/*";
    let template = r#"{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}"#;
    let cloudformation = lab.cloudformation(&admin);
    let tag = aws_sdk_cloudformation::types::Tag::builder()
        .key("Team")
        .value("red")
        .build();
    asks!(
        lab,
        cloudformation
            .create_stack()
            .stack_name("lab")
            .template_body(template)
            .role_arn(role)
            .tags(tag),
        [
            format!(
                "cloudformation:CreateStack {stack} aws:RequestTag/Team=red aws:TagKeys=[Team] cloudformation:RoleArn={role}"
            ),
            format!("iam:PassRole {role} iam:PassedToService=cloudformation.amazonaws.com")
        ]
    );
    asks!(
        lab,
        cloudformation
            .create_change_set()
            .stack_name("other")
            .change_set_name("first")
            .change_set_type(aws_sdk_cloudformation::types::ChangeSetType::Create)
            .template_body(template),
        [
            "cloudformation:CreateChangeSet arn:aws:cloudformation:us-east-1:123456789012:stack/other/* cloudformation:ChangeSetName=first"
        ]
    );
    asks!(
        lab,
        cloudformation.validate_template().template_body(template),
        ["cloudformation:ValidateTemplate *"]
    );
}
