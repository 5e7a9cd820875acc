//! What the screens look like, in every state and at every size that matters.

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

mod screen;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};
use rolecall::app::{
    Capabilities, Colours, Effect, Intent, Msg, Palette, Progress, StackEvent, Survey, Target,
};
use rolecall::awscli::Verdict;
use rolecall::lesson::World;
use rolecall::ui;
use screen::{Play, created, denied, exchange, failure, success, type_text, world};
use serde_json::{Value, json};

const SIZES: [(u16, u16); 4] = [(80, 24), (140, 45), (100, 30), (60, 18)];

/// Compares the screen at each size with its snapshot.
fn look(name: &str, play: &mut Play, sizes: &[(u16, u16)]) {
    for (width, height) in sizes {
        let screen = play.screen(*width, *height);
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), screen);
        });
    }
}

fn running(play: &mut Play, millis: u64) {
    let run = play.run();
    play.send(Msg::Tick { run, millis });
}

fn event(status: &str, resource: &str, kind: &str) -> StackEvent {
    StackEvent {
        time: "16:10:24".to_owned(),
        resource: resource.to_owned(),
        kind: kind.to_owned(),
        status: status.to_owned(),
        reason: None,
        total: Some(2),
    }
}

#[test]
fn catalogue() {
    let mut play = Play::new();
    look("catalogue", &mut play, &SIZES);
    play.keys("Enter");
    look("opening", &mut play, &SIZES);
    play.opened(Err(
        "the lab `small` is open in another rolecall: close that one first".to_owned(),
    ));
    look("failed", &mut play, &SIZES);
    let mut play = Play::new();
    play.model.catalogue.lessons.clear();
    look("catalogue-empty", &mut play, &SIZES);
}

#[test]
fn what_is_too_long_for_a_row_is_told_in_a_block() {
    let mut play = Play::at("user");
    play.identify(None, "arn:aws:iam::123456789012:root");
    play.keys("e");
    play.send(Msg::Saved(Err(
        "cannot write `/home/alice/.local/state/rolecall/assume-role.sandbox.json`: No space left \
         on device (os error 28)"
            .to_owned(),
    )));
    look("notice-long", &mut play, &SIZES);
    // It is read, and gone with the next key.
    play.keys("Esc");
    assert!(!play.screen(80, 24).contains("No space left"));
}

#[test]
fn steps_before_they_run() {
    look("explains", &mut Play::at("read"), &SIZES);
    let mut play = Play::at("user");
    play.identify(None, "arn:aws:iam::123456789012:root");
    look("before", &mut play, &SIZES);
    play.keys("H");
    look("hint", &mut play, &SIZES);
    play.keys("2");
    look("response-empty", &mut play, &SIZES);
    play.keys("3");
    look("why-empty", &mut play, &SIZES);
}

#[test]
fn running_and_success() {
    let mut play = Play::at("user");
    play.identify(None, "arn:aws:iam::123456789012:root");
    play.keys("Enter");
    running(&mut play, 2345);
    look("running", &mut play, &SIZES);
    play.answer(created());
    play.identify(None, "arn:aws:iam::123456789012:root");
    look("success", &mut play, &SIZES);
    play.keys("/ u s e r Enter n");
    look("search", &mut play, &SIZES);
}

#[test]
fn denied_with_its_reasons() {
    let mut play = Play::at("denied");
    play.identify(Some("alice"), "arn:aws:iam::123456789012:user/alice");
    play.keys("Enter");
    play.answer(denied());
    play.identify(Some("alice"), "arn:aws:iam::123456789012:user/alice");
    look("denied", &mut play, &SIZES);
    play.keys("2");
    look("denied-response", &mut play, &SIZES);
}

#[test]
fn an_account_gives_no_reasons() {
    let mut play = Play::on(Target {
        world: World::Account,
        endpoint: None,
        account: None,
        region: None,
    });
    play.keys("Enter");
    look("confirm-asking", &mut play, &SIZES);
    play.surveyed(Ok(Survey {
        account: "123456789012".to_owned(),
        caller: "arn:aws:iam::123456789012:user/me".to_owned(),
        region: "eu-central-1".to_owned(),
        alias: Some("school".to_owned()),
    }));
    type_text(&mut play, "1234");
    look("confirm", &mut play, &SIZES);
    type_text(&mut play, "56789012");
    play.keys("Enter");
    play.open(Progress {
        step: "denied".to_owned(),
        ..Progress::default()
    });
    play.keys("Enter");
    let mut report = denied();
    report.explanations.clear();
    play.answer(report);
    look("denied-account", &mut play, &SIZES);
}

