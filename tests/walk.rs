//! Walks of the program without a screen: before, keys, after.

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

use proptest::prelude::*;
use rolecall::app::{
    Code, Effect, Ended, Focus, Intent, Key, Msg, Notice, Opened, Pane, Progress, RunId, Screen,
    Scroll, StackEvent, StepState, Subject, Survey, Tab, Target,
};
use rolecall::awscli::Verdict;
use rolecall::lesson::World;
use screen::{
    Play, SECRET, access_key, created, denied, exchange, failure, success, type_text, world,
};
use serde_json::Value;

fn state(play: &Play, step: &str) -> StepState {
    play.lab().progress.state(step)
}

fn step(play: &Play) -> &str {
    &play.lab().step().unwrap().id
}

fn notice(play: &Play) -> &str {
    match &play.model.notice {
        Some(Notice::Told(text) | Notice::Wrong(text)) => text,
        None => "",
    }
}

fn account() -> Target {
    Target {
        world: World::Account,
        endpoint: None,
        account: None,
        region: None,
    }
}

#[test]
fn reading_running_and_going_on() {
    let mut play = Play::at("read");
    play.wanted();
    play.keys("Enter");
    assert_eq!(
        (step(&play), state(&play, "read")),
        ("user", StepState::Done)
    );
    assert_eq!(play.wanted(), ["identify", "read clock", "save"]);

    play.keys("Enter");
    assert_eq!(play.wanted(), ["checkpoint", "run"]);
    assert_eq!(play.lab().tab, Tab::Response);
    play.answer(created());
    assert_eq!(state(&play, "user"), StepState::Done);
    assert_eq!(play.wanted(), ["identify", "read clock", "save"]);
    let attempt = play.lab().attempt().unwrap();
    assert_eq!(
        attempt.judgement.as_ref().unwrap().text,
        "succeeded, as expected"
    );

    // A held key does not run a finished step over and over.
    play.keys("Enter Enter Enter");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    assert!(notice(&play).contains("done"));
    play.keys("R");
    assert_eq!(play.wanted(), ["checkpoint", "run"]);
}

#[test]
fn a_late_reply_is_dropped() {
    let mut play = Play::at("user");
    play.keys("Enter");
    let old = play.run();
    play.keys("x");
    assert!(matches!(
        play.lab().attempt().unwrap().ended,
        Ended::Cancelled
    ));
    assert!(play.wanted().contains(&"cancel"));
    play.keys("Enter");
    let new = play.run();
    assert_ne!(old, new);
    play.send(Msg::Finished {
        run: old,
        report: Box::new(denied()),
    });
    assert_eq!(play.run(), new, "the old reply ended the new run");
    assert!(play.lab().attempt().unwrap().entries.is_empty());
    play.send(Msg::Tick {
        run: old,
        millis: 5,
    });
    assert_eq!(play.lab().job.as_ref().unwrap().running.millis, 0);
    play.answer(created());
    assert_eq!(state(&play, "user"), StepState::Done);
    // And one for a run that was answered.
    play.send(Msg::Finished {
        run: new,
        report: Box::new(denied()),
    });
    assert_eq!(play.lab().attempt().unwrap().entries.len(), 1);
}

#[test]
fn commands_of_a_step_run_one_after_another_and_stop_at_a_failure() {
    let mut play = Play::at("key");
    play.keys("Enter");
    play.answer(access_key());
    play.answer(success(Value::Null));
    assert_eq!(state(&play, "key"), StepState::Done);
    assert!(play.lab().progress.variables.is_secret("secret_key"));
    assert_eq!(play.lab().attempt().unwrap().entries.len(), 2);

    let mut play = Play::at("key");
    play.keys("Enter");
    play.answer(failure(Verdict::Error, "NoSuchEntity", "no"));
    assert!(play.lab().job.is_none());
    let attempt = play.lab().attempt().unwrap();
    assert_eq!(
        (
            attempt.entries.len(),
            attempt.judgement.as_ref().unwrap().ok
        ),
        (1, false)
    );
    assert_eq!(state(&play, "key"), StepState::Open);
}

