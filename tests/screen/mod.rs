//! A lesson, answers and a screen for the tests of the program that the learner sees.
#![allow(dead_code, reason = "each test file uses a part")]

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rolecall::app::{
    Access, Body, Can, Capabilities, Code, Edge, Effect, Exchange, Identity, Intent, Key, Lab,
    Model, Msg, Node, NodeKind, Opened, Progress, Report, RunId, Signing, Survey, Target, Thing,
    Things, World, keymap, update,
};
use rolecall::awscli::{Format, Outcome, Printed, Style, Verdict};
use rolecall::lesson::{Assets, Catalogue, LessonSource};
use rolecall::policy::{self, Explanation, Fix, Gate, GateState, Layer, StatementReport};
use rolecall::ui;
use serde_json::{Value, json};

const LESSON: &str = r#"
format_version = 1
id = "small"
title = "A small lesson"
summary = "Three calls, one of them denied."
minutes = 5
exam_domains = ["Secure access"]
requirements = ["You know what a user is."]
creates = ["IAM user `alice`", "a bucket"]
files = ["policy.json", "role.yaml"]

[[steps]]
id = "read"
title = "What this is about"
body = """
Nothing is allowed unless a policy **allows** it.

- first `one`
- then the other
"""
notes = """
**1 min.** Ask who has ever been *denied* something, and knew why.

- the answers are `short`
"""

[[steps]]
id = "user"
title = "Make a user"
body = "A user without any policy. Its id is captured."
command = "aws iam create-user --user-name alice"
expect = { outcome = "success" }
capture = { user_id = "User.UserId" }
hints = ["Look at the name.", "Press Enter."]
after = "The user `${user_id}` exists."

[[steps]]
id = "key"
title = "A key and a profile"
body = "Two commands."
command = """
aws iam create-access-key --user-name alice
aws configure set aws_access_key_id X --profile alice
"""
expect = { outcome = "success" }
capture = { secret_key = "AccessKey.SecretAccessKey" }

[[steps]]
id = "denied"
title = "Be denied"
body = "No policy allows it."
command = "aws s3 ls --profile alice"
expect = { outcome = "denied", code = "AccessDenied", layer = "identity", within = 9 }
after = "An **implicit** deny."

[[steps]]
id = "policy"
title = "Write the policy"
body = "Edit the document, then attach it."
command = "aws iam put-user-policy --user-name alice --policy-name p --policy-document file://policy.json"
edit = "policy.json"
expect = { outcome = "success" }

[[steps]]
id = "stack"
title = "Deploy"
body = "Watch the events."
command = "aws cloudformation deploy --template-file role.yaml --stack-name s"
files = ["role.yaml"]
expect = { outcome = "success" }

[[steps]]
id = "secret"
title = "Use the secret"
body = "The secret is not shown."
command = "aws configure set aws_secret_access_key ${secret_key} --profile alice"
expect = { outcome = "success" }

[[cleanup]]
command = "aws iam delete-user --user-name alice"

[[cleanup]]
remove_profiles = ["alice"]
"#;

const POLICY: &[u8] = br#"{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Action": "s3:ListAllMyBuckets",
    "Resource": "*"
  }
}
"#;

const ROLE: &[u8] = b"# A role.\nResources:\n  Role:\n    Type: AWS::IAM::Role\n";

/// A lesson with all that there is for studying.
const STUDY: &str = r#"
format_version = 1
id = "small"
title = "A lesson to study"
summary = "Predictions, a solution, a look at the world."
minutes = 5
files = ["policy.json"]

[[steps]]
id = "denied"
title = "Be denied"
body = "No policy allows it."
command = "aws s3 ls --profile alice"
expect = { outcome = "denied", code = "AccessDenied", layer = "identity" }

[[steps]]
id = "policy"
title = "Find the policy"
body = "Write a policy that lets alice list the buckets."
command = "aws iam put-user-policy --user-name alice --policy-name p --policy-document file://policy.json"
edit = "policy.json"
expect = { outcome = "success" }
hints = ["Which action lists buckets?", "`s3:ListAllMyBuckets`."]
check = { command = "aws iam get-user-policy --user-name alice --policy-name p", query = "PolicyDocument.Statement", says = "alice has the policy" }

[steps.solution]
command = "aws iam put-user-policy --user-name alice --policy-name p --policy-document file://policy.json --no-cli-pager"

[steps.solution.files]
"policy.json" = '''
{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
}
'''

[[steps]]
id = "allowed"
title = "Be allowed"
body = "Now a policy allows it."
command = "aws s3 ls --profile alice"
predict = true
expect = { outcome = "success" }
"#;

