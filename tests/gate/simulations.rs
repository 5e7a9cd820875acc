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
