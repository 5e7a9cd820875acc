//! Commands as text, through the SDK, against the sandbox: what the AWS CLI would print.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

use std::io;
use std::sync::Arc;

use rolecall::aws::{
    Environment, Event, ProfileSettings, ProfileStore, SandboxPause, Session, Target, execute,
};
use rolecall::awscli::{self, Files, Outcome, Verdict};
use rolecall::sandbox::{ManualClock, Sandbox, Settings};
use rolecall::secret::Secret;
use serde_json::Value;

/// A session on a new sandbox, with profile files and a working folder of its own.
struct Lab {
    session: Session,
    folder: tempfile::TempDir,
    sandbox: Arc<Sandbox>,
}

struct Folder<'a>(&'a std::path::Path);

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-23T16:10:00Z".parse().unwrap()));
        let sandbox = Arc::new(Sandbox::new(Settings::new([7; 32], clock.clone())));
        let target = Target::Sandbox {
            sandbox: sandbox.clone(),
            clock,
        };
        let profiles = ProfileStore::new(
            folder.path().join("credentials"),
            folder.path().join("config"),
        );
        let session = Session::new(
            target,
            profiles,
            Environment::default(),
            folder.path(),
            Arc::new(SandboxPause(sandbox.clone())),
        );
        Self {
            session,
            folder,
            sandbox,
        }
    }

    fn run(&self, text: &str) -> Outcome {
        self.observed(text).0
    }

    fn observed(&self, text: &str) -> (Outcome, Vec<Event>) {
        let command = awscli::parse(text, &Folder(self.folder.path()))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut events = Vec::new();
        let outcome = runtime.block_on(execute(&self.session, &command, &mut |event| {
            events.push(event);
        }));
        (outcome, events)
    }

    fn json(&self, text: &str) -> Value {
        let outcome = self.run(text);
        assert_eq!(outcome.verdict, Verdict::Success, "{text}: {outcome:?}");
        outcome.stdout.value
    }

    fn keys(&self, profile: &str, keys: &Value) {
        let text = |name: &str| keys[name].as_str().unwrap_or_default().to_owned();
        let settings = ProfileSettings {
            access_key_id: text("AccessKeyId"),
            secret_access_key: Secret::new(text("SecretAccessKey")),
            session_token: keys["SessionToken"].as_str().map(Secret::new),
            region: None,
        };
        self.session
            .profiles()
            .write_profile(profile, &settings)
            .unwrap();
    }
}

#[test]
fn the_administrator_is_the_default_caller() {
    let lab = Lab::new();
    let outcome = lab.run("aws sts get-caller-identity");
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let answer: Value = serde_json::from_str(&outcome.stdout.revealed()).unwrap();
    assert_eq!(answer["Account"], "123456789012");
    assert_eq!(
        answer["Arn"],
        "arn:aws:iam::123456789012:user/Administrator"
    );
    assert_eq!(outcome.request_ids.len(), 1);
    assert!(!lab.folder.path().join("credentials").exists());
}

#[test]
fn an_unknown_profile_is_refused_in_the_clis_words() {
    let outcome = Lab::new().run("aws sts get-caller-identity --profile nobody");
    assert_eq!(outcome.exit, 255);
    assert_eq!(
        outcome.stderr,
        "\naws: [ERROR]: The config profile (nobody) could not be found\n"
    );
    assert!(outcome.request_ids.is_empty());
}

#[test]
fn a_user_without_permissions_is_denied_by_service_and_code() {
    let lab = Lab::new();
    lab.json("aws iam create-user --user-name alice");
    let keys = lab.json("aws iam create-access-key --user-name alice");
    lab.keys("alice", &keys["AccessKey"]);
    let who = lab.json("aws sts get-caller-identity --profile alice");
    assert_eq!(who["Arn"], "arn:aws:iam::123456789012:user/alice");
    let outcome = lab.run("aws s3api list-buckets --profile alice");
    assert_eq!(outcome.verdict, Verdict::Denied);
    assert_eq!(outcome.code.as_deref(), Some("AccessDenied"));
    assert_eq!(outcome.exit, 254);
    assert!(
        outcome.stderr.starts_with(
            "\naws: [ERROR]: An error occurred (AccessDenied) when calling the ListBuckets \
             operation: User: arn:aws:iam::123456789012:user/alice is not authorized to perform: \
             s3:ListAllMyBuckets"
        ),
        "{}",
        outcome.stderr
    );
    let id = outcome.request_ids.first().unwrap();
    assert_eq!(lab.sandbox.decisions(id).len(), 1);
}

