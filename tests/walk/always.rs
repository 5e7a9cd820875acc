//! What holds whatever is pressed.

use super::*;

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
