//! Secrets and access key ids, planted wherever a learner's can be, and looked for in everything
//! that rolecall produces.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "a test that panics has found something"
)]

mod screen;

use rolecall::app::{Body, Effect, Form, Intent, Msg, Report, Session, Subject};
use rolecall::awscli::{Named, Names, Verdict};
use rolecall::runtime::export;
use screen::{Play, SECRET, access_key, exchange, failure, success, type_text, world};
use serde_json::Value;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const MASKED: &str = "AKIA************MPLE";
/// The middle of the id: what must not be read from rows that were put together.
const MIDDLE: &str = "IOSFODNN7EXA";
const SIZES: [(u16, u16); 4] = [(80, 24), (140, 45), (60, 18), (200, 60)];

/// The session as a document.
fn page(play: &Play, form: Form) -> String {
    export::text(&Session {
        lesson: play.lab().lesson.clone(),
        progress: play.lab().progress.clone(),
        target: play.model.target.clone(),
        keymap: play.model.stage.keymap.clone(),
        form,
    })
}

/// An answer that has the id and the secret wherever an answer can have them.
fn leaking() -> Report {
    let mut report = access_key();
    let mut exchange = exchange();
    exchange.body = Body::new(&format!(
        "<CreateAccessKeyResponse><AccessKeyId>{ID}</AccessKeyId><A>{}{ID}</A>\
         </CreateAccessKeyResponse>",
        "x".repeat(70)
    ));
    report.exchanges = vec![exchange];
    report
}

fn refused() -> Report {
    let message = format!("The Access Key with id {ID} cannot be found, nor can {SECRET}.");
    failure(Verdict::Error, "NoSuchEntity", &message)
}

/// Everything that the screens show after some keys, the breaks of rows taken out.
fn seen(play: &mut Play) -> String {
    let mut out = String::new();
    for (width, height) in SIZES {
        for line in play.screen(width, height).lines() {
            out.push_str(line);
        }
    }
    out.replace([' ', '│'], "")
}

/// A lab in which the id is a variable, in the world, in a note, in an edited command, in the
/// history of free play and among the names for completion.
fn planted() -> Play {
    let mut play = Play::at("key");
    let mut names = Names::default();
    names.add(Named::AccessKey, ID);
    play.send(Msg::Names(names));
    play.send(Msg::Looked(Box::new(world(true))));
    play.keys("Enter");
    play.answer(leaking());
    play.answer(success(Value::Null));
    play.send(Msg::Intent(Intent::Write(
        Subject::Note,
        format!("the key {ID}, the secret {SECRET}"),
    )));
    play
}

#[test]
fn no_screen_shows_a_secret_or_the_whole_of_a_key_id_unless_asked() {
    let mut play = planted();
    let id_is_shown = |text: &str| text.contains(ID) || text.contains(MIDDLE);
    let walk = [
        "1", "2", "v", "v", "3", "4", "5", "v", "v", "6", "v", "v", "v", "7", "8", "w", "Esc", "@",
        "Esc", "x", "Esc", "?", "Esc", ":", "Esc", "e", "Esc",
    ];
    let mut whole = 0;
    for reveals in [false, true] {
        for keys in walk {
            play.keys(keys);
            let seen = seen(&mut play);
            assert!(!seen.contains(SECRET), "{keys}: {seen}");
            if reveals {
                whole += usize::from(id_is_shown(&seen));
            } else {
                assert!(!id_is_shown(&seen), "{keys}: {seen}");
            }
        }
        play.keys("I");
    }
    assert!(whole >= 4, "the key shows them: {whole}");
}

