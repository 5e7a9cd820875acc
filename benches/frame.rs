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
    Capabilities, Intent, Model, Msg, Opened, Pane, Report, Scroll, Tab, Target, update,
};
use rolecall::awscli::{Format, Outcome, Printed, Style, Verdict};
use rolecall::lesson::Catalogue;
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

/// A lab with the response on the screen.
fn model() -> Model {
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
    send(Msg::Intent(Intent::Open));
    send(Msg::Opened {
        lesson: "assume-role".to_owned(),
        result: Ok(Box::new(Opened::default())),
    });
    send(Msg::Intent(Intent::Next));
    let Some(run) = send(Msg::Intent(Intent::Run)) else {
        panic!("nothing runs");
    };
    send(Msg::Finished {
        run,
        report: Box::new(report()),
    });
    send(Msg::Intent(Intent::Show(Tab::Response)));
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

/// Taking in the answer: masking, printing, indexing.
#[divan::bench(sample_count = 10)]
fn take_in(bencher: Bencher<'_, '_>) {
    bencher.bench_local(model);
}