#[test]
fn a_denial_that_was_expected_shows_why() {
    let mut play = Play::at("denied");
    play.keys("Enter");
    play.answer(denied());
    assert_eq!(state(&play, "denied"), StepState::Done);
    assert_eq!((play.lab().tab, play.lab().side), (Tab::Why, Tab::Why));
}

#[test]
fn the_wrong_outcome_leaves_the_step_open() {
    for (report, text) in [
        (
            created(),
            "expected denied with AccessDenied by the identity policies, but it succeeded",
        ),
        (
            failure(Verdict::Denied, "ExplicitDeny", "no"),
            "expected denied with AccessDenied by the identity policies, but it was denied with ExplicitDeny",
        ),
    ] {
        let mut play = Play::at("denied");
        play.keys("Enter");
        play.answer(report);
        assert_eq!(state(&play, "denied"), StepState::Open);
        let judgement = play.lab().attempt().unwrap().judgement.clone().unwrap();
        assert_eq!(judgement.text, text);
    }
}

#[test]
fn a_variable_without_a_value_stops_before_anything_is_sent() {
    let mut play = Play::at("secret");
    play.wanted();
    play.keys("Enter");
    assert!(!play.wanted().contains(&"run"));
    let attempt = play.lab().attempt().unwrap();
    let Ended::Failed(reason) = &attempt.ended else {
        panic!("{attempt:?}")
    };
    assert!(reason.contains("${secret_key}"));
}

#[test]
fn real_accounts_are_confirmed_by_typing_their_id() {
    let mut play = Play::on(account());
    play.keys("Enter");
    assert_eq!(play.wanted(), ["survey"]);
    play.keys("Enter");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    play.send(Msg::Surveyed(Ok(Survey {
        account: "111122223333".to_owned(),
        caller: "arn:aws:iam::111122223333:user/me".to_owned(),
        region: "eu-central-1".to_owned(),
        alias: None,
    })));
    type_text(&mut play, "111122223334");
    play.keys("Enter");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    assert!(notice(&play).contains("not the account id"));
    play.keys("Backspace 3 Enter");
    assert_eq!(play.wanted(), ["open"]);
}

#[test]
fn a_real_account_is_given_time_then_believed() {
    let mut play = Play::on(account());
    play.model.confirmed = true;
    play.keys("Enter");
    play.open(Progress {
        step: "denied".to_owned(),
        ..Progress::default()
    });
    play.keys("Enter");
    let mut slow = created();
    slow.millis = 1000;
    play.wanted();
    let first = play.run();
    play.answer(slow.clone());
    let Some(Effect::Run(run)) = play.effects.last() else {
        panic!("it does not try again: {:?}", play.effects)
    };
    assert!(run.delay > 0 && run.id != first);
    assert!(
        play.lab()
            .attempt()
            .unwrap()
            .note
            .as_ref()
            .unwrap()
            .contains("trying again")
    );
    for _ in 0..10 {
        if play.model.running().is_some() {
            play.answer(slow.clone());
        }
    }
    assert!(play.lab().job.is_none(), "it tries for ever");
    assert_eq!(play.lab().attempt().unwrap().entries.len(), 1);
    // The sandbox needs no time.
    let mut play = Play::at("denied");
    play.keys("Enter");
    play.answer(slow);
    assert!(play.lab().job.is_none());
}

#[test]
fn an_endpoint_that_allows_what_aws_denies_is_not_the_learners_fault() {
    let mut play = Play::on(Target {
        world: World::Endpoint,
        endpoint: Some("http://localhost:4566".to_owned()),
        ..account()
    });
    play.model.confirmed = true;
    play.keys("Enter");
    play.open(Progress {
        step: "denied".to_owned(),
        ..Progress::default()
    });
    play.keys("Enter");
    play.answer(created());
    assert_eq!(state(&play, "denied"), StepState::Lenient);
}

#[test]
fn commands_are_edited_kept_and_made_the_authors_again() {
    let mut play = Play::at("user");
    play.keys("e 2 Esc");
    assert_eq!(
        play.lab().command(),
        Some("aws iam create-user --user-name alice2")
    );
    play.keys("e Ctrl-t Esc");
    assert_eq!(play.lab().progress.steps["user"].command, None);
    play.keys("e 3 Enter");
    let Some(Effect::Run(run)) = play.effects.last() else {
        panic!("{:?}", play.effects)
    };
    assert_eq!(run.text.expose(), "aws iam create-user --user-name alice3");
    play.answer(created());
    play.keys("o");
    assert_eq!(
        play.lab().command(),
        Some("aws iam create-user --user-name alice")
    );
}

