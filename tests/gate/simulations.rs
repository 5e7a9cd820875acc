//! What simulations answer.

use super::lab::Lab;

/// Source: IAM API Reference, "EvaluationResult" and "ResourceSpecificResult".
#[tokio::test]
async fn a_simulation_of_everything_is_told_otherwise_than_one_of_a_resource() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}]}"#;
    let missing = vec!["aws:PrincipalTag/team".to_owned()];
    let ask = || {
        iam.simulate_custom_policy()
            .policy_input_list(policy)
            .action_names("s3:GetObject")
    };
    for call in [ask(), ask().resource_arns("*")] {
        let answer = call.send().await.unwrap();
        let result = &answer.evaluation_results()[0];
        assert!(result.eval_decision_details().is_none());
        assert_eq!(result.missing_context_values().to_vec(), missing);
        assert!(result.resource_specific_results().is_empty());
    }
    let call = ask().resource_arns("arn:aws:s3:::papers/x");
    let answer = call.send().await.unwrap();
    let result = &answer.evaluation_results()[0];
    assert!(
        result
            .eval_decision_details()
            .is_some_and(|details| details.is_empty())
    );
    assert!(result.missing_context_values().is_empty());
    let specific = &result.resource_specific_results()[0];
    assert_eq!(specific.missing_context_values().to_vec(), missing);
}

/// Source: IAM API Reference, "SimulatePrincipalPolicy", the example of a simulation across accounts.
#[tokio::test]
async fn a_simulation_across_accounts_tells_what_each_policy_type_says() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let arnav = "arn:aws:iam::444455556666:user/arnav";
    let policy = |action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
        )
    };
    let bucket = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{arnav}"}},"Action":["s3:List*","s3:Put*"],"Resource":"arn:aws:s3:::mary/*"}}}}"#
    );
    let ask = |identity: &str, owner: &str| {
        iam.simulate_custom_policy()
            .policy_input_list(policy(identity))
            .permissions_boundary_policy_input_list(policy("iam:*"))
            .resource_policy(&bucket)
            .action_names("s3:PutObject")
            .resource_arns("arn:aws:s3:::mary/Test")
            .resource_owner(owner)
            .caller_arn(arnav)
            .send()
    };
    let told = |details: Option<&std::collections::HashMap<String, _>>| {
        let mut told: Vec<String> = details
            .unwrap()
            .iter()
            .map(
                |(kind, word): (_, &aws_sdk_iam::types::PolicyEvaluationDecisionType)| {
                    format!("{kind}: {}", word.as_str())
                },
            )
            .collect();
        told.sort();
        told
    };
    let answer = ask("iam:*", "arn:aws:iam::123456789012:root")
        .await
        .unwrap();
    let result = &answer.evaluation_results()[0];
    let expected = [
        "IAM Policy: implicitDeny",
        "Permissions Boundary Policy: implicitDeny",
        "Resource Policy: allowed",
    ];
    assert_eq!(told(result.eval_decision_details()), expected);
    assert!(result.matched_statements().is_empty());
    let specific = &result.resource_specific_results()[0];
    assert_eq!(told(specific.eval_decision_details()), expected);
    let statement = &specific.matched_statements()[0];
    assert_eq!(statement.source_policy_id(), Some("ResourcePolicy"));
    assert_eq!(
        statement.source_policy_type().map(|kind| kind.as_str()),
        Some("Resource Policy")
    );

    let answer = ask("s3:*", "arn:aws:iam::123456789012:root").await.unwrap();
    let result = &answer.evaluation_results()[0];
    assert_eq!(
        told(result.eval_decision_details())[0],
        "IAM Policy: allowed"
    );
    assert_eq!(result.eval_decision().as_str(), "implicitDeny");

    let answer = ask("s3:*", "arn:aws:iam::444455556666:root").await.unwrap();
    let result = &answer.evaluation_results()[0];
    assert!(result.eval_decision_details().unwrap().is_empty());
    assert_eq!(result.eval_decision().as_str(), "allowed");
}
