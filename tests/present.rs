//! A step in front of a class: what a presenter's remote control does, and what the room sees.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has found something"
)]

mod screen;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rolecall::app::keymap::{self, Mode};
use rolecall::app::notes::{Sheet, sheet};
use rolecall::app::present::Scene;
use rolecall::app::rebind::Keymap;
use rolecall::app::{Capabilities, Code, Intent, Key, Msg, Palette, Progress, Target};
use rolecall::awscli::Verdict;
use rolecall::lesson::World;
use rolecall::ui;
use screen::{Play, created, denied, failure, success, type_text, world};
use serde_json::Value;

const SIZES: [(u16, u16); 4] = [(80, 24), (140, 45), (100, 30), (60, 18)];

/// Compares the screen at each size with its snapshot.
fn look(name: &str, play: &mut Play, sizes: &[(u16, u16)]) {
    for (width, height) in sizes {
        let screen = play.screen(*width, *height);
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("present-{name}-{width}x{height}"), screen);
        });
    }
}

fn at(step: &str) -> Play {
    let mut play = Play::at(step);
    play.keys("P");
    play
}

fn scene(play: &Play) -> Scene {
    play.lab().talk.scene
}

#[test]
fn a_step_is_told_one_idea_after_another() {
    let mut play = at("denied");
    look("title", &mut play, &SIZES);
    play.keys("Right");
    look("text", &mut play, &SIZES);
    play.keys("PgDn");
    look("command", &mut play, &SIZES);
    play.keys("Space");
    look("hands-none", &mut play, &[(80, 24), (60, 18)]);
    play.keys("h 3 Down 1 2 Down + +");
    look("hands", &mut play, &SIZES);
    play.keys("Enter Enter");
    let run = play.run();
    play.send(Msg::Tick { run, millis: 2345 });
    look("running", &mut play, &SIZES);
    play.answer(denied());
    look("denied", &mut play, &SIZES);
    play.keys("Right");
    look("tally", &mut play, &SIZES);
    play.keys("Right");
    look("why", &mut play, &SIZES);
    let mut seen = vec![scene(&play)];
    while play.lab().at == 3 {
        play.keys("Right");
        seen.push(scene(&play));
    }
    // Behind the last idea is the next step.
    assert_eq!(seen, [Scene::Why, Scene::Remember, Scene::Title]);
    play.keys("Left");
    look("remember", &mut play, &SIZES);
}

#[test]
fn a_text_is_revealed_part_by_part_and_what_is_old_is_dim() {
    let mut play = at("read");
    play.keys("Right Right");
    look("parts", &mut play, &SIZES);
    let mut seen = Vec::new();
    while play.lab().at == 0 {
        seen.push(scene(&play));
        play.keys("Down");
    }
    assert_eq!(seen, [Scene::Text(2), Scene::Text(3)]);
    // The way back ends at the last idea of the step before.
    play.keys("PgUp");
    assert_eq!((play.lab().at, scene(&play)), (0, Scene::Text(3)));
    play.keys("Up Left Backspace Left Left");
    assert_eq!((play.lab().at, scene(&play)), (0, Scene::Title));
}

#[test]
fn a_success_shows_its_answer_and_what_it_changed() {
    let mut play = at("user");
    play.keys("Enter");
    // What runs is seen before it runs.
    assert_eq!((scene(&play), play.model.running()), (Scene::Command, None));
    play.keys("Enter");
    play.answer(created());
    look("success", &mut play, &SIZES);
    play.keys("Right");
    look("answer", &mut play, &[(80, 24), (60, 18)]);
    let mut play = at("policy");
    play.send(Msg::Looked(Box::new(world(false))));
    play.keys("Right Right");
    assert_eq!(scene(&play), Scene::Document(1));
    look("document", &mut play, &SIZES);
    play.keys("Enter Enter");
    play.answer(success(Value::Null));
    play.send(Msg::Looked(Box::new(world(true))));
    play.keys("Right");
    assert_eq!(scene(&play), Scene::Change);
    look("change", &mut play, &SIZES);
}

/// What the speaker's terminal shows.
fn notes_screen(
    keymap: &Keymap,
    sheet: Option<&Sheet>,
    connected: bool,
    minutes: u32,
    size: (u16, u16),
) -> String {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let notes = ui::Notes {
        capabilities: Capabilities::default(),
        palette: Palette::default(),
        keymap,
        sheet,
        connected,
        minutes,
        scroll: 0,
    };
    terminal.draw(|frame| ui::notes(&notes, frame)).unwrap();
    let seen = terminal.backend().to_string();
    let lines = seen.lines().map(|line| line.trim_matches('"').trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_speaker_reads_notes_and_what_comes_next() {
    let look = |name: &str, sheet: Option<&Sheet>, connected, minutes| {
        for size in SIZES {
            let screen = notes_screen(&Keymap::default(), sheet, connected, minutes, size);
            insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
                insta::assert_snapshot!(format!("notes-{name}-{}x{}", size.0, size.1), screen);
            });
        }
    };
    look("waiting", None, false, 0);
    let mut keymap = Keymap::default();
    keymap.rebind("present", &[Key::char('K')]).unwrap();
    let screen = notes_screen(&keymap, None, false, 0, (80, 24));
    assert!(screen.contains("K in a step"), "{screen}");
    look("lessons", None, true, 3);
    let mut play = at("read");
    look("following", sheet(&play.model).as_ref(), true, 4);
    play = at("denied");
    play.keys("h 3 Down 1 2 Enter Enter Enter");
    play.answer(denied());
    play.keys(".");
    look("dark", sheet(&play.model).as_ref(), true, 12);
    play = at("secret");
    play.keys("Right Right");
    look("last", sheet(&play.model).as_ref(), true, 5);
}