/// The lesson of these tests.
pub fn catalogue() -> Catalogue {
    let source = LessonSource {
        path: "lessons/small.toml".to_owned(),
        text: LESSON.to_owned(),
        place: Assets::Embedded(&[
            ("lessons/small/policy.json", POLICY),
            ("lessons/small/role.yaml", ROLE),
        ]),
    };
    let lesson = source.load().unwrap_or_else(|findings| {
        let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
        panic!("{}", findings.join("\n"))
    });
    Catalogue {
        lessons: vec![lesson.into()],
        problems: Vec::new(),
    }
}

/// The program, with what it wanted done.
#[derive(Clone)]
pub struct Play {
    pub model: Model,
    pub effects: Vec<Effect>,
}

impl Play {
    /// At the catalogue.
    pub fn new() -> Self {
        Self::on(Target::sandbox())
    }

    pub fn on(target: Target) -> Self {
        let mut model = Model::new(catalogue(), target, Capabilities::default());
        // Walks that are not about predictions are not asked for any.
        model.predicting = false;
        Self {
            model,
            effects: Vec::new(),
        }
    }

    /// In the lab of a lesson to study, at a step.
    pub fn studying(step: &str) -> Self {
        let source = LessonSource {
            path: "lessons/small.toml".to_owned(),
            text: STUDY.to_owned(),
            place: Assets::Embedded(&[("lessons/small/policy.json", POLICY)]),
        };
        let lesson = source.load().expect("the lesson is sound");
        let mut play = Self::new();
        play.model.catalogue.lessons = vec![lesson.into()];
        play.model.predicting = true;
        play.keys("Enter");
        play.open(Progress {
            step: step.to_owned(),
            ..Progress::default()
        });
        play
    }

    /// In the lab, at a step.
    pub fn at(step: &str) -> Self {
        let mut play = Self::new();
        play.keys("Enter");
        play.open(Progress {
            step: step.to_owned(),
            ..Progress::default()
        });
        play
    }

    pub fn open(&mut self, progress: Progress) {
        self.opened(Ok(Opened {
            progress,
            history: Vec::new(),
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            notice: None,
        }));
    }

    /// Answers what opens a lab; one that nobody waits for, where nobody does.
    pub fn opened(&mut self, result: Result<Opened, String>) {
        self.send(Msg::Opened {
            run: self.waits(),
            result: result.map(Box::new),
        });
    }

    /// Answers who is there.
    pub fn surveyed(&mut self, result: Result<Survey, String>) {
        let run = self.waits();
        self.send(Msg::Surveyed { run, result });
    }

    fn waits(&self) -> RunId {
        self.model.running().unwrap_or(RunId(u64::MAX))
    }

    pub fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.effects.extend(effects);
    }

    /// Presses keys, written as the help writes them and parted by blanks.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        for name in script.split_whitespace() {
            if let Some(intent) = keymap::intent(self.model.mode(), key(name)) {
                self.send(Msg::Intent(intent));
            }
        }
        self
    }

    pub fn lab(&self) -> &Lab {
        self.model.lab().expect("a lab is open")
    }

    /// The run that is waited for.
    pub fn run(&self) -> RunId {
        self.model.running().expect("something runs")
    }

    /// Answers it.
    pub fn answer(&mut self, report: Report) {
        let run = self.run();
        self.send(Msg::Finished {
            run,
            report: Box::new(report),
        });
    }

    pub fn identify(&mut self, profile: Option<&str>, arn: &str) {
        self.send(Msg::Identified {
            profile: profile.map(str::to_owned),
            identity: Ok(Identity {
                arn: arn.to_owned(),
                account: "123456789012".to_owned(),
            }),
        });
    }

    /// What the screen shows.
    pub fn screen(&mut self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.send(Msg::Resized { width, height });
        let mut geometry = None;
        terminal
            .draw(|frame| geometry = Some(ui::view(&self.model, frame)))
            .unwrap();
        self.send(Msg::Drawn(geometry.unwrap()));
        // Without the quotation marks of the backend's own form.
        terminal
            .backend()
            .to_string()
            .lines()
            .map(|line| line.trim_matches('"').trim_end())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The names of the effects since the last time.
    pub fn wanted(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.effects)
            .iter()
            // Looking at the sandbox changes nothing, and is asked for after everything.
            .filter(|effect| !matches!(effect, Effect::Look))
            .map(|effect| match effect {
                Effect::Look => "look",
                Effect::Survey(_) => "survey",
                Effect::Open { .. } => "open",
                Effect::Checkpoint(_) => "checkpoint",
                Effect::Run(_) => "run",
                Effect::RemoveProfiles { .. } => "remove profiles",
                Effect::Cancel(_) => "cancel",
                Effect::Identify { .. } => "identify",
                Effect::Restore(_) => "restore",
                Effect::Empty => "empty",
                Effect::Save { .. } => "save",
                Effect::Copy(_) => "copy",
                Effect::Mouse(_) => "mouse",
                Effect::Suspend => "suspend",
                Effect::Redraw => "redraw",
                Effect::Quit => "quit",
                Effect::ReadClock { .. } => "read clock",
                Effect::Advance { .. } => "advance",
                Effect::Names => "names",
                Effect::OpenDoor => "open door",
                Effect::CloseDoor => "close door",
                Effect::Export { .. } => "export",
            })
            .collect()
    }
}

