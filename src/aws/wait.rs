//! `<service> wait …`: an operation asked again and again until an answer decides.

use std::time::Duration;

use serde_json::{Map, Value};

use super::call::Run;
use super::execute::Done;
use super::failed::{Failed, ServiceFailure};
use super::pages;
use crate::awscli::Wait;
use crate::model::{Acceptor, Operation, Service, Waiter};

/// What one answer means to a waiter.
pub(super) enum Step {
    /// Ask again.
    Again,
    /// It is so.
    Done,
    /// It never will be.
    Over(Ended),
}

/// How a wait ended without success.
pub(super) struct Ended {
    /// Why, as the CLI says.
    pub(super) reason: String,
    /// The last answer, where it was no error.
    pub(super) answer: Option<Value>,
    /// The error that ended it, if one did.
    pub(super) error: Option<Box<ServiceFailure>>,
}

impl Ended {
    /// The failure of the command that waited.
    pub(super) fn failed(self, waiter: &Waiter) -> Failed {
        let text = self.text(waiter);
        Failed::because(text, self.error)
    }

    /// What the CLI says.
    pub(super) fn text(&self, waiter: &Waiter) -> String {
        format!("Waiter {} failed: {}", waiter.name, self.reason)
    }
}

/// A waiter at work.
pub(super) struct Waiting<'w> {
    waiter: &'w Waiter,
    service: Service,
    operation: &'static Operation,
    input: Map<String, Value>,
    /// How long to wait between two looks.
    pub(super) delay: Duration,
    attempts: u64,
    made: u64,
    matched: Option<&'w Acceptor>,
}

impl<'w> Waiting<'w> {
    /// A waiter with its own rhythm, or the CLI's for it.
    pub(super) fn new(
        run: &Run<'_>,
        waiter: &'w Waiter,
        service: Service,
        input: Map<String, Value>,
        rhythm: Option<(Duration, u64)>,
    ) -> Result<Self, Failed> {
        let operation = service
            .model()
            .operation(&waiter.operation)
            .ok_or_else(|| {
                Failed::general(format!("there is no operation {}", waiter.operation))
            })?;
        let (delay, attempts) = rhythm.unwrap_or((
            Duration::from_secs(waiter.delay),
            u64::from(waiter.max_attempts),
        ));
        let own = run.session.pause.rhythm(delay);
        // A faster rhythm waits as long in all.
        let all = delay.as_millis().saturating_mul(u128::from(attempts));
        let attempts = all.div_ceil(own.as_millis().max(1));
        Ok(Self {
            waiter,
            service,
            operation,
            input,
            delay: own,
            attempts: u64::try_from(attempts).unwrap_or(u64::MAX),
            made: 0,
            matched: None,
        })
    }

    /// Asks once.
    ///
    /// # Errors
    ///
    /// Failures without an answer.
    pub(super) async fn look(&mut self, run: &mut Run<'_>) -> Result<Step, Failed> {
        let result = run
            .exchange(self.service, self.operation, self.input.clone())
            .await;
        let (answer, error) = match result {
            Ok(answer) => (Some(answer), None),
            Err(Failed::Service(error)) => (None, Some(error)),
            Err(other) => return Err(other),
        };
        self.made += 1;
        let status = answer
            .as_ref()
            .map(|answer| answer.status)
            .or_else(|| error.as_ref().map(|error| error.status));
        let answer = answer.map(|answer| answer.output);
        let code = error.as_ref().map(|error| error.code.as_str());
        let mut fits = None;
        for acceptor in &self.waiter.acceptors {
            if accepts(acceptor, answer.as_ref(), code, status)? {
                fits = Some(acceptor);
                break;
            }
        }
        if let Some(acceptor) = fits {
            self.matched = Some(acceptor);
            match acceptor.state.as_str() {
                "success" => return Ok(Step::Done),
                "failure" => {
                    let reason = format!(
                        "Waiter encountered a terminal failure state: {}",
                        explanation(acceptor)
                    );
                    return Ok(Step::Over(Ended {
                        reason,
                        answer,
                        error,
                    }));
                }
                _ => {}
            }
        } else if let Some(error) = error {
            let reason = format!("An error occurred ({}): {}", error.code, error.message);
            return Ok(Step::Over(Ended {
                reason,
                answer: None,
                error: Some(error),
            }));
        }
        if self.made >= self.attempts {
            let reason = match self.matched {
                None => "Max attempts exceeded".to_owned(),
                Some(acceptor) => format!(
                    "Max attempts exceeded. Previously accepted state: {}",
                    explanation(acceptor)
                ),
            };
            return Ok(Step::Over(Ended {
                reason,
                answer,
                error: None,
            }));
        }
        Ok(Step::Again)
    }

    /// Asks until it is decided.
    pub(super) async fn until_decided(&mut self, run: &mut Run<'_>) -> Result<Step, Failed> {
        loop {
            match self.look(run).await? {
                Step::Again => run.session.pause.pause(self.delay).await,
                decided => return Ok(decided),
            }
        }
    }
}

impl Run<'_> {
    /// `<service> wait …`.
    pub(super) async fn wait(&mut self, wait: &Wait) -> Result<Done, Failed> {
        let call = &wait.call;
        let mut waiting = Waiting::new(self, wait.waiter, call.service, call.input.clone(), None)?;
        match waiting.until_decided(self).await? {
            Step::Over(ended) => Err(ended.failed(wait.waiter)),
            Step::Done | Step::Again => Ok(Done::default()),
        }
    }
}

/// Whether an answer is what an acceptor looks for.
fn accepts(
    acceptor: &Acceptor,
    answer: Option<&Value>,
    code: Option<&str>,
    status: Option<u16>,
) -> Result<bool, Failed> {
    let found = |answer: &Value| -> Result<Value, Failed> {
        pages::search(acceptor.argument.as_deref().unwrap_or_default(), answer)
    };
    let expected = &acceptor.expected;
    Ok(match (acceptor.matcher.as_str(), answer) {
        ("path", Some(answer)) => found(answer)? == *expected,
        ("pathAll", Some(answer)) => match found(answer)? {
            Value::Array(found) => !found.is_empty() && found.iter().all(|one| one == expected),
            _ => false,
        },
        ("pathAny", Some(answer)) => match found(answer)? {
            Value::Array(found) => found.iter().any(|one| one == expected),
            _ => false,
        },
        ("status", _) => status.map(Value::from).as_ref() == Some(expected),
        ("error", _) => match expected {
            Value::Bool(any) => *any == code.is_some(),
            other => code.is_some_and(|code| other.as_str() == Some(code)),
        },
        _ => false,
    })
}

/// What the CLI says an acceptor found.
fn explanation(acceptor: &Acceptor) -> String {
    let argument = acceptor.argument.as_deref().unwrap_or_default();
    let expected = match &acceptor.expected {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    };
    match acceptor.matcher.as_str() {
        "path" => {
            format!("For expression \"{argument}\" we matched expected path: \"{expected}\"")
        }
        "pathAll" => format!(
            "For expression \"{argument}\" all members matched expected path: \"{expected}\""
        ),
        "pathAny" => format!(
            "For expression \"{argument}\" we matched expected path: \"{expected}\" at least once"
        ),
        "status" => format!("Matched expected HTTP status code: {expected}"),
        "error" => format!("Matched expected service error code: {expected}"),
        other => format!("No explanation for unknown waiter type: \"{other}\""),
    }
}
