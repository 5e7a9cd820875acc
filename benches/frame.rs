//! A frame of 200x60 with a response of 10 MB: the same at any place in it.
//!
//! Run with `cargo bench --bench frame`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "a test that panics has found something"
)]

use divan::Bencher;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rolecall::app::{
    Access, Body, Can, Capabilities, Edge, Exchange, Intent, Key, Model, Msg, Node, NodeKind,
    Opened, Pane, Progress, Report, Scroll, Tab, Target, Thing, Things, World, update,
};
use rolecall::awscli::{Format, Outcome, Printed, Style, Verdict};
use rolecall::lesson::Catalogue;
use rolecall::policy::{self, Effect, Explanation, Gate, GateState, Layer, StatementReport};
use rolecall::ui;
use serde_json::json;

fn main() {
    divan::main();
}

fn report() -> Report {
    let users: Vec<_> = (0..55_000)
        .map(|n| {
            json!({"Path": "/", "UserName": format!("user-{n}"), "UserId": "AIDAJQABLZS4A3QDU576Q",
                "Arn": format!("arn:aws:iam::123456789012:user/user-{n}"),
                "CreateDate": "2026-11-23T16:10:00+00:00"})
        })
        .collect();
    Report {
        outcome: Outcome {
            verdict: Verdict::Success,
            code: None,
            message: None,
            exit: 0,
            stdout: Printed {
                value: json!({ "Users": users }),
                pages: Vec::new(),
                style: Style::Formatted {
                    format: Format::Json,
                    query: None,
                    title: "ListUsers".to_owned(),
                    color: false,
                },
            },
            stderr: String::new(),
            request_ids: Vec::new(),
        },
        explanations: Vec::new(),
        exchanges: Vec::new(),
        millis: 1,
        note: None,
    }
}

fn small() -> Report {
    let mut report = report();
    report.outcome.stdout.value = json!({});
    report
}

/// A lab with the response on the screen.
fn model() -> Model {
    model_with(report())
}

fn model_with(report: Report) -> Model {
    let mut model = opened(Progress::default());
    update(&mut model, Msg::Intent(Intent::Next));
    finish(&mut model, report);
    update(&mut model, Msg::Intent(Intent::Show(Tab::Response)));
    model
}

/// Runs the step shown, to that end.
fn finish(model: &mut Model, report: Report) {
    update(model, Msg::Intent(Intent::Run));
    let Some(run) = model.running() else {
        panic!("nothing runs");
    };
    update(
        model,
        Msg::Finished {
            run,
            report: Box::new(report),
        },
    );
}

/// A lab.
fn opened(progress: Progress) -> Model {
    let mut model = Model::new(
        Catalogue::embedded(),
        Target::sandbox(),
        Capabilities::default(),
    );
    let mut send = |msg| {
        update(&mut model, msg);
        model.running()
    };
    send(Msg::Resized {
        width: 200,
        height: 60,
    });
    let Some(run) = send(Msg::Intent(Intent::Open)) else {
        panic!("nothing is opened");
    };
    send(Msg::Opened {
        run,
        result: Ok(Box::new(Opened {
            progress,
            ..Opened::default()
        })),
    });
    model
}

/// Where in the response, in percent.
#[divan::bench(args = [0, 50, 100])]
fn frame(bencher: Bencher<'_, '_>, place: usize) {
    let mut model = model();
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let mut geometry = None;
    terminal
        .draw(|frame| geometry = Some(ui::view(&model, frame)))
        .unwrap();
    let geometry = geometry.unwrap();
    let lines = geometry.pane(Pane::Response).unwrap().lines;
    update(&mut model, Msg::Drawn(geometry));
    let down = i32::try_from(lines / 100 * place).unwrap();
    update(&mut model, Msg::Intent(Intent::Scroll(Scroll::Lines(down))));
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .map(|_| ())
    });
}