#[test]
fn pages_are_joined_cut_and_resumed() {
    let lab = Lab::new();
    for name in ["a", "b", "c", "d"] {
        lab.json(&format!("aws iam create-user --user-name {name}"));
    }
    let names = |answer: &Value| -> Vec<String> {
        let users = answer["Users"].as_array().unwrap();
        users
            .iter()
            .map(|user| user["UserName"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = lab.run("aws iam list-users --page-size 2");
    assert_eq!(
        names(&all.stdout.value),
        ["a", "Administrator", "b", "c", "d"]
    );
    assert_eq!(all.request_ids.len(), 3);
    assert!(all.stdout.value.get("IsTruncated").is_none());
    let first = lab.json("aws iam list-users --max-items 3 --page-size 2");
    assert_eq!(names(&first), ["a", "Administrator", "b"]);
    let token = first["NextToken"].as_str().unwrap();
    let rest = lab.json(&format!("aws iam list-users --starting-token {token}"));
    assert_eq!(names(&rest), ["c", "d"]);
    let raw = lab.json("aws iam list-users --no-paginate");
    assert_eq!(raw["IsTruncated"], false);
}

#[test]
fn policy_documents_are_printed_as_objects() {
    let lab = Lab::new();
    lab.json("aws iam create-user --user-name alice");
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a%3Ab/*"}}"#;
    let put = lab.run(&format!(
        "aws iam put-user-policy --user-name alice --policy-name p --policy-document '{document}'"
    ));
    assert_eq!(put.exit, 0, "{put:?}");
    assert_eq!(put.stdout.revealed(), "");
    let got = lab.json("aws iam get-user-policy --user-name alice --policy-name p");
    assert_eq!(
        got["PolicyDocument"],
        serde_json::from_str::<Value>(document).unwrap()
    );
}

#[test]
fn objects_go_up_and_come_back() {
    let lab = Lab::new();
    assert_eq!(
        lab.run("aws s3 mb s3://shelf").stdout.revealed(),
        "make_bucket: shelf\n"
    );
    std::fs::create_dir_all(lab.folder.path().join("in/sub")).unwrap();
    std::fs::write(lab.folder.path().join("in/a b.txt"), "one").unwrap();
    std::fs::write(lab.folder.path().join("in/sub/c.json"), "{}").unwrap();
    for name in ["in/a b.txt", "in/sub/c.json"] {
        // Older than the objects, which the sandbox's clock dates: nothing to synchronise.
        let file = std::fs::File::options()
            .write(true)
            .open(lab.folder.path().join(name));
        file.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    let up = lab.run("aws s3 cp in s3://shelf/d --recursive");
    assert_eq!(
        up.stdout.revealed(),
        "upload: in/a b.txt to s3://shelf/d/a b.txt\nupload: in/sub/c.json to s3://shelf/d/sub/c.json\n",
        "{up:?}"
    );
    let listed = lab.run("aws s3 ls s3://shelf/d/").stdout.revealed();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "                           PRE sub/");
    assert!(lines[1].ends_with("          3 a b.txt"), "{listed}");
    let head = lab.json("aws s3api head-object --bucket shelf --key d/sub/c.json");
    assert_eq!(head["ContentType"], "application/json");
    assert_eq!(head["Metadata"], serde_json::json!({}));
    assert_eq!(lab.run("aws s3 sync in s3://shelf/d").stdout.revealed(), "");
    let down = lab.run("aws s3 cp 's3://shelf/d/a b.txt' out/");
    assert_eq!(
        down.stdout.revealed(),
        "download: s3://shelf/d/a b.txt to out/a b.txt\n"
    );
    assert_eq!(
        std::fs::read_to_string(lab.folder.path().join("out/a b.txt")).unwrap(),
        "one"
    );
    let gone = lab.run("aws s3 cp s3://shelf/none .");
    assert_eq!(gone.exit, 1);
    assert_eq!(
        gone.stderr,
        "fatal error: An error occurred (404) when calling the HeadObject operation: Key \"none\" does not exist\n"
    );
    assert_eq!(lab.run("aws s3 ls s3://shelf/nothing").exit, 1);
    let full = lab.run("aws s3 rb s3://shelf");
    assert_eq!(full.exit, 1);
    assert!(
        full.stderr.starts_with("remove_bucket failed: s3://shelf An error occurred (BucketNotEmpty) when calling the DeleteBucket operation: "),
        "{}", full.stderr
    );
    assert_eq!(
        lab.run("aws s3 rb s3://shelf --force").stdout.revealed(),
        "delete: s3://shelf/d/a b.txt\ndelete: s3://shelf/d/sub/c.json\nremove_bucket: shelf\n"
    );
}

#[test]
fn a_body_goes_to_its_file_and_the_rest_is_printed() {
    let lab = Lab::new();
    lab.json("aws s3api create-bucket --bucket shelf");
    std::fs::write(lab.folder.path().join("in.txt"), "hello").unwrap();
    let put = lab.json("aws s3api put-object --bucket shelf --key k --body in.txt --metadata a=1");
    assert_eq!(put["ETag"], "\"5d41402abc4b2a76b9719d911017c592\"");
    let got = lab.json("aws s3api get-object --bucket shelf --key k out.txt");
    assert_eq!(got["ContentLength"], 5);
    assert_eq!(got["Metadata"], serde_json::json!({"a": "1"}));
    assert_eq!(got["LastModified"], "2026-11-23T16:10:00+00:00");
    assert!(got.get("Body").is_none());
    assert_eq!(
        std::fs::read_to_string(lab.folder.path().join("out.txt")).unwrap(),
        "hello"
    );
    let head = lab.run("aws s3api head-object --bucket shelf --key none");
    assert_eq!(
        head.stderr,
        "\naws: [ERROR]: An error occurred (404) when calling the HeadObject operation: Not Found\n"
    );
}

#[test]
fn waiters_end_in_the_clis_words() {
    let lab = Lab::new();
    lab.json("aws iam create-user --user-name alice");
    assert_eq!(
        lab.run("aws iam wait user-exists --user-name alice").exit,
        0
    );
    let never = lab.run("aws iam wait user-exists --user-name bob");
    assert_eq!(never.exit, 255);
    assert_eq!(
        never.stderr,
        "\naws: [ERROR]: Waiter UserExists failed: Max attempts exceeded. Previously accepted \
         state: Matched expected service error code: NoSuchEntity\n"
    );
    assert_eq!(never.request_ids.len(), 20);
}

#[test]
fn settings_are_written_and_read() {
    let lab = Lab::new();
    assert_eq!(
        lab.run("aws configure set aws_access_key_id AKIAEXAMPLE --profile sts")
            .exit,
        0
    );
    lab.run("aws configure set aws_secret_access_key secretsecret --profile sts");
    lab.run("aws configure set region eu-west-1 --profile sts");
    lab.run("aws configure set profile.sts.s3.addressing_style path");
    let read = |name: &str| std::fs::read_to_string(lab.folder.path().join(name)).unwrap();
    assert_eq!(
        read("credentials"),
        "[sts]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secretsecret\n"
    );
    assert_eq!(
        read("config"),
        "[profile sts]\nregion = eu-west-1\ns3 =\n    addressing_style = path\n"
    );
    let shown = |text: &str| lab.run(text).stdout.revealed();
    assert_eq!(
        shown("aws configure get region --profile sts"),
        "eu-west-1\n"
    );
    assert_eq!(
        shown("aws configure get sts.aws_access_key_id"),
        "AKIAEXAMPLE\n"
    );
    assert_eq!(lab.run("aws configure get output --profile sts").exit, 1);
    assert_eq!(shown("aws configure list-profiles"), "sts\n");
    assert!(shown("aws configure list --profile sts").contains("****************MPLE"));
    assert!(lab.session.profiles().remove("sts").unwrap());
    assert_eq!(read("credentials").trim(), "");
}

#[test]
fn a_profile_may_assume_a_role() {
    let lab = Lab::new();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}"#;
    lab.json(&format!(
        "aws iam create-role --role-name guest --assume-role-policy-document '{trust}'"
    ));
    std::fs::write(
        lab.folder.path().join("config"),
        "[profile guest]\nrole_arn = arn:aws:iam::123456789012:role/guest\nsource_profile = default\nrole_session_name = me\n",
    )
    .unwrap();
    let who = lab.json("aws sts get-caller-identity --profile guest");
    assert_eq!(
        who["Arn"],
        "arn:aws:sts::123456789012:assumed-role/guest/me"
    );
}

#[test]
fn exchanges_are_told_without_secrets() {
    let lab = Lab::new();
    lab.json("aws iam create-user --user-name alice");
    let (outcome, events) = lab.observed("aws iam create-access-key --user-name alice");
    let secret = outcome.stdout.value["AccessKey"]["SecretAccessKey"]
        .as_str()
        .unwrap();
    let Some(Event::Exchange(exchange)) = events.first() else {
        panic!("{events:?}");
    };
    let shown = serde_json::to_string(&exchange.shown()).unwrap();
    assert!(shown.contains("Action=CreateAccessKey"), "{shown}");
    assert!(shown.contains("<AccessKeyId>"), "{shown}");
    assert!(!shown.contains(secret), "{shown}");
    assert!(!outcome.stdout.masked().contains(secret));
}

const TEMPLATE: &str = "\
Parameters:
  Tagged:
    Type: String
    Default: one
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}, Action: sts:AssumeRole}
      Tags: [{Key: t, Value: !Ref Tagged}]
";

#[test]
fn a_stack_is_deployed_with_its_events_told() {
    let lab = Lab::new();
    std::fs::write(lab.folder.path().join("t.yaml"), TEMPLATE).unwrap();
    let deploy = "aws cloudformation deploy --template-file t.yaml --stack-name lab \
                  --capabilities CAPABILITY_IAM";
    let (outcome, events) = lab.observed(deploy);
    assert_eq!(
        outcome.stdout.revealed(),
        "\nWaiting for changeset to be created..\nWaiting for stack create/update to \
         complete\nSuccessfully created/updated stack - lab\n",
        "{outcome:?}"
    );
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::StackEvent(event) => Some(format!(
                "{} {}",
                event["LogicalResourceId"].as_str().unwrap(),
                event["ResourceStatus"].as_str().unwrap()
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            "lab CREATE_IN_PROGRESS",
            "Role CREATE_IN_PROGRESS",
            "Role CREATE_IN_PROGRESS",
            "Role CREATE_COMPLETE",
            "lab CREATE_COMPLETE"
        ]
    );
    let again = lab.run(deploy);
    assert_eq!(again.exit, 0, "{again:?}");
    assert!(
        again
            .stdout
            .revealed()
            .ends_with("\nNo changes to deploy. Stack lab is up to date\n"),
        "{}",
        again.stdout.revealed()
    );
    let changed = lab.run(&format!("{deploy} --parameter-overrides Tagged=two"));
    assert_eq!(changed.exit, 0, "{changed:?}");
    let role = lab.json("aws cloudformation describe-stack-resources --stack-name lab");
    assert_eq!(role["StackResources"][0]["LogicalResourceId"], "Role");
    lab.json("aws cloudformation delete-stack --stack-name lab");
    assert_eq!(
        lab.run("aws cloudformation wait stack-delete-complete --stack-name lab")
            .exit,
        0
    );
}

#[test]
fn a_stack_that_fails_is_told_in_the_clis_words() {
    let lab = Lab::new();
    lab.json("aws s3api create-bucket --bucket taken --profile default");
    std::fs::write(
        lab.folder.path().join("t.yaml"),
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: taken}\n",
    )
    .unwrap();
    let outcome = lab.run("aws cloudformation deploy --template-file t.yaml --stack-name lab");
    assert_eq!(outcome.exit, 255);
    assert_eq!(
        outcome.stderr,
        "\naws: [ERROR]: Failed to create/update the stack. Run the following command\nto fetch \
         the list of events leading up to the failure\naws cloudformation \
         describe-stack-events --stack-name lab\n"
    );
}

#[test]
fn what_can_be_shown_of_an_exchange_holds_no_secret_and_explains_the_signature() {
    let lab = Lab::new();
    lab.json("aws iam create-user --user-name u");
    let (made, events) = lab.observed("aws iam create-access-key --user-name u");
    let secret = made.stdout.value["AccessKey"]["SecretAccessKey"]
        .as_str()
        .unwrap()
        .to_owned();
    lab.keys("u", &made.stdout.value["AccessKey"]);
    let mut all = events;
    all.extend(lab.observed("aws sts get-session-token --profile u").1);
    let session = lab.json("aws sts get-session-token --profile u")["Credentials"].clone();
    lab.keys("s", &session);
    all.extend(lab.observed("aws s3 ls --profile s").1);
    all.extend(
        lab.observed("aws iam create-login-profile --user-name u --password Hunter2-hunter2!")
            .1,
    );
    let shown: Vec<rolecall::aws::Shown> = all
        .iter()
        .filter_map(|event| match event {
            Event::Exchange(exchange) => Some(exchange.shown()),
            _ => None,
        })
        .collect();
    assert_eq!(shown.len(), 4);
    let text = serde_json::to_string(&shown).unwrap();
    let token = session["SessionToken"].as_str().unwrap();
    let key = session["SecretAccessKey"].as_str().unwrap();
    for hidden in [
        &secret,
        token,
        key,
        "Hunter2-hunter2!",
        "Hunter2-hunter2%21",
    ] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    for exchange in &shown {
        let signing = exchange.signing.as_ref().expect("it was signed");
        let lines: Vec<&str> = signing.canonical_request.split('\n').collect();
        assert_eq!(lines[0], exchange.method);
        let hash = rolecall::sigv4::sha256(signing.canonical_request.as_bytes());
        // What is masked was signed unmasked.
        assert_eq!(signing.string_to_sign.ends_with(&hash), !signing.masked);
    }
    assert_eq!(
        shown
            .iter()
            .filter(|it| it.signing.as_ref().unwrap().masked)
            .count(),
        2
    );
}

#[test]
fn the_map_of_access_is_what_the_gate_answers() {
    use rolecall::app::{Can, Edge, Node, NodeKind};
    let lab = Lab::new();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#;
    let reads = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::box/public/*"}]}"#;
    let assumes = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::123456789012:role/r"}]}"#;
    lab.json("aws iam create-user --user-name u");
    lab.json(&format!(
        "aws iam create-role --role-name r --assume-role-policy-document '{trust}'"
    ));
    lab.json("aws s3api create-bucket --bucket box");
    std::fs::write(lab.folder.path().join("f"), "x").unwrap();
    lab.json("aws s3api put-object --bucket box --key public/f --body f");
    lab.json(&format!(
        "aws iam put-role-policy --role-name r --policy-name p --policy-document '{reads}'"
    ));
    let before = rolecall::runtime::look::look(&lab.sandbox).access;
    lab.json(&format!(
        "aws iam put-user-policy --user-name u --policy-name p --policy-document '{assumes}'"
    ));
    let world = rolecall::runtime::look::look(&lab.sandbox);
    let node = |kind, name: &str| Node {
        kind,
        name: name.to_owned(),
    };
    let (user, role) = (node(NodeKind::User, "u"), node(NodeKind::Role, "r"));
    let bucket = node(NodeKind::Bucket, "box");
    let edge = |who: &Node, can, what: &Node| Edge {
        who: who.clone(),
        what: what.clone(),
        can,
    };
    assert!(before.of(&user).is_empty());
    assert_eq!(before.of(&role), [(&bucket, vec![Can::Read])]);
    let (added, removed) = world.access.since(&before);
    assert_eq!(
        (added, removed),
        (vec![edge(&user, Can::Assume, &role)], vec![])
    );
    // The administrator reaches everything.
    let administrator = node(NodeKind::User, "Administrator");
    assert_eq!(world.access.of(&administrator).len(), 3);
    // Asking does nothing, and is not remembered.
    assert_eq!(
        lab.run("aws s3api get-object --bucket box --key rolecall-asks out")
            .exit,
        254
    );
    let users = world
        .kinds
        .iter()
        .find(|kind| kind.title == "Users")
        .unwrap();
    assert!(
        users
            .items
            .iter()
            .any(|item| item.name == "u" && item.facts == ["inline policy p"])
    );
    // A world too large for a map is cut, and says so.
    for n in 0..40 {
        lab.json(&format!("aws iam create-user --user-name many-{n}"));
    }
    let large = rolecall::runtime::look::look(&lab.sandbox).access;
    assert_eq!((large.principals.len(), large.left_out), (30, 13));
}

#[test]
fn text_and_yaml_stream_are_printed_page_by_page() {
    let lab = Lab::new();
    for name in ["a1", "a2", "a3"] {
        lab.json(&format!("aws iam create-user --user-name {name}"));
    }
    let printed = |text: &str| lab.run(text).stdout.revealed();
    let pages = "aws iam list-users --page-size 2 --query Users[].UserName --output";
    assert_eq!(
        printed(&format!("{pages} text")),
        "a1\ta2\na3\tAdministrator\n"
    );
    assert_eq!(
        printed(&format!("{pages} yaml-stream")),
        "- - a1\n  - a2\n- - a3\n  - Administrator\n"
    );
    assert_eq!(
        printed(&format!("{pages} json")),
        "[\n    \"a1\",\n    \"a2\",\n    \"a3\",\n    \"Administrator\"\n]\n"
    );
    let cut = printed("aws iam list-users --max-items 1 --output text");
    assert!(
        cut.lines().last().unwrap().starts_with("NEXTTOKEN\t"),
        "{cut}"
    );
    // Other members of a page are printed with the first.
    lab.json("aws iam create-group --group-name g");
    for name in ["a1", "a2"] {
        lab.run(&format!(
            "aws iam add-user-to-group --group-name g --user-name {name}"
        ));
    }
    let group = printed("aws iam get-group --group-name g --page-size 1 --output text");
    let kinds: Vec<&str> = group
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(kinds, ["GROUP", "USERS", "USERS"]);
}

#[test]
fn a_bucket_elsewhere_is_asked_for_where_it_is() {
    let lab = Lab::new();
    lab.run("aws s3 mb s3://far-away --region eu-west-1");
    std::fs::write(lab.folder.path().join("f.txt"), "far").unwrap();
    let outcome = lab.run("aws s3 cp f.txt s3://far-away/f.txt");
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let outcome = lab.run("aws s3 sync s3://far-away down");
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!(
        std::fs::read_to_string(lab.folder.path().join("down/f.txt")).unwrap(),
        "far"
    );
    let none = lab.run("aws s3 sync f.txt s3://far-away");
    assert_eq!(none.exit, 2, "{none:?}");
    let put = lab.json("aws s3api put-object --bucket far-away --key g --body f.txt");
    assert!(put["ChecksumCRC64NVME"].is_string(), "{put}");
    let head = lab.json("aws s3api head-object --bucket far-away --key g");
    assert_eq!(head["ContentType"], "binary/octet-stream");
    let attributes = lab.json(
        "aws s3api get-object-attributes --bucket far-away --key g --object-attributes ETag ObjectSize",
    );
    assert_eq!(attributes["ObjectSize"], 3);
    let signed = lab.run("aws s3 presign s3://far-away/f.txt --region eu-west-1");
    assert!(!signed.stdout.revealed().contains("x-id="));
}