#[test]
fn ids_are_covered_where_rows_are_scrolled_or_broken() {
    let mut play = planted();
    play.keys("2");
    for _ in 0..40 {
        play.keys("Shift-Right");
        let screen = play.screen(60, 18);
        assert!(!screen.contains("DNN7EX"), "{screen}");
    }
    // A command whose id would be broken by the edge of the terminal, at every place.
    for pad in 0..60 {
        let mut play = Play::at("user");
        play.keys("!");
        let pad = "x".repeat(pad);
        type_text(
            &mut play,
            &format!("aws iam get-user --user-name {pad} --x {ID}"),
        );
        for (width, height) in [(60, 18), (80, 24)] {
            let screen = play.screen(width, height);
            let seen = screen.replace(['\n', ' '], "");
            assert!(!seen.contains(MIDDLE), "{screen}");
        }
        play.keys("Enter");
        assert!(!seen_once(&mut play).contains(MIDDLE));
    }
}

fn seen_once(play: &mut Play) -> String {
    play.screen(60, 18).replace(['\n', ' '], "")
}

#[test]
fn free_play_and_its_history_show_neither() {
    let mut play = planted();
    play.keys("!");
    for command in [
        format!("aws iam delete-access-key --user-name alice --access-key-id {ID}"),
        format!("aws configure set aws_secret_access_key {SECRET} --profile x"),
    ] {
        type_text(&mut play, &command);
        let seen_typed = seen(&mut play);
        assert!(!seen_typed.contains(MIDDLE), "{seen_typed}");
        play.keys("Enter");
        play.answer(refused());
        let seen = seen(&mut play);
        assert!(!seen.contains(SECRET) && !seen.contains(MIDDLE), "{seen}");
        assert!(seen.contains(MASKED), "{seen}");
    }
    play.keys("Up");
    assert!(!seen(&mut play).contains(SECRET));
    play.keys("Esc");
    // Not in what is kept for the next time either, and no key id whole in what others get to see.
    let progress = &play.lab().progress;
    assert!(!format!("{:?}", progress.own.typed).contains(SECRET));
    for form in [Form::Markdown, Form::Html] {
        let text = page(&play, form);
        assert!(!text.contains(SECRET) && !text.contains(MIDDLE), "{text}");
        assert!(text.contains(MASKED), "{text}");
    }
    assert!(!format!("{:?}", play.model).contains(SECRET));
}

#[test]
fn the_screens_of_an_export_show_neither() {
    // In a note, an answer, a refusal, an edited command and what advice there is.
    let mut play = planted();
    play.send(Msg::Intent(Intent::Write(
        Subject::Command,
        format!("aws configure set aws_secret_access_key {SECRET} --profile {ID}"),
    )));
    play.keys("R Enter");
    play.answer(refused());
    for _ in 0..3 {
        play.keys("Right Enter");
        if play.model.running().is_some() {
            play.answer(refused());
        }
    }
    // The ids are shown whole where the learner sits: a page goes further.
    play.keys("I");
    let page = page(&play, Form::Html);
    let tag = regex::Regex::new("<[^>]*>").unwrap();
    let text = tag.replace_all(&page, "");
    let joined = text.replace(['\n', ' ', '│'], "");
    assert!(page.matches("<pre class=\"screen\"").count() >= 3, "{page}");
    for secret in [SECRET, MIDDLE] {
        assert!(!text.contains(secret), "{text}");
        assert!(!joined.contains(secret), "{text}");
    }
    assert!(page.contains(MASKED));
}

#[test]
fn what_is_copied_is_whole_but_for_secrets() {
    let mut play = Play::at("user");
    let command = format!("aws iam delete-access-key --user-name alice --access-key-id {ID}");
    play.send(Msg::Intent(Intent::Write(
        Subject::Command,
        command.clone(),
    )));
    assert!(play.screen(80, 24).contains(MASKED));
    play.keys("c");
    let copied = play.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied, Some(command));
    let screen = play.screen(100, 30);
    assert!(
        screen.contains("clipboard") && screen.contains("I shows"),
        "{screen}"
    );
    play.keys("I");
    assert!(play.screen(100, 30).contains(ID));
}

#[test]
fn what_is_told_shows_neither() {
    for mut play in [Play::new(), Play::at("user")] {
        play.send(Msg::Told(format!("{ID} was set aside")));
        let seen = seen(&mut play);
        assert!(!seen.contains(MIDDLE), "{seen}");
    }
}