#[test]
fn errors() {
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(failure(
        Verdict::Error,
        "EntityAlreadyExists",
        "User with name alice already exists.",
    ));
    look("error", &mut play, &SIZES);
    let mut play = Play::at("secret");
    play.keys("Enter");
    look("unset", &mut play, &SIZES);
}

#[test]
fn stacks() {
    let mut play = Play::at("stack");
    play.keys("Enter");
    let run = play.run();
    for event in [
        event("CREATE_IN_PROGRESS", "s", "AWS::CloudFormation::Stack"),
        event("CREATE_IN_PROGRESS", "Bucket", "AWS::S3::Bucket"),
        event("CREATE_COMPLETE", "Bucket", "AWS::S3::Bucket"),
        event("CREATE_IN_PROGRESS", "Role", "AWS::IAM::Role"),
    ] {
        play.send(Msg::Event { run, event });
    }
    running(&mut play, 1500);
    look("deploying", &mut play, &SIZES);
    let mut report = success(Value::Null);
    report.outcome.stdout.style = rolecall::awscli::Style::Text(
        "\nWaiting for changeset to be created..\nWaiting for stack create/update to complete\n\
         Successfully created/updated stack - s\n"
            .to_owned(),
    );
    play.answer(report);
    look("deployed", &mut play, &SIZES);
}

#[test]
fn long_texts() {
    let mut play = Play::at("user");
    play.keys("Enter");
    let users: Vec<Value> = (0..200)
        .map(|n| json!({"User": n, "Path": "/日本/".repeat(30), "Arn": "arn:aws:iam::1:user/x"}))
        .collect();
    play.answer(success(json!({ "Users": users })));
    play.keys("PgDn PgDn Shift-Right Shift-Right");
    play.screen(80, 24);
    play.keys("PgDn PgDn Shift-Right Shift-Right");
    look("long", &mut play, &SIZES);
}

#[test]
fn editors_and_questions() {
    let mut play = Play::at("policy");
    look("document", &mut play, &SIZES);
    play.keys("d");
    type_text(&mut play, "{");
    look("document-fault", &mut play, &SIZES);
    play.keys("Esc e Home x");
    look("command-edited", &mut play, &SIZES);
    play.keys("Enter");
    look("command-fault", &mut play, &SIZES);
    play.keys("Esc X");
    look("question", &mut play, &SIZES);
}

#[test]
fn long_commands_are_broken_as_at_a_shell_and_run_as_they_are() {
    let command = "aws sts assume-role --role-arn \
        arn:aws:iam::123456789012:role/a-stack-that-has-a-long-name-Role-0123456789ab \
        --role-session-name 'a name with blanks' \\\n    --profile alice --duration-seconds 3600 \
        --policy '{\"Version\": \"2012-10-17\", \"Statement\": []}'\naws sts get-caller-identity";
    let mut play = Play::new();
    play.keys("Enter");
    let mut progress = Progress {
        step: "denied".to_owned(),
        ..Progress::default()
    };
    progress.step_mut("denied").command = Some(command.to_owned());
    play.open(progress);
    look("command-long", &mut play, &SIZES);
    play.keys("c");
    let copied = play.effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(copied, Some(command));
}

#[test]
fn a_step_that_needs_an_earlier_one_names_it() {
    let mut play = Play::at("denied");
    play.keys("Enter");
    play.answer(failure(
        Verdict::Error,
        "",
        "The config profile (alice) could not be found",
    ));
    look("profile-missing", &mut play, &[(80, 24), (60, 18)]);
    let mut play = Play::at("secret");
    play.keys("Enter");
    let screen = play.screen(140, 45);
    assert!(
        screen.contains("`${secret_key}` has no value yet: run step 3"),
        "{screen}"
    );
}