/// A world as large as a map has room for, where everyone reaches everything.
fn world() -> World {
    let node = |kind, n: usize| Node {
        kind,
        name: format!("name-of-number-{n}"),
    };
    let principals: Vec<Node> = (0..15)
        .map(|n| node(NodeKind::User, n))
        .chain((0..15).map(|n| node(NodeKind::Role, n)))
        .collect();
    let mut access = Access {
        principals: principals.clone(),
        ..Access::default()
    };
    for who in &principals {
        for n in 0..20 {
            for can in [Can::List, Can::Read, Can::Write] {
                access.edges.insert(Edge {
                    who: who.clone(),
                    what: node(NodeKind::Bucket, n),
                    can,
                });
            }
        }
        for n in 0..15 {
            access.edges.insert(Edge {
                who: who.clone(),
                what: node(NodeKind::Role, n),
                can: Can::Assume,
            });
        }
    }
    let kinds = [
        "Users", "Roles", "Policies", "Sessions", "Stacks", "Buckets",
    ];
    let items = (0..60).map(|n| Thing {
        name: format!("name-of-number-{n}"),
        facts: vec![
            "key AKIAIOSFODNN7EXAMPLE".to_owned(),
            "inline policy p".to_owned(),
        ],
    });
    World {
        time: "2026-11-23 16:10:24 UTC".to_owned(),
        kinds: kinds
            .map(|title| Things {
                title: title.into(),
                items: items.clone().collect(),
                more: 7,
            })
            .into(),
        access,
    }
}

/// An exchange whose bodies are as long as they are kept.
fn exchange() -> Exchange {
    let body: String = "<member><UserName>somebody</UserName><Path>/</Path></member>".repeat(200);
    let headers = |n: usize| {
        let pairs = (0..n).map(|n| (format!("x-header-{n}"), "value ".repeat(12)));
        pairs.collect::<Vec<_>>()
    };
    Exchange {
        method: "POST".to_owned(),
        url: "https://iam.amazonaws.com/".to_owned(),
        request_headers: headers(12),
        request_body: Body::new(&format!("Action=X&{}", "Name=a+long+value&".repeat(400))),
        signing: None,
        status: Some(200),
        headers: headers(8),
        body: Body::new(&body),
    }
}

/// A decision with many statements.
fn explanation() -> Explanation {
    let gate = |layer, count: usize| Gate {
        layer,
        title: "policies of user somebody".to_owned(),
        state: GateState::Closed,
        decisive: true,
        reason: "no statement allows it".to_owned(),
        statements: (0..count)
            .map(|index| StatementReport {
                policy: format!("policy-{index}"),
                index,
                sid: None,
                effect: Effect::Allow,
                matched: false,
                decisive: false,
                reason: "the action is `s3:GetObject`, not `s3:ListBucket`".to_owned(),
                line: 4,
                source: "{}".to_owned(),
            })
            .collect(),
    };
    Explanation {
        principal: "arn:aws:iam::123456789012:user/somebody".to_owned(),
        action: "s3:ListBucket".to_owned(),
        resource: "arn:aws:s3:::bucket".to_owned(),
        verdict: policy::Verdict::ImplicitDeny,
        layer: Some(Layer::Identity),
        message: Some("no".to_owned()),
        summary: "nothing allows it".to_owned(),
        gates: vec![gate(Layer::Resource, 5), gate(Layer::Identity, 40)],
        fix: None,
        notes: Vec::new(),
    }
}

/// Each tab of an answer, with as much in it as there can be.
#[divan::bench(args = ["Why", "Wire", "Code", "State", "Map"])]
fn tab(bencher: Bencher<'_, '_>, name: &str) {
    let tab = Tab::ALL
        .into_iter()
        .find(|tab| tab.title() == name)
        .unwrap();
    let mut model = model_with(Report {
        explanations: vec![explanation()],
        exchanges: vec![exchange()],
        ..small()
    });
    update(&mut model, Msg::Looked(Box::new(world())));
    update(&mut model, Msg::Intent(Intent::Show(tab)));
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .map(|_| ())
    });
}

