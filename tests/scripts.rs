//! Text of every script, wide, combining, from right to left or a picture, wherever text can come
//! from: nothing panics, and no row is wider than the terminal.

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

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rolecall::app::{Intent, Msg, Subject};
use rolecall::ui;
use screen::{Play, denied, exchange, success, type_text, world};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

/// Pieces of text that have upset terminals.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{1,12}",
        2 => "[日本語한국어ｆｕｌｌ]{1,12}",
        2 => "[אבגדשלוםمرحبا ]{1,12}",
        1 => "(e\u{301}|a\u{308}\u{323}|\u{301}){1,6}",
        1 => Just("\u{1f469}\u{200d}\u{1f52c}\u{1f1e8}\u{1f1ed}\u{2764}\u{fe0f}".to_owned()),
        1 => Just("\u{200b}\u{feff}\u{202e}\u{1b}[2J\u{7}\t".to_owned()),
        1 => "\\PC{0,12}",
        1 => Just("AKIAIOSFODNN7EXAMPLE".to_owned()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Draws, and holds every row against the width of the terminal.
fn draw(play: &mut Play, width: u16, height: u16) -> Result<(), TestCaseError> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    play.send(Msg::Resized { width, height });
    terminal
        .draw(|frame| drop(ui::view(&play.model, frame)))
        .unwrap();
    let buffer = terminal.backend().buffer();
    for row in buffer.content.chunks(usize::from(width)) {
        let mut column = 0;
        while let Some(cell) = row.get(column) {
            let symbol = cell.symbol();
            prop_assert!(!symbol.chars().any(char::is_control), "{symbol:?}");
            column += symbol.width().max(1);
        }
        prop_assert_eq!(
            column,
            usize::from(width),
            "a wide character hangs over the edge"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_script_breaks_a_screen(
        text in pieces(),
        note in pieces(),
        (width, height) in (60_u16..150, 18_u16..50),
    ) {
        let mut play = Play::at("denied");
        let mut lesson = (*play.model.catalogue.lessons[0]).clone();
        lesson.title = text.clone();
        lesson.summary = text.clone();
        lesson.creates = vec![text.clone()];
        for step in &mut lesson.steps {
            step.title = text.clone();
            step.body = format!("{text}\n\n- {text}\n\n```\n{text}\n```\n");
            step.hints = vec![text.clone()];
        }
        let lesson = Arc::new(lesson);
        play.model.catalogue.lessons = vec![lesson.clone()];
        play.model.lab_mut().unwrap().lesson = lesson;
        play.identify(Some("alice"), &text);
        play.send(Msg::Intent(Intent::Write(Subject::Note, note.clone())));
        play.keys("H");
        draw(&mut play, width, height)?;
        play.keys("Enter");
        let mut report = denied();
        for explanation in &mut report.explanations {
            explanation.summary = text.clone();
            explanation.principal = text.clone();
            explanation.resource = note.clone();
        }
        report.outcome.stderr = text.clone();
        report.exchanges = vec![exchange()];
        play.answer(report);
        let mut known = world(true);
        for thing in known.kinds.iter_mut().flat_map(|kind| &mut kind.items) {
            thing.name = text.clone();
            thing.facts.push(note.clone());
        }
        play.send(Msg::Looked(Box::new(known)));
        for keys in ["1", "2", "3", "4", "5", "7", "8", "w", "Esc", "?", "?", ":", "Esc"] {
            play.keys(keys);
            draw(&mut play, width, height)?;
        }
        play.keys("!");
        type_text(&mut play, &text);
        draw(&mut play, width, height)?;
        play.keys("Enter");
        if play.model.running().is_some() {
            play.answer(success(json!({"Name": text, "Names": [note, {"x": text}]})));
        }
        for keys in ["2", "Shift-Right", "Shift-Right", "v"] {
            play.keys(keys);
            draw(&mut play, width, height)?;
        }
        play.keys("Esc Esc");
        draw(&mut play, width, height)?;
    }
}

#[test]
fn the_cursor_stands_where_the_next_letter_goes() {
    for (text, column) in [
        ("aws", 3),
        ("日本", 4),
        ("e\u{301}", 1),
        ("\u{1f469}\u{200d}\u{1f52c}", 2),
    ] {
        let mut play = Play::at("user");
        play.keys("!");
        let at = |play: &mut Play| {
            let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
            terminal
                .draw(|frame| drop(ui::view(&play.model, frame)))
                .unwrap();
            terminal.get_cursor_position().unwrap().x
        };
        let start = at(&mut play);
        type_text(&mut play, text);
        assert_eq!(at(&mut play), start + column, "{text}");
    }
}