#[test]
fn a_stack_that_is_being_made_is_waited_for() {
    let mut play = Play::at("stack");
    play.keys("Enter");
    // As CloudFormation answers while a stack is being made.
    play.answer(failure(
        Verdict::Error,
        "ValidationError",
        "Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/s/0a1b2c3d is in \
         CREATE_IN_PROGRESS state and can not be updated.",
    ));
    look("stack-in-progress", &mut play, &SIZES);
    let mut play = Play::at("stack");
    play.keys("Enter");
    play.answer(failure(
        Verdict::Error,
        "ValidationError",
        "Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/s/0a1b2c3d is in \
         ROLLBACK_COMPLETE state and can not be updated.",
    ));
    assert!(!play.screen(80, 24).contains("wait"));
}

#[test]
fn a_refused_policy_is_told_where_aws_tells_nothing() {
    for (name, text) in [
        (
            "json",
            "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\" {}\n}\n",
        ),
        (
            "grammar",
            "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\"Efect\": \"Allow\", \"Action\": \
             \"s3:ListAllMyBuckets\", \"Resource\": \"*\"}\n}\n",
        ),
    ] {
        let mut play = Play::new();
        play.keys("Enter");
        play.open(Progress {
            step: "policy".to_owned(),
            edits: [("policy.json".to_owned(), text.to_owned())].into(),
            ..Progress::default()
        });
        play.keys("Enter");
        play.answer(failure(
            Verdict::Error,
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
        ));
        look(&format!("refused-{name}"), &mut play, &[(80, 24), (60, 18)]);
        // The editor says it, too, before it is sent.
        play.keys("d");
        look(&format!("refused-{name}-editor"), &mut play, &[(80, 24)]);
    }
}

#[test]
fn help() {
    let mut play = Play::at("user");
    play.keys("?");
    look("help", &mut play, &SIZES);
}

#[test]
fn small_and_poor_terminals() {
    let mut play = Play::at("user");
    look("small", &mut play, &[(59, 18), (20, 3), (1, 1)]);
    let mut play = Play::at("denied");
    play.model.capabilities = Capabilities {
        colours: Colours::None,
        unicode: false,
    };
    play.keys("Enter");
    play.answer(denied());
    look("ascii", &mut play, &SIZES);
    assert!(play.screen(80, 24).is_ascii());
    play.keys("?");
    assert!(play.screen(80, 24).is_ascii());
    play.keys("? Esc");
    assert!(play.screen(80, 24).is_ascii());
}

#[test]
fn the_outcome_is_a_word_and_a_sign_besides_its_colour() {
    for (report, words) in [(created(), "✓ SUCCESS"), (denied(), "✗ DENIED")] {
        let mut play = Play::at("user");
        play.model.capabilities.colours = Colours::None;
        play.keys("Enter");
        play.answer(report);
        assert!(play.screen(80, 24).contains(words));
    }
}

#[test]
fn tabs_of_an_answer() {
    let mut play = Play::at("user");
    play.keys("5");
    look("wire-empty", &mut play, &SIZES);
    play.keys("Enter");
    let mut report = created();
    report.exchanges = vec![exchange(), exchange()];
    play.answer(report);
    play.keys("5");
    look("wire-request", &mut play, &SIZES);
    play.keys("v");
    look("wire-signing", &mut play, &SIZES);
    play.keys("v");
    look("wire-answer", &mut play, &SIZES);
    play.keys("6");
    look("code-rust", &mut play, &SIZES);
    play.keys("v");
    look("code-python", &mut play, &SIZES);
    play.keys("2 ] ] z");
    look("folded", &mut play, &SIZES);
    play.keys("v");
    look("table", &mut play, &SIZES);
}

