//! Terraform's plans of `tests/terraform` against `rolecall serve`: imported and applied, changed in
//! place, planned again (no changes), destroyed; and what AWS refuses arrives in Terraform's error.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::bounded;
use crate::served::Server;

/// A world of two accounts, and a folder with a plan.
struct World {
    folder: tempfile::TempDir,
    server: Server,
}

impl World {
    fn of(plan: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = sources().join("terraform").join(plan);
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        let accounts = ["--account", "111122223333", "--account", "444455556666"];
        let options = [&accounts[..], &["--ephemeral", "--instant-stacks"]].concat();
        let mut rolecall = Command::new(env!("CARGO_BIN_EXE_rolecall"));
        let server = Server::of(&mut rolecall, &options);
        Self { folder, server }
    }

    /// A program in the plan's folder, as the administrator of the first account.
    fn command(&self, program: &str) -> Command {
        let text = |name| self.server.text(name);
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .env("AWS_CONFIG_FILE", "none")
            .env("AWS_SHARED_CREDENTIALS_FILE", "none")
            .env("AWS_ENDPOINT_URL", text("endpoint"))
            .env("AWS_REGION", text("region"))
            .env("AWS_ACCESS_KEY_ID", text("access_key_id"))
            .env("AWS_SECRET_ACCESS_KEY", text("secret_access_key"))
            .stdin(Stdio::null());
        command
    }

