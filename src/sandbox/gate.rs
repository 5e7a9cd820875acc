//! The one gate: what every request passes before its handler is called.

use super::authenticate::invalid_token;
use super::caller::{Identity, SessionKind};
use super::error::AwsError;
use super::operation::{Context, Need, Words};
use crate::model::Service;

/// Refuses calls that the kind of credentials rules out, whatever the policies say.
///
/// Source: IAM User Guide, "Compare AWS STS credentials"; the errors are as observed.
///
/// # Errors
///
/// AWS's error for such a call.
pub fn admit(context: &Context<'_>, service: Service, operation: &str) -> Result<(), AwsError> {
    let caller = &context.caller;
    if caller.identity == Identity::Anonymous {
        let unsigned = service
            .model()
            .operation(operation)
            .is_some_and(|op| op.auth.as_deref() == Some("none"));
        return if unsigned || service == Service::S3 {
            Ok(())
        } else {
            Err(AwsError::new(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ))
        };
    }
    let Some(session) = &caller.session else {
        return Ok(());
    };
    let limited = matches!(
        session.kind,
        SessionKind::SessionToken | SessionKind::FederationToken
    );
    match service {
        Service::Iam
            if session.kind == SessionKind::FederationToken
                || session.kind == SessionKind::SessionToken && session.mfa.is_none() =>
        {
            Err(invalid_token(service))
        }
        Service::Sts if limited => match (session.kind, operation) {
            (_, "GetCallerIdentity") | (SessionKind::SessionToken, "AssumeRole") => Ok(()),
            _ => Err(AwsError::denied(format!(
                "Cannot call {operation} with session credentials"
            ))),
        },
        _ => Ok(()),
    }
}

/// Asks the policies whether the caller may do this.
///
/// # Errors
///
/// AccessDenied in AWS's words.
pub fn authorise(
    context: &mut Context<'_>,
    _service: Service,
    need: &Need,
) -> Result<(), AwsError> {
    // Provisional until the policy engine is here: administrators only.
    let allowed = match &context.caller.identity {
        Identity::Root => true,
        Identity::User { name, .. } => context.account()?.user(name).is_some_and(|user| {
            user.attached
                .iter()
                .any(|arn| arn.ends_with("policy/AdministratorAccess"))
        }),
        _ => false,
    };
    if allowed {
        return Ok(());
    }
    let (arn, action) = (context.caller.arn(), &need.action);
    let reason = format!(" because no identity-based policy allows the {action} action");
    let (on, reason) = match &need.words {
        Words::Arn => (format!(" on resource: {}", need.resource), reason),
        Words::Quoted => (format!(" on resource: \"{}\"", need.resource), reason),
        Words::Text(text) => (format!(" on resource: {text}"), reason),
        Words::Nothing => (String::new(), reason),
        Words::Bare => (format!(" on resource: {}", need.resource), String::new()),
    };
    Err(AwsError::denied(format!(
        "User: {arn} is not authorized to perform: {action}{on}{reason}"
    )))
}
