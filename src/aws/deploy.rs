//! `cloudformation deploy`: a change set, made, executed and waited for.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value, json};

use super::call::Run;
use super::execute::Done;
use super::failed::Failed;
use super::wait::{Step, Waiting};
use crate::awscli::{Deploy, bad_bucket};
use crate::model::{Service, Waiter};

/// Templates above this size, in bytes, have to go through a bucket.
const MAX_TEMPLATE: usize = 51_200;

/// Bytes after which an upload tells how far it is.
const PROGRESS: usize = 262_144;

/// Makes an object of members.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

impl Run<'_> {
    /// `cloudformation deploy`.
    pub(super) async fn deploy(&mut self, deploy: &Deploy) -> Result<Done, Failed> {
        let names = parameters(&deploy.template)?;
        if deploy.template.len() > MAX_TEMPLATE && deploy.s3_bucket.is_none() {
            return Err(Failed::general(
                "Templates with a size greater than 51,200 bytes must be deployed via an S3 \
                 Bucket. Please add the --s3-bucket parameter to your command. The local \
                 template will be copied to that S3 bucket and then deployed.",
            ));
        }
        let stack = deploy.stack_name.as_str();
        let (change_set, creates) = self.change_set(deploy, &names).await?;
        self.print("\nWaiting for changeset to be created..\n");
        if let Some(empty) = self.await_change_set(stack, &change_set).await? {
            if deploy.fail_on_empty_changeset {
                return Err(Failed::general(empty));
            }
            self.print(&format!("\n{empty}\n"));
            return Ok(Done::default());
        }
        if !deploy.execute_changeset {
            self.print(&format!(
                "Changeset created successfully. Run the following command to review \
                 changes:\naws cloudformation describe-change-set --change-set-name {change_set}\n"
            ));
            return Ok(Done::default());
        }
        let mut events = StackEvents::new(stack);
        events.known(self).await;
        let input = json!({"ChangeSetName": change_set, "StackName": stack,
            "DisableRollback": deploy.disable_rollback});
        self.named(Service::CloudFormation, "ExecuteChangeSet", members(input))
            .await?;
        self.print("Waiting for stack create/update to complete\n");
        self.await_stack(stack, creates, &mut events).await?;
        self.print(&format!("Successfully created/updated stack - {stack}\n"));
        Ok(Done::default())
    }

    /// Whether the stack has to be created: it is not there, or only reviewed so far.
    async fn is_new(&mut self, stack: &str) -> Result<bool, Failed> {
        let input = members(json!({"StackName": stack}));
        match self
            .checked(Service::CloudFormation, "DescribeStacks", input)
            .await
        {
            Ok(answer) => {
                let stacks = answer.output.get("Stacks").and_then(Value::as_array);
                let status = match stacks.map(Vec::as_slice) {
                    Some([only]) => only.get("StackStatus").and_then(Value::as_str),
                    _ => None,
                };
                Ok(status.is_none_or(|status| status == "REVIEW_IN_PROGRESS"))
            }
            Err(Failed::Service(error))
                if error
                    .message
                    .contains(&format!("Stack with id {stack} does not exist")) =>
            {
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }

    /// Makes the change set. Gives its ARN, and whether it creates the stack.
    async fn change_set(
        &mut self,
        deploy: &Deploy,
        names: &[String],
    ) -> Result<(String, bool), Failed> {
        let stack = deploy.stack_name.as_str();
        let creates = self.is_new(stack).await?;
        // A value is kept only for parameters that the stack has already.
        let kept = if creates {
            HashSet::new()
        } else {
            self.parameters_of(stack).await?
        };
        let parameters: Vec<Value> = names
            .iter()
            .filter_map(|name| match deploy.parameter_overrides.get(name) {
                Some(value) => Some(json!({"ParameterKey": name, "ParameterValue": value})),
                None if kept.contains(name) => {
                    Some(json!({"ParameterKey": name, "UsePreviousValue": true}))
                }
                None => None,
            })
            .collect();
        let tags: Vec<Value> = deploy
            .tags
            .iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        let now = self.session.now();
        let mut input = members(json!({
            "ChangeSetName": format!("awscli-cloudformation-package-deploy-{}", now.as_second()),
            "StackName": stack,
            "ChangeSetType": if creates { "CREATE" } else { "UPDATE" },
            "Parameters": parameters,
            "Capabilities": deploy.capabilities,
            "Description": format!(
                "Created by AWS CLI at {} UTC", now.strftime("%Y-%m-%dT%H:%M:%S%.6f")),
            "Tags": tags,
        }));
        match &deploy.s3_bucket {
            Some(bucket) => {
                let url = self.upload_template(deploy, bucket).await?;
                input.insert("TemplateURL".into(), url.into())
            }
            None => input.insert("TemplateBody".into(), deploy.template.as_str().into()),
        };
        if let Some(role) = &deploy.role_arn {
            input.insert("RoleARN".into(), role.as_str().into());
        }
        if let Some(topics) = &deploy.notification_arns {
            input.insert("NotificationARNs".into(), topics.clone().into());
        }
        let answer = self
            .checked(Service::CloudFormation, "CreateChangeSet", input)
            .await?;
        let id = answer.output.get("Id").and_then(Value::as_str);
        Ok((id.unwrap_or_default().to_owned(), creates))
    }

    async fn parameters_of(&mut self, stack: &str) -> Result<HashSet<String>, Failed> {
        let input = members(json!({"StackName": stack}));
        let answer = self
            .named(Service::CloudFormation, "GetTemplateSummary", input)
            .await?;
        let listed = answer.output.get("Parameters").and_then(Value::as_array);
        Ok(listed
            .into_iter()
            .flatten()
            .filter_map(|parameter| parameter.get("ParameterKey")?.as_str())
            .map(ToOwned::to_owned)
            .collect())
    }

    /// Waits for the change set. Gives the message where it has no changes.
    async fn await_change_set(
        &mut self,
        stack: &str,
        change_set: &str,
    ) -> Result<Option<String>, Failed> {
        let waiter = waiter("ChangeSetCreateComplete")?;
        let input = members(json!({"ChangeSetName": change_set, "StackName": stack}));
        let rhythm = Some((Duration::from_secs(5), u64::from(waiter.max_attempts)));
        let mut waiting = Waiting::new(self, waiter, Service::CloudFormation, input, rhythm)?;
        let Step::Over(ended) = waiting.until_decided(self).await? else {
            return Ok(None);
        };
        let text = |name: &str| {
            let found = ended.answer.as_ref().and_then(|answer| answer.get(name));
            found.and_then(Value::as_str).unwrap_or_default()
        };
        let (status, reason) = (text("Status"), text("StatusReason"));
        let empty = status == "FAILED"
            && (reason.contains("The submitted information didn't contain changes.")
                || reason.contains("No updates are to be performed"));
        if empty {
            return Ok(Some(format!(
                "No changes to deploy. Stack {stack} is up to date"
            )));
        }
        let message = if ended.answer.is_some() {
            format!(
                "Failed to create the changeset: {} Status: {status}. Reason: {reason}",
                ended.text(waiter)
            )
        } else {
            ended.text(waiter)
        };
        Err(Failed::because(message, ended.error))
    }

    /// Waits for the stack, and tells its events as they happen.
    async fn await_stack(
        &mut self,
        stack: &str,
        creates: bool,
        events: &mut StackEvents,
    ) -> Result<(), Failed> {
        let waiter = waiter(if creates {
            "StackCreateComplete"
        } else {
            "StackUpdateComplete"
        })?;
        let input = members(json!({"StackName": stack}));
        let rhythm = Some((Duration::from_secs(30), 120));
        let mut waiting = Waiting::new(self, waiter, Service::CloudFormation, input, rhythm)?;
        loop {
            let step = waiting.look(self).await?;
            events.tell(self).await;
            match step {
                Step::Again => self.session.pause.pause(waiting.delay).await,
                Step::Done => return Ok(()),
                Step::Over(ended) => {
                    let message = format!(
                        "Failed to create/update the stack. Run the following command\nto fetch \
                         the list of events leading up to the failure\naws cloudformation \
                         describe-stack-events --stack-name {stack}"
                    );
                    return Err(Failed::because(message, ended.error));
                }
            }
        }
    }

    /// Puts the template into a bucket under the hash of its text. Gives its URL.
    async fn upload_template(&mut self, deploy: &Deploy, bucket: &str) -> Result<String, Failed> {
        let hash = hex::encode(Md5::digest(deploy.template.as_bytes()));
        let key = match deploy.s3_prefix.as_deref() {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}/{hash}.template"),
            _ => format!("{hash}.template"),
        };
        let object = members(json!({"Bucket": bucket, "Key": key}));
        let there = !deploy.force_upload
            && self
                .named(Service::S3, "HeadObject", object.clone())
                .await
                .is_ok();
        if !there {
            let mut input = object;
            input.insert("Body".into(), STANDARD.encode(&deploy.template).into());
            let encryption = if let Some(key) = &deploy.kms_key_id {
                input.insert("SSEKMSKeyId".into(), key.as_str().into());
                "aws:kms"
            } else {
                "AES256"
            };
            input.insert("ServerSideEncryption".into(), encryption.into());
            if bad_bucket(bucket).is_none() {
                let said = progress(&key, deploy.template.len());
                self.told.push_str(&said);
            }
            match self.named(Service::S3, "PutObject", input).await {
                Err(Failed::Service(error)) if error.code == "NoSuchBucket" => {
                    let message = format!(
                        "S3 Bucket does not exist. Execute the command to create a new bucket\naws \
                         s3 mb s3://{bucket}"
                    );
                    return Err(Failed::because(message, Some(error)));
                }
                put => put?,
            };
        }
        let route = self.session.route();
        let profile = route.profile(self.globals)?;
        let own = self.globals.endpoint_url.as_deref();
        let base = match own.or_else(|| self.session.target.endpoint()) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => match route.region(self.globals, profile.as_ref()) {
                Some(region) => format!("https://s3.{region}.amazonaws.com"),
                None => "https://s3.amazonaws.com".to_owned(),
            },
        };
        Ok(format!("{base}/{bucket}/{key}"))
    }
}