#[test]
fn what_exists_and_who_can_reach_it() {
    let mut play = Play::at("policy");
    play.keys("7");
    look("state-asking", &mut play, &SIZES);
    play.send(Msg::Looked(Box::new(world(false))));
    play.keys("Enter");
    play.answer(success(Value::Null));
    play.send(Msg::Looked(Box::new(world(true))));
    play.keys("7");
    look("state", &mut play, &SIZES);
    play.keys("8");
    look("map", &mut play, &SIZES);
    play.model.capabilities.unicode = false;
    play.model.capabilities.colours = Colours::None;
    for tab in ["3", "5", "6", "7", "8"] {
        play.keys(tab);
        assert!(play.screen(80, 24).is_ascii(), "{tab}");
    }
    let mut play = Play::on(Target {
        world: World::Account,
        endpoint: None,
        account: None,
        region: None,
    });
    play.model.confirmed = true;
    play.keys("Enter");
    play.open(Progress {
        step: "user".to_owned(),
        ..Progress::default()
    });
    play.keys("7");
    look("state-account", &mut play, &SIZES);
}

#[test]
fn studying_a_step() {
    let mut play = Play::studying("denied");
    play.keys("Enter Down");
    look("predict", &mut play, &SIZES);
    play.keys("1 Enter");
    play.answer(denied());
    look("predicted", &mut play, &SIZES);
    play.keys("Right H H S");
    look("solution", &mut play, &SIZES);
    play.keys("S");
    look("solution-question", &mut play, &SIZES);
    play.keys("y Enter");
    play.answer(success(Value::Null));
    play.answer(success(json!({"PolicyDocument": {"Statement": [1]}})));
    play.keys("2");
    look("checked", &mut play, &SIZES);
    play.keys("Esc");
    look("catalogue-studied", &mut play, &SIZES);
    let mut play = Play::studying("denied");
    play.model.capabilities.unicode = false;
    play.keys("Enter");
    assert!(play.screen(60, 18).is_ascii());
}

/// What can be the matter with a step that runs something.
const STATES: [&str; 6] = ["empty", "loading", "success", "denied", "error", "long"];

/// A step in one of those states.
fn in_state(state: &str) -> Play {
    let mut play = Play::at("denied");
    play.identify(Some("alice"), "arn:aws:iam::123456789012:user/alice");
    if state == "empty" {
        return play;
    }
    play.keys("Enter");
    let mut report = match state {
        "loading" => {
            running(&mut play, 2345);
            return play;
        }
        "success" => created(),
        "denied" => denied(),
        "error" => failure(Verdict::Error, "NoSuchEntity", "The user is not there."),
        _ => long(),
    };
    report.exchanges = vec![exchange()];
    play.answer(report);
    play.identify(Some("alice"), "arn:aws:iam::123456789012:user/alice");
    play.send(Msg::Looked(Box::new(world(true))));
    play
}

/// An answer, a decision and names that are too long for any pane, in several scripts.
fn long() -> rolecall::app::Report {
    let name = "日本語の名前-שלום-مرحبا-e\u{301}\u{1f469}\u{200d}\u{1f52c}-".repeat(8);
    let mut report = denied();
    report.outcome.stderr = format!("\naws: [ERROR]: {name}\n");
    for explanation in &mut report.explanations {
        explanation.summary = format!("nothing allows it to {name}");
        explanation.resource = format!("arn:aws:s3:::{name}/{name}");
        explanation.principal = format!("arn:aws:iam::123456789012:user/{name}");
    }
    report
}

#[test]
fn every_tab_in_every_state() {
    for state in STATES {
        for (width, height) in SIZES {
            let mut out = String::new();
            for tab in ["1", "2", "3", "4", "5", "6", "7", "8"] {
                let mut play = in_state(state);
                play.keys(tab);
                out.push_str(&play.screen(width, height));
                out.push_str("\n\n");
            }
            insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
                insta::assert_snapshot!(format!("tabs-{state}-{width}x{height}"), out);
            });
        }
    }
}