#[test]
fn a_command_that_does_not_parse_puts_the_cursor_at_the_place() {
    let mut play = Play::at("user");
    play.keys("e Home");
    play.wanted();
    type_text(&mut play, "");
    play.send(Msg::Intent(Intent::Cursor(Subject::Command, 0, 19)));
    type_text(&mut play, "s");
    play.send(Msg::Intent(Intent::Cursor(Subject::Command, 0, 0)));
    play.keys("Enter");
    assert!(!play.wanted().contains(&"run"));
    assert!(!notice(&play).is_empty());
    let Focus::Editing { editor, fault, .. } = &play.lab().focus else {
        panic!("the editor is closed")
    };
    assert_eq!(editor.cursor(), (0, 8));
    assert!(fault.is_some());
}

#[test]
fn documents_are_edited_with_the_place_of_what_is_wrong() {
    let mut play = Play::at("policy");
    play.keys("d");
    let before = play.lab().file_text("policy.json").unwrap();
    type_text(&mut play, "]");
    let Focus::Editing { fault, .. } = &play.lab().focus else {
        panic!("no editor")
    };
    assert_eq!(
        fault.as_ref().map(|(line, column, _)| (*line, *column)),
        Some((0, 0))
    );
    play.keys("Esc");
    assert_eq!(
        play.lab().file_text("policy.json").unwrap(),
        format!("]{before}")
    );
    // What runs reads the learner's text.
    play.keys("Enter");
    let Some(Effect::Run(run)) = play.effects.last() else {
        panic!("{:?}", play.effects)
    };
    assert!(run.edits["policy.json"].starts_with(']'));
    play.keys("x d Ctrl-t Esc");
    assert!(play.lab().progress.edits.is_empty());
}

#[test]
fn undo_and_resets_ask_first() {
    let mut play = Play::at("user");
    play.keys("u");
    assert_eq!(notice(&play), "there is nothing to undo");
    play.keys("Enter");
    play.answer(created());
    play.keys("Right");
    play.wanted();
    play.keys("u");
    assert!(matches!(play.lab().focus, Focus::Asking(_)));
    play.keys("n");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    play.keys("u y");
    let Some(Effect::Restore(ticket)) = play.effects.pop() else {
        panic!("nothing is restored")
    };
    play.send(Msg::Restored {
        ticket,
        result: Ok(()),
    });
    assert_eq!(
        (step(&play), state(&play, "user")),
        ("user", StepState::Open)
    );
    assert!(!play.lab().progress.variables.is_set("user_id"));
    assert!(play.lab().attempts.is_empty());

    play.keys("h e 9 Esc t y");
    assert_eq!(play.lab().progress.steps.get("user"), None);

    play.keys("Enter");
    play.answer(created());
    play.wanted();
    play.keys("X y");
    assert_eq!(play.wanted(), ["empty"]);
    play.send(Msg::Emptied(Ok(())));
    assert_eq!(step(&play), "read");
    assert_eq!(play.lab().progress.steps.len(), 0);
    assert!(play.lab().progress.variables.is_set("account_id"));
}

#[test]
fn a_lesson_on_an_account_is_reset_by_its_clean_up() {
    let mut play = Play::on(account());
    play.model.confirmed = true;
    play.keys("Enter");
    play.open(Progress {
        step: "user".to_owned(),
        ..Progress::default()
    });
    play.keys("u");
    assert!(notice(&play).contains("only the sandbox"));
    play.wanted();
    play.keys("X y");
    assert_eq!(play.wanted(), ["run"]);
    play.answer(failure(Verdict::Error, "NoSuchEntity", "no"));
    assert_eq!(play.wanted(), ["remove profiles"], "it stops at a failure");
    play.answer(success(Value::Null));
    assert_eq!(step(&play), "read");
    assert!(notice(&play).contains("aws iam delete-user"));
    assert_eq!(play.lab().attempt().unwrap().entries.len(), 2);
}