/// A key by the name that the help gives it.
pub fn key(name: &str) -> Key {
    let (ctrl, name) = name
        .strip_prefix("Ctrl-")
        .map_or((false, name), |rest| (true, rest));
    let (shift, name) = name
        .strip_prefix("Shift-")
        .map_or((false, name), |rest| (true, rest));
    let code = match name {
        "Enter" => Code::Enter,
        "Esc" => Code::Esc,
        "Tab" => Code::Tab,
        "Left" => Code::Left,
        "Right" => Code::Right,
        "Up" => Code::Up,
        "Down" => Code::Down,
        "Home" => Code::Home,
        "End" => Code::End,
        "PgUp" => Code::PageUp,
        "PgDn" => Code::PageDown,
        "Backspace" => Code::Backspace,
        "Delete" => Code::Delete,
        "F5" => Code::F(5),
        "Space" => Code::Char(' '),
        one => {
            let mut letters = one.chars();
            let letter = letters.next().unwrap();
            assert_eq!(letters.next(), None, "`{one}` is no key");
            let key = Key::char(if ctrl {
                letter.to_ascii_lowercase()
            } else {
                letter
            });
            return Key { ctrl, ..key };
        }
    };
    Key {
        ctrl,
        shift,
        ..Key::new(code)
    }
}

/// A success with an answer.
pub fn success(value: Value) -> Report {
    Report {
        outcome: Outcome {
            verdict: Verdict::Success,
            code: None,
            message: None,
            exit: 0,
            stdout: Printed {
                style: if value.is_null() {
                    Style::Nothing
                } else {
                    Style::Formatted {
                        format: Format::Json,
                        query: None,
                        title: "CreateUser".to_owned(),
                        color: false,
                    }
                },
                value,
                pages: Vec::new(),
            },
            stderr: String::new(),
            request_ids: vec!["id-1".to_owned()],
        },
        explanations: Vec::new(),
        exchanges: Vec::new(),
        millis: 12,
        note: None,
    }
}

pub fn created() -> Report {
    success(json!({"User": {
        "Path": "/", "UserName": "alice", "UserId": "AIDAJQABLZS4A3QDU576Q",
        "Arn": "arn:aws:iam::123456789012:user/alice",
        "CreateDate": "2026-11-23T16:10:00+00:00"}}))
}

/// The secret that must never be seen.
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub fn access_key() -> Report {
    success(
        json!({"AccessKey": {"UserName": "alice", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "Status": "Active", "SecretAccessKey": SECRET}}),
    )
}

pub fn failure(verdict: Verdict, code: &str, message: &str) -> Report {
    let mut report = success(Value::Null);
    report.outcome.verdict = verdict;
    report.outcome.code = Some(code.to_owned());
    report.outcome.message = Some(message.to_owned());
    report.outcome.exit = 254;
    report.outcome.stderr = format!(
        "\naws: [ERROR]: An error occurred ({code}) when calling the ListBuckets operation: {message}\n"
    );
    report
}

/// A denial with its reasons.
pub fn denied() -> Report {
    let message = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: \
                   s3:ListAllMyBuckets because no identity-based policy allows the \
                   s3:ListAllMyBuckets action";
    let mut report = failure(Verdict::Denied, "AccessDenied", message);
    let absent = |layer| Gate {
        layer,
        title: String::new(),
        state: GateState::Absent,
        decisive: false,
        reason: String::new(),
        statements: Vec::new(),
    };
    report.explanations = vec![Explanation {
        principal: "arn:aws:iam::123456789012:user/alice".to_owned(),
        action: "s3:ListAllMyBuckets".to_owned(),
        resource: "*".to_owned(),
        verdict: policy::Verdict::ImplicitDeny,
        layer: Some(Layer::Identity),
        message: Some(message.to_owned()),
        summary: "none of the user's policies allows s3:ListAllMyBuckets".to_owned(),
        gates: vec![
            absent(Layer::Resource),
            Gate {
                layer: Layer::Identity,
                title: "policies of the user alice".to_owned(),
                state: GateState::Closed,
                decisive: true,
                reason: "no statement allows the action".to_owned(),
                statements: vec![StatementReport {
                    policy: "p".to_owned(),
                    index: 0,
                    sid: Some("Read".to_owned()),
                    effect: policy::Effect::Allow,
                    matched: false,
                    decisive: false,
                    reason: "the action is `s3:GetObject`, not `s3:ListAllMyBuckets`".to_owned(),
                    line: 4,
                    source: "{\n      \"Effect\": \"Allow\",\n      \"Action\": \"s3:GetObject\"\n    }"
                        .to_owned(),
                }],
            },
            absent(Layer::Boundary),
            absent(Layer::Session),
        ],
        fix: Some(Fix {
            text: "add a statement to a policy of the user alice".to_owned(),
            statement: Some(
                "{\n  \"Effect\": \"Allow\",\n  \"Action\": \"s3:ListAllMyBuckets\",\n  \"Resource\": \"*\"\n}"
                    .to_owned(),
            ),
            dangers: vec!["it shows the names of all buckets".to_owned()],
        }),
        notes: Vec::new(),
    }];
    report
}