/// What the AWS CLI writes over and over while a template goes up: nothing ends the line.
fn progress(key: &str, length: usize) -> String {
    let mut text = String::new();
    let mut sent = 0;
    while sent < length {
        sent = (sent + PROGRESS).min(length);
        // In hundredths of a percent, rounded.
        let share = (sent * 10_000 + length / 2) / length;
        let (percent, rest) = (share / 100, share % 100);
        text.push_str(&format!(
            "\rUploading to {key}  {sent} / {length}.0  ({percent}.{rest:02}%)"
        ));
    }
    text
}

fn waiter(name: &str) -> Result<&'static Waiter, Failed> {
    Service::CloudFormation
        .model()
        .waiters()
        .iter()
        .find(|waiter| waiter.name == name)
        .ok_or_else(|| Failed::general(format!("there is no waiter {name}")))
}

/// The names of a template's parameters, in order.
fn parameters(template: &str) -> Result<Vec<String>, Failed> {
    /// A collection that is open.
    struct Open {
        mapping: bool,
        /// Whether a key comes next.
        key: bool,
        /// Whether its keys are the parameters.
        parameters: bool,
    }
    let mut open: Vec<Open> = Vec::new();
    let mut names = Vec::new();
    let mut at_parameters = false;
    for event in Parser::new_from_str(template) {
        let (event, _) = event
            .map_err(|why| Failed::general(format!("the template is not well-formed: {why}")))?;
        let depth = open.len();
        let is_key = open.last().is_some_and(|open| open.mapping && open.key);
        let starts = match event {
            Event::MappingStart(..) => Some(true),
            Event::SequenceStart(..) => Some(false),
            Event::Scalar(..) | Event::Alias(_) => None,
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                continue;
            }
            _ => continue,
        };
        if let Some(parent) = open.last_mut()
            && parent.mapping
        {
            parent.key = !parent.key;
        }
        if let (true, Event::Scalar(text, ..)) = (is_key, &event) {
            if depth == 1 {
                at_parameters = text == "Parameters";
            }
            if open.last().is_some_and(|open| open.parameters) {
                names.push(text.to_string());
            }
        }
        if let Some(mapping) = starts {
            open.push(Open {
                mapping,
                key: true,
                parameters: mapping && depth == 1 && at_parameters && !is_key,
            });
        }
    }
    Ok(names)
}