#[test]
fn an_error_and_a_stop_are_outcomes() {
    let mut play = at("user");
    play.keys("Enter Enter");
    let message = "User with name alice already exists.";
    play.answer(failure(Verdict::Error, "EntityAlreadyExists", message));
    look("error", &mut play, &SIZES);
    play.keys("h 4 Enter");
    assert!(
        play.screen(80, 24)
            .contains("it failed before permission mattered")
    );
    play.keys("Enter x");
    look("stopped", &mut play, &[(80, 24)]);
}

#[test]
fn poor_terminals_show_it_too() {
    let mut play = at("denied");
    play.model.capabilities.unicode = false;
    play.model.capabilities.colours = rolecall::app::Colours::None;
    play.keys("h 3 Down 1 2 Enter Enter");
    play.answer(denied());
    while play.lab().at == 3 {
        assert!(play.screen(60, 18).is_ascii());
        play.keys("Right");
    }
}

/// What remote controls send, and what lies beside it under a thumb.
fn clicker() -> Vec<Key> {
    let codes = [
        Code::PageDown,
        Code::PageUp,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
        Code::Esc,
        Code::F(5),
    ];
    let mut keys: Vec<Key> = codes.into_iter().map(Key::new).collect();
    keys.extend([' ', '.', 'b'].map(Key::char));
    keys
}

fn press(play: &mut Play, key: Key) {
    if let Some(intent) = keymap::intent(play.model.mode(), key) {
        play.send(Msg::Intent(intent));
    }
}

/// A lab on a real account, presenting.
fn on_account() -> Play {
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
    play.keys("P");
    play
}

#[test]
fn a_remote_control_never_runs_anything_on_an_account() {
    for clicker_runs in [false, true] {
        let mut play = on_account();
        // The command line refuses this; the model does not rely on it.
        play.model.stage.clicker_runs = clicker_runs;
        // A long walk of presses that is the same each time.
        let mut state = 7_u32;
        for _ in 0..2_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let keys = clicker();
            press(&mut play, keys[state as usize / 7 % keys.len()]);
        }
        let wanted = play.wanted();
        for never in ["run", "checkpoint", "remove profiles", "empty", "restore"] {
            assert!(!wanted.contains(&never), "{never} {clicker_runs}");
        }
    }
    let mut play = on_account();
    play.keys("Enter Enter");
    assert!(play.model.running().is_some());
}

#[test]
fn on_the_sandbox_a_remote_control_runs_only_where_that_was_chosen() {
    let mut play = at("user");
    play.keys("Right Right Right Right Right");
    assert_eq!((play.lab().at, scene(&play)), (1, Scene::Command));
    assert!(play.screen(80, 24).contains("Enter runs the command"));
    play.keys("n");
    assert_eq!(play.lab().at, 2);
    let mut play = at("user");
    play.model.stage.clicker_runs = true;
    play.keys("Right Right");
    assert!(play.model.running().is_none());
    play.keys("PgDn");
    assert!(play.model.running().is_some());
    // While it runs, the remote control does nothing.
    let before = play.wanted();
    assert!(before.contains(&"run"));
    for key in clicker()
        .into_iter()
        .filter(|key| key.code != Code::Char('.'))
    {
        if key.code != Code::Char('b') {
            press(&mut play, key);
        }
    }
    assert!(play.wanted().is_empty());
    assert_eq!(play.model.mode(), Mode::PresentRunning);
}

#[test]
fn the_room_sees_nothing_while_the_screen_is_dark() {
    for key in [".", "b"] {
        let mut play = at("user");
        play.keys(key);
        assert_eq!(play.screen(80, 24).trim(), ".");
        play.keys("PgDn");
        assert_eq!(scene(&play), Scene::Title);
    }
}

#[test]
fn editors_and_questions_are_those_of_a_step() {
    let mut play = at("user");
    play.keys("Right Right e");
    assert_eq!(play.model.mode(), Mode::Command);
    assert!(play.screen(80, 24).contains("being edited"));
    type_text(&mut play, " --path /x/");
    play.keys("Esc");
    assert_eq!(
        (play.model.mode(), scene(&play)),
        (Mode::Presenting, Scene::Command)
    );
    assert!(play.screen(80, 24).contains("--path /x/"));
    play.keys("F5");
    assert_eq!(play.model.mode(), Mode::Presenting);
    play.keys("Esc F5 P");
    assert_eq!(play.model.mode(), Mode::Reading);
}

#[test]
fn hands_can_be_corrected_and_forgotten() {
    let mut play = at("denied");
    play.keys("h 1 2 Backspace Delete 7 - x Enter");
    assert_eq!(play.lab().hands().unwrap().total(), 6);
    play.keys("h Down + Esc");
    assert!(play.lab().hands().is_none());
    // Who counts afterwards sees the truth beside it at once.
    play.keys("Enter Enter");
    play.answer(denied());
    play.keys("h 4 Enter");
    assert_eq!(scene(&play), Scene::Tally);
    assert!(play.screen(80, 24).contains("0 of 4 were right"));
    play.send(Msg::Intent(Intent::Reveal(1)));
    assert_eq!(scene(&play), Scene::Why);
}