#[test]
fn hints_come_one_by_one() {
    let mut play = Play::at("user");
    play.keys("h");
    assert_eq!(play.lab().hints(), ["Look at the name."]);
    play.keys("h h");
    assert_eq!(play.lab().hints().len(), 2);
    assert_eq!(notice(&play), "there are no more hints");
}

#[test]
fn looking_and_leaving_work_while_a_call_runs() {
    let mut play = Play::at("user");
    play.keys("Enter 1 Down 3 Tab ? PgDn ?");
    let run = play.run();
    play.keys("Right R e u");
    assert_eq!((step(&play), play.run()), ("user", run));
    play.wanted();
    play.keys("q");
    assert_eq!(play.wanted(), ["cancel", "save", "quit"]);
    assert!(play.model.quitting);
}

#[test]
fn stack_events_belong_to_their_run() {
    let mut play = Play::at("stack");
    play.keys("Enter");
    let event = StackEvent {
        time: "12:00:00".to_owned(),
        resource: "Role".to_owned(),
        kind: "AWS::IAM::Role".to_owned(),
        status: "CREATE_IN_PROGRESS".to_owned(),
        reason: None,
        total: Some(2),
    };
    let run = play.run();
    play.send(Msg::Event {
        run,
        event: event.clone(),
    });
    play.send(Msg::Event {
        run: RunId(9999),
        event,
    });
    assert_eq!(play.lab().attempt().unwrap().events.len(), 1);
}

#[test]
fn searching_goes_round() {
    let mut play = Play::at("user");
    play.keys("/");
    assert_eq!(notice(&play), "there is no response to search yet");
    play.keys("Enter");
    play.answer(created());
    play.screen(80, 24);
    play.keys("/ u s e r Enter");
    let search = play.lab().search.clone().unwrap();
    assert_eq!(search.found.len(), 4);
    play.keys("n n n n");
    assert_eq!(play.lab().search.as_ref().unwrap().current, 0);
    play.keys("N");
    assert_eq!(play.lab().search.as_ref().unwrap().current, 3);
    // What is typed is not obeyed.
    play.keys("/ q Esc");
    assert!(!play.model.quitting);
}

#[test]
fn small_windows_take_no_key_but_those_that_leave() {
    let mut play = Play::at("user");
    play.screen(59, 24);
    play.wanted();
    play.keys("Enter Right e h");
    play.send(Msg::Intent(Intent::Run));
    assert_eq!(play.wanted(), Vec::<&str>::new());
    play.keys("q");
    assert_eq!(play.wanted(), ["save", "quit"]);
}

#[test]
fn an_error_is_a_state_with_a_way_on() {
    let mut play = Play::new();
    play.keys("Enter");
    play.send(Msg::Opened {
        lesson: "small".to_owned(),
        result: Err("it is open elsewhere".to_owned()),
    });
    assert!(
        matches!(&play.model.screen, Screen::Failed { reason, .. } if reason == "it is open elsewhere")
    );
    play.wanted();
    play.keys("Enter");
    assert_eq!(play.wanted(), ["open"]);
    play.keys("Esc");
    assert!(matches!(play.model.screen, Screen::Catalogue));
    // The lab that comes now is not wanted any more.
    play.open(Progress::default());
    assert!(matches!(play.model.screen, Screen::Catalogue));
}

#[test]
fn what_was_told_while_it_ran_does_not_hide_what_came_of_it() {
    let mut play = Play::at("user");
    play.keys("Enter Right");
    assert!(play.screen(80, 24).contains("a command is running"));
    play.answer(created());
    let screen = play.screen(80, 24);
    assert!(!screen.contains("a command is running"), "{screen}");
    assert!(screen.contains("as expected"), "{screen}");
}

#[test]
fn what_a_step_shows_is_said_only_where_the_run_showed_it() {
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(created());
    assert!(play.screen(80, 24).contains("What this shows"));
    // Done already, and run again to another end.
    play.keys("R");
    play.answer(failure(Verdict::Error, "EntityAlreadyExists", "it exists"));
    let screen = play.screen(80, 24);
    assert!(!screen.contains("What this shows"), "{screen}");
    play.keys("R");
    play.answer(created());
    assert!(play.screen(80, 24).contains("What this shows"));
}