/// The events of a stack, told once each.
pub(super) struct StackEvents {
    stack: String,
    seen: HashSet<String>,
    /// Whether the caller may ask for them.
    asking: bool,
}

impl StackEvents {
    pub(super) fn new(stack: &str) -> Self {
        Self {
            stack: stack.to_owned(),
            seen: HashSet::new(),
            asking: true,
        }
    }

    /// Takes the events so far for known.
    pub(super) async fn known(&mut self, run: &mut Run<'_>) {
        drop(self.fresh(run).await);
    }

    /// Tells the observer what is new, oldest first.
    pub(super) async fn tell(&mut self, run: &mut Run<'_>) {
        for event in self.fresh(run).await {
            run.observer.observe(super::Event::StackEvent(event));
        }
    }

    async fn fresh(&mut self, run: &mut Run<'_>) -> Vec<Value> {
        if !self.asking {
            return Vec::new();
        }
        let input = members(json!({"StackName": self.stack}));
        // These calls are ours, not the CLI's: their ids are not part of the outcome.
        let calls = run.request_ids.len();
        let result = run
            .named(Service::CloudFormation, "DescribeStackEvents", input)
            .await;
        run.request_ids.truncate(calls);
        let Ok(mut answer) = result else {
            self.asking = false;
            return Vec::new();
        };
        let Some(Value::Array(mut events)) = answer.output.get_mut("StackEvents").map(Value::take)
        else {
            return Vec::new();
        };
        events.retain(|event| {
            let id = event.get("EventId").and_then(Value::as_str);
            self.seen.insert(id.unwrap_or_default().to_owned())
        });
        events.reverse();
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_in_yaml_and_json() {
        let yaml = "Parameters:\n  A:\n    Type: String\n    Default: {Parameters: {No: 1}}\n  B: {Type: \
                    Number}\nResources:\n  C:\n    Type: !Sub x\n";
        assert_eq!(parameters(yaml).unwrap(), ["A", "B"]);
        let json = r#"{"Resources": {"X": {}}, "Parameters": {"K": {"Type": "String"}}}"#;
        assert_eq!(parameters(json).unwrap(), ["K"]);
        assert!(parameters("Resources: {}").unwrap().is_empty());
        assert!(parameters("a: [").is_err());
    }
}