/// An exchange with every part, as it may be shown.
pub fn exchange() -> Exchange {
    let pairs = |all: &[(&str, &str)]| {
        let pairs = all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        pairs.collect::<Vec<_>>()
    };
    Exchange {
        method: "POST".to_owned(),
        url: "https://iam.amazonaws.com/".to_owned(),
        request_headers: pairs(&[
            ("user-agent", "aws-sdk-rust/1.3"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-amz-date", "20261123T161000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature=****************",
            ),
        ]),
        request_body: Body::new("Action=CreateUser&Version=2010-05-08&UserName=alice+b%C3%A9"),
        signing: Some(Signing {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            scope: "20261123/us-east-1/iam/aws4_request".to_owned(),
            canonical_request: "POST\n/\n\ncontent-type:application/x-www-form-urlencoded\n\
                                host:iam.amazonaws.com\nx-amz-date:20261123T161000Z\n\n\
                                content-type;host;x-amz-date\n\
                                b6359072c78d70ebee1e81adcbab4f01bf2c23245fa365ef83fe8f1f955085e2"
                .to_owned(),
            string_to_sign: "AWS4-HMAC-SHA256\n20261123T161000Z\n\
                             20261123/us-east-1/iam/aws4_request\n\
                             f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
                .to_owned(),
            masked: false,
        }),
        status: Some(200),
        headers: pairs(&[("content-type", "text/xml"), ("x-amzn-requestid", "id-1")]),
        body: Body::new(
            "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <CreateUserResult><User><UserName>alice</UserName><Tags/></User></CreateUserResult>\
             </CreateUserResponse>",
        ),
    }
}

/// A small world; `more` is what a policy has added.
pub fn world(more: bool) -> World {
    let node = |kind, name: &str| Node {
        kind,
        name: name.to_owned(),
    };
    let thing = |name: &str, facts: &[&str]| Thing {
        name: name.to_owned(),
        facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
    };
    let kind = |title: &'static str, items: Vec<Thing>| Things {
        title: title.into(),
        items,
        more: 0,
    };
    let (alice, role, bucket) = (
        node(NodeKind::User, "alice"),
        node(NodeKind::Role, "s-Role-1ABC"),
        node(NodeKind::Bucket, "s-bucket-1abc"),
    );
    let edge = |who: &Node, can, what: &Node| Edge {
        who: who.clone(),
        what: what.clone(),
        can,
    };
    let mut edges = vec![
        edge(&role, Can::List, &bucket),
        edge(&role, Can::Read, &bucket),
    ];
    if more {
        edges.push(edge(&alice, Can::Assume, &role));
    } else {
        edges.push(edge(&role, Can::Write, &bucket));
    }
    World {
        time: "2026-11-23 16:10:24 UTC".to_owned(),
        kinds: vec![
            kind(
                "Users",
                vec![thing(
                    "alice",
                    &["key AKIAIOSFODNN7EXAMPLE", "inline policy p"],
                )],
            ),
            kind("Groups", Vec::new()),
            kind(
                "Roles",
                vec![thing("s-Role-1ABC", &["sessions of at most 3600 s"])],
            ),
            kind("Sessions", Vec::new()),
            kind(
                "Buckets",
                vec![thing("s-bucket-1abc", &["1 object", "no policy"])],
            ),
        ],
        access: Access {
            principals: vec![alice, node(NodeKind::User, "bob"), role],
            edges: edges.into_iter().collect(),
            left_out: 0,
        },
    }
}

/// Types a text, one key a character.
pub fn type_text(play: &mut Play, text: &str) {
    for c in text.chars() {
        play.send(Msg::Intent(Intent::Type(Key::char(c))));
    }
}
