//! One entry per operation: input members to the SDK's typed builder, sent.
//!
//! The tables of the services say which setter of the SDK takes which member; names agree up to
//! case and underscores, and the types pick the conversion. A member that the SDK's builder or
//! the table lacks is refused by name, never dropped. Answers are not read from the SDK's typed
//! outputs: the [`Recorder`] catches the exchange.

mod cloudformation;
mod iam;
mod input;
mod s3;
mod sts;

use std::future::Future;
use std::pin::Pin;

use aws_smithy_runtime_api::client::result::{ConstructionFailure, SdkError};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Map, Value};

use super::target::Client;
use super::wire::Recorder;
use crate::model::Service;
pub(super) use input::{Input, Refusal};

/// A call under way. Its answer is in the recorder, and so is its failure, where a request could be
/// made; a streamed body is handed over.
pub(super) type Sent =
    Pin<Box<dyn Future<Output = Result<Option<ByteStream>, Option<ConstructionFailure>>> + Send>>;

/// How one operation is sent.
pub(super) struct Entry<C> {
    /// API name.
    pub(super) name: &'static str,
    /// The setters of the SDK's builder.
    pub(super) setters: &'static [&'static str],
    /// Builds the request and sends it.
    pub(super) send: fn(&C, &mut Input<'_>, Recorder) -> Result<Sent, Refusal>,
}

/// A table of operations whose whole answer is in the exchange.
macro_rules! operations {
    ($client:ty; $($name:ident $method:ident($($setter:ident),*);)*) => {
        pub(super) const ENTRIES: &[super::Entry<$client>] = &[$(super::Entry {
            name: stringify!($name),
            setters: &[$(stringify!($setter)),*],
            send: |client, input, recorder| {
                let request = client.$method();
                $(let request = request.$setter(input.take(stringify!($setter)));)*
                input.taken()?;
                Ok(super::sent(request.customize().interceptor(recorder).send()))
            },
        }),*];
    };
}
use operations;

/// An operation whose answer is a stream, which is handed over unread.
macro_rules! streamed {
    ($entry:ident, $client:ty, $body:ident; $name:ident $method:ident($($setter:ident),*);) => {
        pub(super) const $entry: super::Entry<$client> = super::Entry {
            name: stringify!($name),
            setters: &[$(stringify!($setter)),*],
            send: |client, input, recorder| {
                let request = client.$method();
                $(let request = request.$setter(input.take(stringify!($setter)));)*
                input.taken()?;
                let call = request.customize().interceptor(recorder).send();
                Ok(Box::pin(async move {
                    match call.await {
                        Ok(answer) => Ok(Some(answer.$body)),
                        Err(error) => Err(super::unmade(error)),
                    }
                }))
            },
        };
    };
}
use streamed;

/// Waits for an answer whose typed form is of no use. It is compiled once for each operation: the
/// recorder sorts the failures of all of them.
fn sent<T, E>(
    call: impl Future<Output = Result<T, SdkError<E, Response>>> + Send + 'static,
) -> Sent {
    Box::pin(async move {
        match call.await {
            Ok(_) => Ok(None),
            Err(error) => Err(unmade(error)),
        }
    })
}

/// Why no request could be made, if that is how a call failed.
fn unmade<E>(error: SdkError<E, Response>) -> Option<ConstructionFailure> {
    match error {
        SdkError::ConstructionFailure(why) => Some(why),
        _ => None,
    }
}

/// Sends an operation.
///
/// # Errors
///
/// What is not in the tables, and values that do not fit the SDK's types.
pub(super) fn send(
    client: &Client,
    operation: &str,
    input: &Map<String, Value>,
    recorder: Recorder,
) -> Result<Sent, Refusal> {
    match client {
        Client::Sts(client) => send_with(sts::ENTRIES, client, operation, input, recorder),
        Client::Iam(client) => send_with(iam::ENTRIES, client, operation, input, recorder),
        Client::CloudFormation(client) => {
            send_with(cloudformation::ENTRIES, client, operation, input, recorder)
        }
        Client::S3(client) => {
            let table = if operation == s3::GET_OBJECT.name {
                std::slice::from_ref(&s3::GET_OBJECT)
            } else {
                s3::ENTRIES
            };
            send_with(table, client, operation, input, recorder)
        }
    }
}

fn send_with<C>(
    entries: &[Entry<C>],
    client: &C,
    operation: &str,
    input: &Map<String, Value>,
    recorder: Recorder,
) -> Result<Sent, Refusal> {
    let entry = entries
        .iter()
        .find(|entry| entry.name == operation)
        .ok_or_else(|| Refusal::operation(operation))?;
    let mut input = Input::new(input);
    input.check(operation, entry.setters)?;
    (entry.send)(client, &mut input, recorder)
}

/// The operations of a service that can be sent, in the API's order.
#[must_use]
pub fn supported(service: Service) -> Vec<&'static str> {
    entries(service).into_iter().map(|(name, _)| name).collect()
}

/// Names and setters of a service's entries.
fn entries(service: Service) -> Vec<(&'static str, &'static [&'static str])> {
    fn list<C>(entries: &[Entry<C>]) -> Vec<(&'static str, &'static [&'static str])> {
        entries
            .iter()
            .map(|entry| (entry.name, entry.setters))
            .collect()
    }
    let mut found = match service {
        Service::Sts => list(sts::ENTRIES),
        Service::Iam => list(iam::ENTRIES),
        Service::CloudFormation => list(cloudformation::ENTRIES),
        Service::S3 => {
            let mut found = list(s3::ENTRIES);
            found.push((s3::GET_OBJECT.name, s3::GET_OBJECT.setters));
            found
        }
    };
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members of AWS's model that the SDK has no setter for, and setters that the model lacks.
    const KNOWN_GAPS: &[(&str, &str)] = &[];

    #[test]
    fn every_member_of_every_entry_is_mapped() {
        let mut checked = 0;
        for service in Service::ALL {
            let model = service.model();
            for (name, setters) in entries(service) {
                let operation = model.operation(name).unwrap_or_else(|| panic!("{name}"));
                let members = model
                    .input(operation)
                    .map_or(&[][..], |input| &input.members);
                for member in members {
                    let known = KNOWN_GAPS.contains(&(name, member.name.as_str()));
                    let mapped = setters
                        .iter()
                        .any(|setter| input::agree(setter, &member.name));
                    assert!(mapped != known, "{name}: {}", member.name);
                    checked += 1;
                }
                for setter in setters {
                    assert!(
                        members
                            .iter()
                            .any(|member| input::agree(setter, &member.name)),
                        "{name}: {setter} is no member of the model"
                    );
                }
            }
        }
        assert!(checked > 500, "{checked}");
    }
}
