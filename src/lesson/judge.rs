//! Whether what came of a step is what its author expected.

use serde::{Deserialize, Serialize};

use super::schema::{Expect, ExpectedOutcome};
use crate::awscli;
use crate::policy::Layer;

/// What answers the calls, as far as expectations care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// The embedded sandbox: decisions come with their explanation, changes hold at once.
    Sandbox,
    /// A real AWS account: no explanation, changes take a while to hold.
    Account,
    /// Any other endpoint, which may not evaluate policies at all.
    Endpoint,
}

/// What came of a command, as far as expectations care.
#[derive(Debug, Clone, Copy)]
pub struct Came<'o> {
    /// How it ended.
    pub verdict: awscli::Verdict,
    /// AWS's error code.
    pub code: Option<&'o str>,
    /// The layer that denied, where the target explains its decisions.
    pub layer: Option<Layer>,
}

/// What an expectation makes of what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The step may be left behind.
    pub ok: bool,
    /// In words, one line, without a full stop.
    pub text: String,
    /// The endpoint allowed what AWS denies: not the learner's doing.
    pub lenient: bool,
}

impl Expect {
    /// The expectation in words, such as `denied with AccessDenied by the trust policy`.
    #[must_use]
    pub fn words(&self) -> String {
        let outcome = match self.outcome {
            ExpectedOutcome::Success => "success",
            ExpectedOutcome::Denied => "denied",
            ExpectedOutcome::Error => "an error",
        };
        in_words(outcome, self.code.as_deref(), self.layer)
    }

    /// Compares.
    #[must_use]
    pub fn judge(&self, came: Came<'_>, world: World) -> Judgement {
        let wanted = match self.outcome {
            ExpectedOutcome::Success => awscli::Verdict::Success,
            ExpectedOutcome::Denied => awscli::Verdict::Denied,
            ExpectedOutcome::Error => awscli::Verdict::Error,
        };
        let judgement = |ok, text| Judgement {
            ok,
            text,
            lenient: false,
        };
        let same_code = self.code.is_none() || self.code.as_deref() == came.code;
        let same_layer = self.layer.is_none() || came.layer.is_none() || self.layer == came.layer;
        if came.verdict == wanted && same_code && same_layer {
            return judgement(true, format!("{}, as expected", came.words()));
        }
        if world == World::Endpoint
            && self.outcome == ExpectedOutcome::Denied
            && came.verdict == awscli::Verdict::Success
        {
            return Judgement {
                ok: true,
                text: "allowed here; AWS would deny this".to_owned(),
                lenient: true,
            };
        }
        judgement(
            false,
            format!("expected {}, but it {}", self.words(), came.predicate()),
        )
    }
}

/// What came of a command, as a verb.
fn verb(verdict: awscli::Verdict) -> &'static str {
    match verdict {
        awscli::Verdict::Success => "succeeded",
        awscli::Verdict::Denied => "denied",
        awscli::Verdict::Error => "failed",
    }
}

/// What a judgement's text says behind the verb of this verdict, for where the verdict stands before it
/// in a word of its own: `, as expected`, ` with AccessDenied by …`. `None` where it says something else.
#[must_use]
pub fn behind_verb(text: &str, verdict: awscli::Verdict) -> Option<&str> {
    text.strip_prefix(verb(verdict))
}

impl Came<'_> {
    fn words(self) -> String {
        in_words(verb(self.verdict), self.code, self.layer)
    }

    fn predicate(self) -> String {
        match self.verdict {
            awscli::Verdict::Denied => format!("was {}", self.words()),
            _ => self.words(),
        }
    }
}

/// An outcome with its code and the layer that decided.
fn in_words(outcome: &str, code: Option<&str>, layer: Option<Layer>) -> String {
    let mut words = outcome.to_owned();
    if let Some(code) = code {
        words.push_str(" with ");
        words.push_str(code);
    }
    if let Some(layer) = layer {
        words.push_str(" by the ");
        words.push_str(layer_words(layer));
    }
    words
}

/// A layer in the words of a sentence, without its article.
#[must_use]
pub fn layer_words(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "resource control policies",
        Layer::ServiceControl => "service control policies",
        Layer::Resource => "resource's policy",
        Layer::Trust => "role's trust policy",
        Layer::Identity => "identity policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policies",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use awscli::Verdict::{Denied, Error, Success};

    fn expect(toml: &str) -> Expect {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn expectations_are_compared_by_outcome_code_and_layer() {
        let denied = "outcome = \"denied\"\ncode = \"AccessDenied\"\nlayer = \"identity\"";
        let conflict = "outcome = \"error\"\ncode = \"DeleteConflict\"";
        let success = "outcome = \"success\"";
        for (wanted, verdict, code, layer, world, ok, text) in [
            (
                success,
                Success,
                None,
                None,
                World::Sandbox,
                true,
                "succeeded, as expected",
            ),
            (
                success,
                Denied,
                Some("AccessDenied"),
                Some(Layer::Trust),
                World::Sandbox,
                false,
                "expected success, but it was denied with AccessDenied by the role's trust policy",
            ),
            (
                denied,
                Denied,
                Some("AccessDenied"),
                Some(Layer::Identity),
                World::Sandbox,
                true,
                "denied with AccessDenied by the identity policies, as expected",
            ),
            (
                denied,
                Denied,
                Some("AccessDenied"),
                Some(Layer::Boundary),
                World::Sandbox,
                false,
                "expected denied with AccessDenied by the identity policies, but it was denied \
                 with AccessDenied by the permissions boundary",
            ),
            (
                denied,
                Denied,
                Some("AccessDenied"),
                None,
                World::Account,
                true,
                "denied with AccessDenied, as expected",
            ),
            (
                denied,
                Success,
                None,
                None,
                World::Account,
                false,
                "expected denied with AccessDenied by the identity policies, but it succeeded",
            ),
            (
                denied,
                Success,
                None,
                None,
                World::Endpoint,
                true,
                "allowed here; AWS would deny this",
            ),
            (
                denied,
                Error,
                Some("NoSuchBucket"),
                None,
                World::Endpoint,
                false,
                "expected denied with AccessDenied by the identity policies, but it failed with \
                 NoSuchBucket",
            ),
            (
                conflict,
                Error,
                Some("DeleteConflict"),
                None,
                World::Sandbox,
                true,
                "failed with DeleteConflict, as expected",
            ),
            (
                conflict,
                Success,
                None,
                None,
                World::Endpoint,
                false,
                "expected an error with DeleteConflict, but it succeeded",
            ),
        ] {
            let came = Came {
                verdict,
                code,
                layer,
            };
            let judgement = expect(wanted).judge(came, world);
            assert_eq!((judgement.ok, judgement.text.as_str()), (ok, text));
        }
    }
}