    /// What `rolecall aws` prints for a command.
    fn aws(&self, key: Option<&Value>, words: &[&str]) -> Value {
        let mut command = self.command(env!("CARGO_BIN_EXE_rolecall"));
        if let Some(key) = key {
            let text = |name: &str| key[name].as_str().unwrap();
            command
                .env("AWS_ACCESS_KEY_ID", text("access_key_id"))
                .env("AWS_SECRET_ACCESS_KEY", text("secret_access_key"));
        }
        let output = bounded::output(command.arg("aws").args(words));
        let printed = said(&output);
        assert!(output.status.success(), "{words:?}: {printed}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// A new key of a user, as a plan takes it.
    fn key_of(&self, user: &str) -> Value {
        let made = self.aws(None, &["iam", "create-access-key", "--user-name", user]);
        json!({
            "access_key_id": made["AccessKey"]["AccessKeyId"],
            "secret_access_key": made["AccessKey"]["SecretAccessKey"],
        })
    }

    fn terraform(&self, words: &[&str], variables: &[(&str, String)]) -> Output {
        let program = std::env::var("ROLECALL_TERRAFORM")
            .expect("ROLECALL_TERRAFORM names the terraform program");
        let mut command = self.command(&program);
        if let Some(mirror) = std::env::var_os("ROLECALL_TERRAFORM_MIRROR") {
            let configuration = self.folder.path().join("cli.tfrc");
            let mirror = std::path::absolute(mirror).unwrap();
            let text = format!(
                "provider_installation {{\n  filesystem_mirror {{ path = {:?} }}\n}}\n",
                mirror.to_str().unwrap()
            );
            fs::write(&configuration, text).unwrap();
            command.env("TF_CLI_CONFIG_FILE", configuration);
        }
        for (name, value) in variables {
            command.env(format!("TF_VAR_{name}"), value);
        }
        command
            .args(words)
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1");
        bounded::output(&mut command)
    }

    /// What Terraform prints where it succeeds.
    fn done(&self, words: &[&str], variables: &[(&str, String)]) -> String {
        let output = self.terraform(words, variables);
        let printed = said(&output);
        assert!(output.status.success(), "terraform {words:?}:\n{printed}");
        printed
    }

    /// The whole life of a plan whose `stage` is 1 and then 2, and its outputs after the change.
    fn live(&self, variables: &[(&str, String)]) -> Value {
        let at = |stage: &str| {
            let mut all = variables.to_vec();
            all.push(("stage", stage.to_owned()));
            all
        };
        let (first, second) = (at("1"), at("2"));
        self.done(&["init"], &[]);
        self.done(&["apply", "-auto-approve"], &first);
        let changed = self.done(&["apply", "-auto-approve"], &second);
        let in_place = |line: &str| {
            line.starts_with("Apply complete! Resources: 0 added, ")
                && line.ends_with(" changed, 0 destroyed.")
                && !line.contains(" 0 changed")
        };
        assert!(changed.lines().any(in_place), "{changed}");
        let same = self.done(&["plan", "-detailed-exitcode"], &second);
        assert!(same.contains("No changes."), "{same}");
        let outputs = self.done(&["output", "-json"], &[]);
        self.done(&["destroy", "-auto-approve"], &second);
        serde_json::from_str(&outputs).unwrap()
    }
}

fn sources() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
#[ignore = "needs Terraform and the AWS provider: .ci/run says where they are looked for"]
fn what_a_course_makes_is_applied_changed_and_destroyed() {
    let world = World::of("course");
    let certificates = sources().join("certificates");
    let variables = [
        ("certificates", certificates.to_str().unwrap().to_owned()),
        ("other", world.server.ready["accounts"][0].to_string()),
    ];
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let create = ["iam", "create-role", "--role-name", "found"];
    let trust = ["--assume-role-policy-document", &trust.to_string()];
    world.aws(None, &[&create[..], &trust].concat());
    let outputs = world.live(&variables);
    assert_eq!(
        outputs["accounts"]["value"],
        json!(["111122223333", "444455556666"])
    );
    assert_eq!(outputs["allowed"]["value"], true);
    // Nothing but the administrator is left.
    let left = |words: &[&str]| world.aws(None, words);
    assert_eq!(
        left(&["iam", "list-users", "--query", "Users[].UserName"]),
        json!(["Administrator"])
    );
    let buckets = left(&["s3api", "list-buckets", "--query", "Buckets[].Name"]);
    assert_eq!(buckets, json!([]));
}

#[test]
#[ignore = "needs Terraform and the AWS provider: .ci/run says where they are looked for"]
fn a_stack_is_made_changed_and_deleted_by_an_assumed_role_of_another_account() {
    let world = World::of("stack");
    let other = &world.server.ready["accounts"][0];
    world.aws(None, &["iam", "create-user", "--user-name", "dev"]);
    let statement = |rest: Value| json!({"Version": "2012-10-17", "Statement": [rest]}).to_string();
    let assume = json!(["sts:AssumeRole", "sts:TagSession"]);
    let role = "arn:aws:iam::444455556666:role/deploy";
    let may = statement(json!({"Effect": "Allow", "Action": assume, "Resource": role}));
    let put = ["iam", "put-user-policy", "--user-name", "dev"];
    let put = [&put[..], &["--policy-name", "p", "--policy-document", &may]].concat();
    world.aws(None, &put);
    let trust = statement(json!({
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/dev"},
        "Action": assume,
        "Condition": {"StringEquals": {
            "sts:ExternalId": "course-42",
            "aws:RequestTag/project": "blue",
        }},
    }));
    let create = ["iam", "create-role", "--role-name", "deploy"];
    let create = [&create[..], &["--assume-role-policy-document", &trust]].concat();
    world.aws(Some(other), &create);
    let may = statement(json!({
        "Effect": "Allow",
        "Action": ["cloudformation:*", "s3:*", "iam:GetRole"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/project": "blue"}},
    }));
    let put = ["iam", "put-role-policy", "--role-name", "deploy"];
    let put = [&put[..], &["--policy-name", "p", "--policy-document", &may]].concat();
    world.aws(Some(other), &put);
    let mut world = world;
    let key = world.key_of("dev");
    for name in ["access_key_id", "secret_access_key"] {
        world.server.ready[name] = key[name].clone();
    }
    let outputs = world.live(&[("role", role.to_owned())]);
    assert_eq!(outputs["issuer"]["value"], role);
    for output in ["bucket", "export"] {
        assert_eq!(outputs[output]["value"], "stack-444455556666-stage2");
    }
}

#[test]
#[ignore = "needs Terraform and the AWS provider: .ci/run says where they are looked for"]
fn what_aws_refuses_arrives_in_terraforms_error() {
    let world = World::of("refused");
    world.aws(None, &["iam", "create-user", "--user-name", "nobody"]);
    let variables = [("nobody", world.key_of("nobody").to_string())];
    world.done(&["init"], &[]);
    let refused = world.terraform(&["apply", "-auto-approve"], &variables);
    assert_eq!(refused.status.code(), Some(1));
    let printed = said(&refused);
    for error in [
        "api error AccessDenied: User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: \
         iam:CreateUser on resource: arn:aws:iam::111122223333:user/denied because no identity-based policy \
         allows the iam:CreateUser action",
        "api error AccessDenied: User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: \
         s3:CreateBucket on resource: \"arn:aws:s3:::denied-bucket-of-course\" because no identity-based \
         policy allows the s3:CreateBucket action",
        "MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        "EntityAlreadyExists: User with name busy already exists.",
        "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        "api error AccessControlListNotSupported: The bucket does not allow ACLs",
    ] {
        assert!(printed.contains(error), "{error}:\n{printed}");
    }
    // What Terraform does not know of stands in its way.
    world.key_of("busy");
    let put = ["s3api", "put-object", "--bucket", "full-bucket-of-course"];
    world.aws(None, &[&put[..], &["--key", "k"]].concat());
    let refused = world.terraform(&["destroy", "-auto-approve"], &variables);
    assert_eq!(refused.status.code(), Some(1));
    let printed = said(&refused);
    for error in [
        "DeleteConflict: Cannot delete entity, must delete access keys first.",
        "api error BucketNotEmpty: The bucket you tried to delete is not empty",
    ] {
        assert!(printed.contains(error), "{error}:\n{printed}");
    }
}