/// Screens that between them use every style.
fn gallery() -> Vec<Play> {
    let mut plays = vec![Play::new(), Play::at("read"), Play::at("policy")];
    // Each tab in each state, and what can lie over it.
    for state in STATES {
        for keys in [
            "1",
            "2",
            "2 v",
            "2 ] z",
            "3",
            "4",
            "5",
            "5 v",
            "5 v v",
            "6",
            "6 v",
            "7",
            "8",
            "?",
            ":",
            "!",
            "w",
            "x",
            "X",
            "e Home x",
            "/ u s e r Enter",
            "T T T T T p",
            "c",
            ".",
        ] {
            let mut play = in_state(state);
            play.keys(keys);
            plays.push(play);
        }
    }
    let mut play = Play::at("policy");
    play.keys("d");
    type_text(&mut play, "{");
    plays.push(play);
    let mut play = Play::at("denied");
    play.keys("P h 3 Down 1 2");
    plays.push(play.clone());
    play.keys("Enter Enter");
    play.answer(denied());
    while play.lab().at == 3 {
        plays.push(play.clone());
        play.keys("Right");
    }
    for keys in ["Enter Down", "Enter Enter", "Right H H S", "Right H H S S"] {
        let mut play = Play::studying("denied");
        play.keys(keys);
        if play.model.running().is_some() {
            play.answer(denied());
        }
        plays.push(play);
    }
    let mut play = Play::at("user");
    play.keys("!");
    type_text(&mut play, "aws iam create-");
    play.keys("Tab");
    plays.push(play);
    let mut play = Play::at("stack");
    play.keys("Enter");
    let run = play.run();
    for status in ["CREATE_IN_PROGRESS", "CREATE_FAILED", "CREATE_COMPLETE"] {
        let event = event(status, "Bucket", "AWS::S3::Bucket");
        play.send(Msg::Event { run, event });
    }
    plays.push(play);
    let mut play = Play::on(Target {
        world: World::Account,
        endpoint: None,
        account: None,
        region: None,
    });
    play.keys("Enter");
    plays.push(play);
    let mut play = Play::new();
    play.keys("Enter");
    play.opened(Err("it is open elsewhere".to_owned()));
    plays.push(play);
    plays
}

/// Contrast as WCAG 2 has it.
fn contrast(a: Color, b: Color) -> f64 {
    let luminance = |colour| {
        let Color::Rgb(r, g, b) = colour else {
            panic!("{colour:?} is no colour of a palette")
        };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The dot of a screen that shows nothing is not to be seen by the audience.
fn is_dot_of_blank(play: &Play, text: &str) -> bool {
    play.model.stage.blank && text == "."
}

#[test]
fn every_letter_on_every_screen_has_a_contrast_of_seven_to_one() {
    let mut plays = gallery();
    for palette in Palette::ALL {
        let mut known = std::collections::HashSet::new();
        for (number, play) in plays.iter_mut().enumerate() {
            play.model.stage.palette = palette;
            // What differs between sizes is where things are.
            let small: &[(u16, u16)] = &[(140, 45), (80, 24)];
            let sizes = if palette == Palette::Dark {
                small
            } else {
                &small[..1]
            };
            for (width, height) in sizes.iter().copied() {
                play.send(Msg::Resized { width, height });
                let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                terminal
                    .draw(|frame| drop(ui::view(&play.model, frame)))
                    .unwrap();
                for cell in &terminal.backend().buffer().content {
                    let text = cell.symbol();
                    // Lines and bars only part what is told besides.
                    let told =
                        |c: char| !c.is_whitespace() && !('\u{2500}'..='\u{259f}').contains(&c);
                    if !text.chars().any(told) || is_dot_of_blank(play, text) {
                        continue;
                    }
                    let reversed = cell.modifier.contains(Modifier::REVERSED);
                    if !known.insert((cell.fg, cell.bg, reversed)) {
                        continue;
                    }
                    let (mut front, mut back) = (cell.fg, cell.bg);
                    if reversed {
                        std::mem::swap(&mut front, &mut back);
                    }
                    let found = contrast(front, back);
                    assert!(
                        found >= 7.0,
                        "{palette:?}, screen {number}, `{text}`: {found:.2}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_blank_screen_shows_nothing_and_does_nothing() {
    let mut play = Play::at("user");
    play.keys(".");
    assert_eq!(play.screen(80, 24).trim(), ".");
    play.wanted();
    play.keys("Enter");
    assert!(play.screen(80, 24).contains("Make a user"));
    assert!(play.wanted().is_empty());
    // Nothing but keys is kept from working.
    play.keys(". T R x ?");
    assert_eq!(play.screen(80, 24).trim(), ".");
    play.send(Msg::Intent(Intent::Blank));
    assert!(play.screen(80, 24).contains("Make a user"));
}