#[test]
fn what_was_undone_before_can_be_undone_after_a_restart() {
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(created());
    let history = play.lab().history.clone();
    let progress = play.lab().progress.clone();
    let mut again = Play::new();
    again.keys("Enter");
    again.send(Msg::Opened {
        lesson: "small".to_owned(),
        result: Ok(Box::new(Opened {
            progress,
            history: history.clone(),
            ..Opened::default()
        })),
    });
    // Names given from now on are new ones.
    again.keys("R");
    again.answer(created());
    let tickets: Vec<_> = again.lab().history.iter().map(|it| it.ticket).collect();
    assert_eq!(tickets.len(), 2);
    assert!(tickets[1] > tickets[0]);
    for ticket in tickets.into_iter().rev() {
        again.keys("u y");
        again.send(Msg::Restored {
            ticket,
            result: Ok(()),
        });
    }
    assert_eq!(again.lab().history, []);
    assert_eq!(again.lab().state(), StepState::Open);
}

#[test]
fn progress_is_kept_when_leaving_and_shown_in_the_catalogue() {
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(created());
    play.keys("Esc");
    assert_eq!(play.model.overviews["small"].done, 1);
    let Some(Effect::Save { progress, .. }) = play
        .effects
        .iter()
        .rev()
        .find(|effect| matches!(effect, Effect::Save { .. }))
    else {
        panic!("nothing saved")
    };
    let written = serde_json::to_string(progress).unwrap();
    let read: Progress = serde_json::from_str(&written).unwrap();
    assert_eq!(&read, progress.as_ref());
}