/// A step with a command as long as a screen.
#[divan::bench]
fn long_command(bencher: Bencher<'_, '_>) {
    let mut progress = Progress {
        step: "put-object".to_owned(),
        ..Progress::default()
    };
    let command = "aws iam get-user --user-name somebody ".repeat(200);
    progress.step_mut("put-object").command = Some(command);
    let model = opened(progress);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .map(|_| ())
    });
}

/// What lies over a step, and what is written there, over the fullest tab.
#[divan::bench(args = ["help", "palette", "free play", "note", "command", "document", "time", "export", "reset"])]
fn over(bencher: Bencher<'_, '_>, name: &str) {
    let mut model = model_with(Report {
        explanations: vec![explanation()],
        ..small()
    });
    update(&mut model, Msg::Looked(Box::new(world())));
    update(&mut model, Msg::Intent(Intent::Show(Tab::Map)));
    let intents = match name {
        "help" => vec![Intent::Help],
        "palette" => vec![Intent::Finder],
        "free play" => vec![Intent::Play, Intent::Paste("aws iam get-user ".repeat(60))],
        "note" => vec![Intent::Note, Intent::Paste("A long note. ".repeat(400))],
        "command" => vec![Intent::EditCommand, Intent::Paste("x".repeat(4000))],
        "document" => vec![Intent::Step(9), Intent::EditFile],
        "time" => vec![Intent::Clock],
        "export" => vec![Intent::Export(None)],
        _ => vec![Intent::ResetLesson],
    };
    for intent in intents {
        update(&mut model, Msg::Intent(intent));
    }
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .map(|_| ())
    });
}

/// Each scene of a step in front of a class, with as much in it as there can be.
#[divan::bench(args = ["the title", "the text", "the document", "the command", "a show of hands", "the outcome", "the answer", "the hands and the truth", "why", "the statement that decided", "what changed", "what to remember"])]
fn present(bencher: Bencher<'_, '_>, name: &str) {
    // One sends a template; the other asks for hands, and may end in anything.
    let step = match name {
        "the document" => "deploy",
        _ => "put-object",
    };
    let mut progress = Progress {
        step: step.to_owned(),
        ..Progress::default()
    };
    progress.step_mut(step).command = Some("aws iam get-user --user-name somebody ".repeat(200));
    let mut model = opened(progress);
    let mut send = |intent| update(&mut model, Msg::Intent(intent));
    send(Intent::Present);
    send(Intent::Hands);
    send(Intent::Type(Key::char('7')));
    send(Intent::Keep);
    let before = World {
        access: Access::default(),
        ..world()
    };
    update(&mut model, Msg::Looked(Box::new(before)));
    let asks = [
        "the title",
        "the text",
        "the document",
        "the command",
        "a show of hands",
    ];
    if !asks.contains(&name) {
        let mut decided = explanation();
        let statement = decided
            .gates
            .last_mut()
            .and_then(|gate| gate.statements.last_mut());
        let statement = statement.unwrap();
        statement.decisive = true;
        statement.source = "      \"s3:GetObject\",\n".repeat(300);
        finish(
            &mut model,
            Report {
                explanations: vec![decided],
                ..report()
            },
        );
        update(&mut model, Msg::Looked(Box::new(world())));
    }
    let at = model.lab().unwrap().at;
    update(&mut model, Msg::Intent(Intent::Step(at)));
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let shown = |model: &Model| {
        let lab = model.lab().unwrap();
        lab.scenes().get(lab.scene_at()).map(|scene| scene.title())
    };
    for _ in 0..30 {
        if shown(&model) == Some(name) {
            break;
        }
        update(&mut model, Msg::Intent(Intent::Reveal(1)));
    }
    assert_eq!(shown(&model), Some(name));
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .map(|_| ())
    });
}

/// Taking in the answer: masking, printing, indexing.
#[divan::bench(sample_count = 10)]
fn take_in(bencher: Bencher<'_, '_>) {
    bencher.bench_local(model);
}