#[test]
fn clicks_mean_what_was_drawn_there() {
    let mut play = Play::at("user");
    let screen = play.screen(80, 24);
    let row = screen
        .lines()
        .position(|line| line.contains("4 Files"))
        .unwrap();
    let line = screen.lines().nth(row).unwrap();
    let column = line[..line.find("4 Files").unwrap()].chars().count();
    let (x, y) = (u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
    assert_eq!(
        play.model.geometry.click(x, y),
        Some(Intent::Show(Tab::Files))
    );
    assert_eq!(play.model.geometry.pane_at(10, 6), Some(Pane::Text));
    assert_eq!(play.model.geometry.click(200, 200), None);
}

#[test]
fn no_secret_reaches_the_screen() {
    let mut play = Play::at("key");
    play.keys("Enter");
    play.answer(access_key());
    let mut leaking = success(Value::Null);
    leaking.outcome.stderr = format!("\nsomething said {SECRET}\n");
    play.answer(leaking);
    let mut seen = play.screen(140, 45);
    play.keys("Right Right Right Right");
    assert_eq!(step(&play), "secret");
    seen.push_str(&play.screen(140, 45));
    play.keys("e");
    seen.push_str(&play.screen(140, 45));
    play.keys("Esc c");
    play.keys("Enter");
    seen.push_str(&play.screen(140, 45));
    for effect in &play.effects {
        if let Effect::Copy(text) = effect {
            seen.push_str(text);
        }
    }
    seen.push_str(&format!("{:?}{:?}", play.model, play.effects));
    let leak = seen
        .find(SECRET)
        .map(|at| seen[..at].chars().rev().take(60).collect::<Vec<_>>());
    let leak: Option<String> = leak.map(|before| before.into_iter().rev().collect());
    assert_eq!(leak, None, "a secret was shown behind this");
    // It was used all the same.
    let Some(Effect::Run(run)) = play.effects.last() else {
        panic!("{:?}", play.effects)
    };
    assert!(run.text.expose().contains(SECRET));
}

fn intents() -> impl Strategy<Value = Intent> {
    let scroll = prop_oneof![
        any::<i32>().prop_map(Scroll::Lines),
        any::<i32>().prop_map(Scroll::Pages),
        any::<i32>().prop_map(Scroll::Columns),
        Just(Scroll::Top),
        Just(Scroll::Bottom),
    ];
    prop_oneof![
        8 => prop_oneof![
            Just(Intent::Help), Just(Intent::Back), Just(Intent::ToggleMouse), Just(Intent::Open),
            Just(Intent::Retry), Just(Intent::Run), Just(Intent::RunAgain), Just(Intent::Cancel),
            Just(Intent::Next), Just(Intent::Previous), Just(Intent::Hint), Just(Intent::Copy),
            Just(Intent::EditCommand), Just(Intent::EditFile), Just(Intent::Keep),
            Just(Intent::KeepAndRun), Just(Intent::Original), Just(Intent::NextFile),
            Just(Intent::Undo), Just(Intent::ResetStep), Just(Intent::ResetLesson),
            Just(Intent::Yes), Just(Intent::NextTab), Just(Intent::PreviousTab),
            Just(Intent::Search), Just(Intent::SearchFor), Just(Intent::SearchNext),
            Just(Intent::SearchPrevious),
        ],
        2 => scroll.prop_map(Intent::Scroll),
        2 => "\\PC".prop_map(|text| Intent::Type(Key::char(text.chars().next().unwrap_or('x')))),
        1 => prop_oneof![Just(Code::Enter), Just(Code::Backspace), Just(Code::Up), Just(Code::Left), Just(Code::Delete)]
            .prop_map(|code| Intent::Type(Key::new(code))),
        1 => "\\PC{0,30}".prop_map(Intent::Paste),
        1 => any::<i32>().prop_map(Intent::Move),
        1 => any::<usize>().prop_map(Intent::OpenAt),
        1 => (any::<usize>(), any::<usize>())
            .prop_map(|(line, column)| Intent::Cursor(Subject::Command, line, column)),
        1 => any::<i32>().prop_map(|lines| Intent::ScrollPane(Pane::Response, lines)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nothing_panics_at_any_size(
        script in proptest::collection::vec((intents(), 0_u8..12, 1_u16..150, 1_u16..60), 1..40)
    ) {
        let mut play = Play::at("user");
        for (intent, answer, width, height) in script {
            let written = serde_json::to_string(&intent).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Intent>(&written).unwrap(), &intent);
            play.send(Msg::Intent(intent));
            if play.model.running().is_some() {
                match answer {
                    0 => play.answer(created()),
                    1 => play.answer(denied()),
                    2 => play.answer(access_key()),
                    3 => play.answer(failure(Verdict::Error, "Throttling", "slow \u{1b}[2J down 日本")),
                    _ => {}
                }
            }
            if let Some(ticket) = play.effects.iter().rev().find_map(|effect| match effect {
                Effect::Restore(ticket) => Some(*ticket),
                _ => None,
            }) {
                play.send(Msg::Restored { ticket, result: Ok(()) });
            }
            if matches!(play.model.screen, Screen::Opening { .. }) {
                play.open(Progress::default());
            }
            if answer % 3 == 0 {
                play.screen(width, height);
            }
        }
    }
}

#[test]
fn the_response_folds_by_keys_and_clicks() {
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(created());
    play.keys("]");
    assert_eq!(play.lab().views.folds.at(), Some(0));
    play.keys("] z");
    assert_eq!(play.lab().views.folds.hides(1), Some(6));
    let screen = play.screen(80, 24);
    assert!(
        screen.contains("6 lines folded") && !screen.contains("UserName"),
        "{screen}"
    );
    let (area, intent) = play
        .model
        .geometry
        .targets
        .iter()
        .find(|(_, intent)| *intent == Intent::FoldAt(1))
        .cloned()
        .expect("the folded line can be clicked");
    assert_eq!(
        play.model.geometry.click(area.x, area.y),
        Some(intent.clone())
    );
    play.send(Msg::Intent(intent));
    assert!(play.screen(80, 24).contains("UserName"));
    // A search unfolds what it finds.
    play.keys("z /");
    type_text(&mut play, "UserName");
    play.keys("Enter");
    assert!(play.screen(80, 24).contains("UserName"));
    play.keys("z v");
    assert!(play.lab().views.is_table());
    let screen = play.screen(80, 24);
    assert!(screen.contains("|  UserName"), "{screen}");
    // Another run begins unfolded, as JSON.
    play.keys("R");
    assert!(!play.lab().views.is_table());
    assert_eq!(play.lab().views.folds.hidden(), 0);
}

#[test]
fn exchanges_and_decisions_are_gone_through_one_by_one() {
    let mut play = Play::at("denied");
    play.keys("Enter");
    let mut report = denied();
    let mut allowed = report.explanations[0].clone();
    allowed.verdict = rolecall::policy::Verdict::Allow;
    allowed.summary = "the first was allowed".to_owned();
    report.explanations.insert(0, allowed);
    report.exchanges = vec![exchange(), exchange()];
    report.exchanges[0].method = "PUT".to_owned();
    play.answer(report);
    assert!(!play.screen(80, 24).contains("the first was allowed"));
    play.keys("[");
    assert!(play.screen(80, 24).contains("the first was allowed"));
    play.keys("[ [");
    assert!(play.screen(80, 24).contains("the first was allowed"));
    play.keys("5");
    assert!(play.screen(80, 24).contains("POST https"));
    play.keys("[");
    assert!(play.screen(80, 24).contains("PUT https"));
    play.keys("] ]");
    assert!(play.screen(80, 24).contains("POST https"));
}

#[test]
fn the_listing_follows_the_command() {
    let mut play = Play::at("user");
    play.keys("6");
    assert!(play.screen(80, 24).contains(".user_name(\"alice\")"));
    play.keys("e");
    type_text(&mut play, "2");
    play.keys("Esc 6 v");
    let screen = play.screen(80, 24);
    assert!(
        screen.contains("iam.create_user(UserName=\"alice2\")"),
        "{screen}"
    );
}

#[test]
fn a_policy_edit_shows_what_it_changed() {
    let mut play = Play::at("policy");
    play.send(Msg::Looked(Box::new(world(false))));
    play.keys("Enter");
    play.answer(success(Value::Null));
    assert!(
        play.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Look))
    );
    play.send(Msg::Looked(Box::new(world(true))));
    play.keys("8");
    let screen = play.screen(100, 40);
    for words in [
        "+ user alice now can assume role s-Role-1ABC",
        "- role s-Role-1ABC no longer can write bucket s-bucket-1abc",
        "user bob  reaches nothing",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn no_tab_shows_a_secret() {
    let mut play = Play::at("key");
    play.keys("Enter");
    let mut report = access_key();
    report.exchanges = vec![exchange()];
    play.answer(report);
    play.answer(success(Value::Null));
    for keys in ["2", "v", "3", "5", "v", "v", "6", "v", "v", "7", "8"] {
        play.keys(keys);
        for (width, height) in [(80, 24), (200, 200)] {
            let screen = play.screen(width, height);
            let seen = screen.replace([' ', '\n', '\u{2502}'], "");
            assert!(!seen.contains(SECRET), "{keys}: {screen}");
        }
    }
}

#[test]
fn a_prediction_is_asked_for_held_against_what_came_and_counted_once() {
    let mut play = Play::studying("denied");
    play.wanted();
    play.keys("Enter");
    assert_eq!(
        play.wanted(),
        Vec::<&str>::new(),
        "it runs before one has answered"
    );
    assert!(play.screen(80, 24).contains("What will happen?"));
    play.keys("Esc");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    play.keys("Enter 1 Enter");
    assert_eq!(play.wanted(), ["checkpoint", "run"]);
    play.answer(denied());
    let words = "you said allowed: it was denied by the identity policies";
    assert_eq!(
        play.lab().attempt().unwrap().prediction.unwrap().words(),
        words
    );
    assert!(
        play.screen(100, 40)
            .contains("You said allowed: it was denied")
    );
    let score = |play: &Play| play.lab().progress.predictions.scores.words();
    assert_eq!(score(&play), "identity 0 of 1");
    // Neither undoing nor beginning afresh makes a known answer a prediction.
    play.keys("u y");
    let ticket = play.effects.iter().rev().find_map(|effect| match effect {
        Effect::Restore(ticket) => Some(*ticket),
        _ => None,
    });
    play.send(Msg::Restored {
        ticket: ticket.unwrap(),
        result: Ok(()),
    });
    play.keys("Enter Down Enter");
    play.answer(denied());
    assert_eq!(score(&play), "identity 0 of 1");
    assert!(
        play.screen(100, 40)
            .contains("You said denied by the identity policies: right")
    );
    // The catalogue shows it.
    play.keys("Esc");
    assert!(
        play.screen(80, 24)
            .contains("predictions right: identity 0 of 1")
    );
}

#[test]
fn predictions_are_left_out_by_one_key() {
    let mut play = Play::studying("denied");
    play.wanted();
    play.keys("Enter r");
    assert_eq!(play.wanted(), ["checkpoint", "run"]);
    play.answer(denied());
    assert_eq!(play.lab().attempt().unwrap().prediction, None);
    let mut play = Play::studying("allowed");
    play.keys("Enter p");
    assert!(play.lab().progress.predictions.off);
    assert_eq!(play.model.running(), None);
    play.keys("Enter");
    assert!(play.model.running().is_some());
    play.answer(success(Value::Null));
    play.keys("p");
    assert!(!play.lab().progress.predictions.off);
    // What was allowed is a gate, too.
    let mut play = Play::studying("allowed");
    play.keys("Enter Enter");
    play.answer(success(Value::Null));
    assert_eq!(
        play.lab().progress.predictions.scores.words(),
        "allowed 1 of 1"
    );
}

#[test]
fn hints_nudge_and_the_solution_comes_last() {
    let mut play = Play::studying("policy");
    play.keys("S");
    assert!(
        matches!(play.lab().focus, Focus::Asking(_)),
        "there are hints left"
    );
    play.keys("n h h h");
    assert!(notice(&play).contains("S shows the solution"));
    play.keys("S");
    assert!(
        play.screen(100, 40)
            .contains("\"Action\": \"s3:ListAllMyBuckets\"")
    );
    assert_eq!(play.lab().progress.edits.len(), 0, "it is shown, not taken");
    play.keys("S y");
    assert!(play.lab().progress.edits["policy.json"].contains("ListAllMyBuckets"));
    assert!(play.lab().command().unwrap().ends_with("--no-cli-pager"));
    play.keys("Enter");
    play.answer(success(Value::Null));
    play.answer(success(
        serde_json::json!({"PolicyDocument": {"Statement": [1]}}),
    ));
    assert_eq!(state(&play, "policy"), StepState::Solved);
    play.keys("Esc");
    assert_eq!(play.model.overviews["small"].solved, 1);
    // A step without one says so.
    let mut play = Play::studying("denied");
    play.keys("S");
    assert!(notice(&play).contains("no solution"));
}

#[test]
fn a_check_looks_at_the_world_and_not_at_what_was_typed() {
    let holds = || success(serde_json::json!({"PolicyDocument": {"Statement": [1]}}));
    let exists = || failure(Verdict::Error, "EntityAlreadyExists", "it is there");
    let absent = || failure(Verdict::Error, "NoSuchEntity", "it is not there");
    for (command, check, expected, words) in [
        (
            Some(success(Value::Null)),
            holds(),
            StepState::Done,
            "as expected",
        ),
        (
            Some(success(Value::Null)),
            absent(),
            StepState::Open,
            "not yet so: alice has the policy",
        ),
        (
            Some(exists()),
            holds(),
            StepState::Done,
            "done, not by this command: alice has the policy",
        ),
        (
            Some(exists()),
            absent(),
            StepState::Open,
            "expected success",
        ),
        (
            None,
            holds(),
            StepState::Done,
            "done, not by this command: alice has the policy",
        ),
        (
            None,
            success(serde_json::json!({})),
            StepState::Open,
            "not yet so",
        ),
    ] {
        let mut play = Play::studying("policy");
        match command {
            Some(report) => {
                play.keys("Enter");
                play.answer(report);
            }
            None => {
                play.keys("C");
            }
        }
        let Some(Effect::Run(run)) = play
            .effects
            .iter()
            .rev()
            .find(|it| matches!(it, Effect::Run(_)))
        else {
            panic!("the world is not looked at")
        };
        assert!(run.text.expose().starts_with("aws iam get-user-policy"));
        play.answer(check);
        assert_eq!(state(&play, "policy"), expected, "{words}");
        let screen = play.screen(140, 45);
        assert!(screen.contains(words), "{words}: {screen}");
        assert!(screen.contains("checked as the administrator"), "{screen}");
    }
}
