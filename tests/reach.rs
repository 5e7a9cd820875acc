//! Beyond the steps: the palette, free play, the sandbox's time, notes, exports and the door, by
//! keys and on the screen.

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

use rolecall::app::{
    Door, Effect, Focus, Form, Intent, Life, Msg, Notice, Progress, Reading, Session, StepState,
    Visit,
};
use rolecall::awscli::{Named, Names, Verdict};
use rolecall::runtime::export;
use screen::{Play, SECRET, access_key, created, denied, failure, success, type_text};
use serde_json::{Value, json};

const SIZES: [(u16, u16); 4] = [(80, 24), (140, 45), (100, 30), (60, 18)];

fn look(name: &str, play: &mut Play) {
    for (width, height) in SIZES {
        let screen = play.screen(width, height);
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), screen);
        });
    }
    play.send(Msg::Resized {
        width: 80,
        height: 24,
    });
}

fn names() -> Names {
    let mut names = Names::default();
    names.add(Named::User, "alice");
    names.add(Named::User, "alina");
    names.add(Named::User, "bob with blanks");
    names.add(Named::RoleArn, "arn:aws:iam::123456789012:role/reader");
    names.add(Named::Bucket, "reports");
    names.add(Named::Object, "reports/2026.csv");
    names.add(Named::Profile, "alice");
    names
}

/// In free play at the step `user`.
fn playing() -> Play {
    let mut play = Play::at("user");
    play.keys("!");
    play.send(Msg::Names(names()));
    play
}

fn typed(play: &Play) -> String {
    match &play.lab().focus {
        Focus::Playing(free) => free.editor.text(),
        other => panic!("not playing: {other:?}"),
    }
}

fn notice(play: &Play) -> String {
    match &play.model.notice {
        Some(Notice::Told(text) | Notice::Wrong(text)) => text.clone(),
        None => String::new(),
    }
}

fn reading(left: i64) -> Reading {
    Reading {
        profile: Some("alice".to_owned()),
        now: "2026-11-23 16:10:00 UTC".to_owned(),
        ahead: 0,
        session: Some(Life {
            left,
            expires: "2026-11-23 17:10:00 UTC".to_owned(),
            mfa: Some(120),
        }),
    }
}

fn door() -> Door {
    Door {
        endpoint: "http://127.0.0.1:40123".to_owned(),
        line: ". /tmp/rolecall-a1b2c3/door.sh".to_owned(),
        key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        requests: 0,
        changes: 0,
        last: String::new(),
    }
}

#[test]
fn the_palette_finds_steps_lessons_and_keys() {
    let mut play = Play::at("user");
    play.keys(":");
    look("finder", &mut play);
    type_text(&mut play, "be den");
    look("finder-found", &mut play);
    play.keys("Enter");
    assert!(play.model.finder.is_none());
    assert_eq!(play.lab().step().unwrap().id, "denied");
    // A key is found by what it does.
    play.keys("Ctrl-p");
    type_text(&mut play, "write a note");
    play.keys("Enter");
    assert!(matches!(play.lab().focus, Focus::Editing { .. }));
    play.keys("Esc :");
    type_text(&mut play, "qqqq");
    assert!(play.screen(80, 24).contains("Nothing has these letters"));
    play.keys("Enter");
    assert!(play.model.finder.is_none());
    // In front of a class, too.
    play.keys("P :");
    type_text(&mut play, "be den");
    play.keys("Enter");
    assert_eq!(play.lab().step().unwrap().id, "denied");
    assert!(play.model.stage.presenting);
    // In the catalogue, too; and closing it changes nothing.
    let mut play = Play::new();
    play.keys(": Esc :");
    type_text(&mut play, "small");
    play.wanted();
    play.keys("Enter");
    assert_eq!(play.wanted(), ["open"]);
}

#[test]
fn free_play_completes_with_names_that_exist() {
    let mut play = playing();
    assert!(play.wanted().contains(&"names"));
    look("free", &mut play);
    type_text(&mut play, "aws iam get-user --user-name al");
    play.keys("Tab");
    assert_eq!(typed(&play), "aws iam get-user --user-name ali");
    look("free-menu", &mut play);
    play.keys("Tab Enter");
    assert_eq!(typed(&play), "aws iam get-user --user-name alina ");
    play.send(Msg::Intent(Intent::Type(rolecall::app::Key::ctrl('u'))));
    for (text, whole) in [
        (
            "aws sts assume-role --role-arn a",
            "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/reader ",
        ),
        (
            "aws iam get-user --user-name b",
            "aws iam get-user --user-name 'bob with blanks' ",
        ),
        ("aws s3 ls s3://r", "aws s3 ls s3://reports/"),
        (
            "aws s3 ls s3://reports/",
            "aws s3 ls s3://reports/2026.csv ",
        ),
        (
            "aws s3api get-object --bucket reports --key 2",
            "aws s3api get-object --bucket reports --key 2026.csv ",
        ),
        (
            "aws iam put-user-policy --policy-document file://p",
            "aws iam put-user-policy --policy-document file://policy.json ",
        ),
        ("aws s3 cp rol", "aws s3 cp role.yaml "),
        ("aws s3 ls --profile a", "aws s3 ls --profile alice "),
        ("aws sts get-caller-i", "aws sts get-caller-identity "),
    ] {
        let mut play = playing();
        type_text(&mut play, text);
        play.keys("Tab");
        assert_eq!(typed(&play), whole);
    }
    let mut play = playing();
    type_text(&mut play, "nonsense ");
    play.keys("Tab");
    assert_eq!(notice(&play), "nothing completes this");
}

#[test]
fn free_play_counts_only_as_the_steps_own_command() {
    let mut play = playing();
    type_text(&mut play, "aws s3 ls --profile alice");
    play.keys("Enter");
    let Some(Effect::Run(run)) = play
        .effects
        .iter()
        .rev()
        .find(|e| matches!(e, Effect::Run(_)))
    else {
        panic!("{:?}", play.effects)
    };
    assert_eq!(run.text.expose(), "aws s3 ls --profile alice");
    look("free-running", &mut play);
    play.answer(denied());
    look("free-denied", &mut play);
    assert_eq!(play.lab().state(), StepState::Open);
    assert!(play.lab().attempt().unwrap().judgement.is_none());
    // The step's own command, written in another way.
    type_text(&mut play, "aws  iam create-user   --user-name=alice");
    play.keys("Enter");
    assert!(notice(&play).contains("it counts"));
    play.answer(created());
    assert_eq!(play.lab().state(), StepState::Done);
    assert!(play.lab().progress.variables.is_set("user_id"));
    play.keys("Esc");
    assert!(matches!(play.lab().focus, Focus::Reading));
    assert_eq!(play.lab().attempts.len(), 2);
    // What free play did can be undone, and what was typed stays.
    let mut play = playing();
    type_text(&mut play, "aws iam delete-user --user-name bob");
    play.keys("Enter");
    play.answer(failure(Verdict::Error, "NoSuchEntity", "no"));
    play.keys("Esc u y");
    let Some(Effect::Restore(ticket)) = play.effects.pop() else {
        panic!("nothing is restored")
    };
    play.send(Msg::Restored {
        ticket,
        result: Ok(()),
    });
    assert_eq!(notice(&play), "undone: free play");
    assert_eq!(play.lab().progress.own.typed.len(), 1);
    assert_eq!(play.lab().step().unwrap().id, "user");
}

#[test]
fn what_was_typed_is_recalled_and_searched() {
    let mut play = playing();
    for command in [
        "aws s3 ls",
        "aws sts get-caller-identity",
        "aws iam list-users",
    ] {
        type_text(&mut play, command);
        play.keys("Enter");
        play.answer(success(Value::Null));
    }
    type_text(&mut play, "aws draft");
    play.keys("Up Up");
    assert_eq!(typed(&play), "aws sts get-caller-identity");
    play.keys("Down Down");
    assert_eq!(typed(&play), "aws draft");
    play.keys("Ctrl-r");
    type_text(&mut play, "s3");
    assert_eq!(typed(&play), "aws s3 ls");
    look("free-find", &mut play);
    play.keys("Enter");
    assert_eq!(typed(&play), "aws s3 ls");
    // It is part of what is saved.
    let saved = play.effects.iter().rev().find_map(|effect| match effect {
        Effect::Save { progress, .. } => Some(progress.own.typed.len()),
        _ => None,
    });
    assert_eq!(saved, Some(3));
}

#[test]
fn letters_typed_while_free_play_waits_command_nothing() {
    let mut play = playing();
    type_text(&mut play, "aws s3 ls");
    play.keys("Enter q x R");
    assert!(!play.model.quitting);
    assert_eq!(typed(&play), "qxR");
    play.keys("Ctrl-c");
    assert!(play.lab().job.is_none());
    assert!(play.wanted().contains(&"cancel"));
}

#[test]
fn the_clock_goes_on_and_sessions_expire() {
    let mut play = Play::at("denied");
    assert_eq!(play.model.countdown(), None, "nothing wakes for no session");
    play.send(Msg::Clock(Some(reading(3599))));
    assert_eq!(play.model.countdown(), Some(60));
    assert!(play.screen(100, 30).contains("session 59 min"));
    play.wanted();
    play.keys("@");
    assert_eq!(play.wanted(), ["read clock"]);
    look("clock", &mut play);
    play.keys("1");
    assert!(matches!(
        play.effects.first(),
        Some(Effect::Advance { seconds: 900 })
    ));
    assert_eq!(play.wanted(), ["advance", "read clock", "identify", "save"]);
    play.keys("3");
    assert!(matches!(
        play.effects.first(),
        Some(Effect::Advance { seconds: 3600 })
    ));
    play.send(Msg::Clock(Some(Reading {
        ahead: 3600,
        ..reading(-1)
    })));
    look("clock-expired", &mut play);
    assert_eq!(
        play.model.countdown(),
        None,
        "nothing wakes for a dead session"
    );
    play.wanted();
    play.keys("3");
    assert_eq!(notice(&play), "the session has expired already");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    play.keys("Esc");
    assert!(play.screen(100, 30).contains("session EXPIRED"));
    // A step that signs otherwise shows no countdown of that profile.
    play.keys("Left Left");
    assert!(!play.screen(100, 30).contains("session EXPIRED"));
}

#[test]
fn notes_are_kept_by_step_and_no_undo_takes_them() {
    let mut play = Play::at("user");
    play.keys("w");
    type_text(&mut play, "Ask about paths. q! 日本");
    look("note", &mut play);
    play.keys("Esc");
    assert_eq!(
        play.lab().note().as_deref(),
        Some("Ask about paths. q! 日本")
    );
    assert!(play.wanted().contains(&"save"));
    look("noted", &mut play);
    play.keys("Enter");
    play.answer(created());
    play.keys("u y");
    let Some(Effect::Restore(ticket)) = play.effects.pop() else {
        panic!("nothing is restored")
    };
    play.send(Msg::Restored {
        ticket,
        result: Ok(()),
    });
    assert_eq!(
        play.lab().note().as_deref(),
        Some("Ask about paths. q! 日本")
    );
    play.keys("T y");
    play.send(Msg::Emptied(Ok(())));
    assert!(play.lab().progress.own.notes.contains_key("user"));
}

#[test]
fn the_door_opens_tells_who_came_and_closes_with_the_lesson() {
    let mut play = Play::at("user");
    play.wanted();
    play.keys("D");
    assert_eq!(play.wanted(), ["open door"]);
    play.send(Msg::DoorOpened(Ok(door())));
    look("door", &mut play);
    play.keys("c");
    let Some(Effect::Copy(line)) = play.effects.last() else {
        panic!("nothing was copied")
    };
    assert_eq!(line, ". /tmp/rolecall-a1b2c3/door.sh");
    play.keys("Esc");
    assert!(play.screen(100, 30).contains("door open on port 40123"));
    // Where all has no room, title and step stay.
    let before = play.clone();
    play.send(Msg::Clock(Some(Reading {
        profile: None,
        ..reading(3599)
    })));
    let header = |width, play: &mut Play| play.screen(width, 24).lines().next().unwrap().to_owned();
    let wide = header(140, &mut play);
    assert!(
        wide.contains("door open on port 40123  session 59 min  step"),
        "{wide}"
    );
    for (width, told) in [(80, " door  session 59 min  step "), (60, " step ")] {
        let narrow = header(width, &mut play);
        assert!(
            narrow.contains(told) && narrow.contains("A sma"),
            "{narrow}"
        );
    }
    let mut play = before;
    play.wanted();
    // Looking changes nothing; what does is told, saved, and asked about again.
    play.send(Msg::Visited(Visit {
        requests: 2,
        changes: 0,
        last: "iam:ListUsers by user/Administrator".to_owned(),
    }));
    assert_eq!((notice(&play).as_str(), play.wanted()), ("", vec![]));
    play.send(Msg::Visited(Visit {
        requests: 1,
        changes: 1,
        last: "iam:CreateUser by user/Administrator".to_owned(),
    }));
    assert_eq!(
        notice(&play),
        "the world was changed from elsewhere: iam:CreateUser by user/Administrator"
    );
    assert_eq!(play.wanted(), ["identify", "read clock", "names", "save"]);
    look("door-visited", &mut play);
    play.keys("D");
    assert_eq!(play.wanted(), Vec::<&str>::new(), "it is open already");
    look("door-used", &mut play);
    play.keys("x");
    assert_eq!(play.wanted(), ["close door"]);
    play.keys("D");
    play.send(Msg::DoorOpened(Err("no port".to_owned())));
    assert_eq!(notice(&play), "the door cannot be opened: no port");
    play.keys("D");
    play.send(Msg::DoorOpened(Ok(door())));
    play.keys("Esc");
    play.wanted();
    play.keys("Esc");
    assert_eq!(play.wanted(), ["save", "close door"]);
}

/// The session that was last exported.
fn exported(play: &Play) -> Session {
    let last = play.effects.iter().rev().find_map(|effect| match effect {
        Effect::Export(session) => Some((**session).clone()),
        _ => None,
    });
    last.expect("nothing was exported")
}

/// The screens of a page, as who looks at it reads them.
fn screens(page: &str) -> Vec<String> {
    let tag = regex::Regex::new("<[^>]*>").unwrap();
    page.split("<pre class=\"screen\"")
        .skip(1)
        .map(|rest| {
            let (_, rest) = rest.split_once('>').unwrap();
            let text = tag.replace_all(rest.split("</pre>").next().unwrap(), "");
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
        })
        .collect()
}

#[test]
fn the_page_has_the_screens_as_they_looked() {
    // All but the footer, which tells what could be done then.
    let live = |play: &mut Play| {
        let screen = play.screen(120, 36);
        let rows: Vec<&str> = screen.lines().map(str::trim_end).collect();
        rows[..35].join("\n")
    };
    let mut play = Play::at("user");
    play.identify(None, "arn:aws:iam::123456789012:root");
    play.keys("Enter");
    play.answer(created());
    play.identify(None, "arn:aws:iam::123456789012:root");
    let created = live(&mut play);
    while play.lab().step().unwrap().id != "denied" {
        play.keys("Right");
    }
    play.identify(Some("alice"), "arn:aws:iam::123456789012:user/alice");
    play.keys("Enter");
    play.answer(denied());
    play.identify(Some("alice"), "arn:aws:iam::123456789012:user/alice");
    let why = live(&mut play);
    play.keys("x h");
    let page = export::text(&exported(&play));
    let shown = screens(&page);
    let has = |screen: &String| {
        let known = shown.iter().map(|shown| {
            let rows: Vec<&str> = shown.lines().map(str::trim_end).collect();
            rows[..35].join("\n")
        });
        known.filter(|known| known == screen).count() == 1
    };
    assert!(has(&created), "{created}\n{}", shown.join("\n"));
    assert!(has(&why), "{why}\n{}", shown.join("\n"));
    // Both palettes are there, and the classes that are used.
    assert!(page.contains("prefers-color-scheme: dark"));
    let class = regex::Regex::new("class=\"(s[0-9]+)\"").unwrap();
    for found in class.captures_iter(&page) {
        assert!(
            page.contains(&format!(".{} {{", &found[1])),
            "{}",
            &found[1]
        );
    }
    // A file that an earlier rolecall kept has less of it.
    let mut session = exported(&play);
    let mut saved = serde_json::to_value(&session.progress).unwrap();
    for (_, kept) in saved["own"]["kept"].as_object_mut().unwrap() {
        for name in [
            "sections",
            "events",
            "millis",
            "advice",
            "prediction",
            "identity",
        ] {
            kept.as_object_mut().unwrap().remove(name);
        }
    }
    session.progress = serde_json::from_value(saved).unwrap();
    let shown = screens(&export::text(&session));
    assert!(
        shown
            .iter()
            .any(|screen| screen.contains("\"UserName\": \"alice\""))
    );
    // Who comes back is told where the answers are.
    let mut again = Play::new();
    again.keys("Enter");
    again.open(play.lab().progress.clone());
    let screen = again.keys("2").screen(100, 30);
    assert!(
        screen.contains("x writes what it answered into a file"),
        "{screen}"
    );
    // Markdown has none.
    session.form = Form::Markdown;
    assert!(!export::text(&session).contains("class=\"screen\""));
}

#[test]
fn screens_of_the_page_hold_hostile_and_wide_texts() {
    let hostile = "</pre><script>alert(1)</script> 日本語 \u{1f600} e\u{301}";
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(success(json!({"User": {"UserName": hostile}})));
    play.send(Msg::Intent(Intent::Write(
        rolecall::app::Subject::Note,
        hostile.to_owned(),
    )));
    play.keys("x h");
    let page = export::text(&exported(&play));
    assert!(!page.contains("<script"), "{page}");
    for part in [
        "<span class=\"w\">日</span><span class=\"w\">本</span>",
        "<span class=\"w\">\u{1f600}</span>",
        "<span class=\"n\">e\u{301}</span>",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let shown = screens(&page);
    assert_eq!(shown.len(), 1);
    assert!(shown[0].contains(hostile), "{}", shown[0]);
    for row in shown[0].lines() {
        let width = unicode_width::UnicodeWidthStr::width(row);
        assert!(width <= 120, "{width}: {row}");
    }
}

#[test]
fn a_session_is_exported_with_outcomes_reasons_and_notes_but_no_secret() {
    let hostile = "</pre><script>alert(`1`)</script>";
    let mut play = Play::at("key");
    play.keys("Enter");
    play.answer(access_key());
    play.answer(success(Value::Null));
    play.send(Msg::Intent(Intent::Write(
        rolecall::app::Subject::Note,
        format!("{hostile} {SECRET}"),
    )));
    play.keys("Right Enter");
    play.answer(denied());
    play.keys("Right Enter");
    play.answer(failure(Verdict::Error, "MalformedPolicyDocument", hostile));
    play.keys("!");
    for command in [
        format!("aws configure set aws_secret_access_key {SECRET} --profile x"),
        format!("aws iam create-login-profile --user-name a --password {SECRET}"),
    ] {
        type_text(&mut play, &command);
        play.keys("Enter");
        play.answer(success(json!({"Echo": SECRET})));
        for (width, height) in SIZES {
            assert!(!play.screen(width, height).contains(SECRET));
        }
    }
    play.keys("Esc x");
    look("export", &mut play);
    play.keys("h");
    let session = exported(&play);
    assert_eq!(session.name(), "rolecall-small.html");
    let text = export::text(&session);
    for part in [
        "<strong class=\"denied\">DENIED</strong> with AccessDenied by the identity policies",
        "DENIED: none of the user&#39;s policies allows s3:ListAllMyBuckets",
        "aws s3 ls --profile alice",
        "&lt;script&gt;",
        "default-src 'none'",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // Nothing is loaded, nothing runs.
    for part in [
        "<script", "src=", "href=", "url(", "@import", "<img", "<link",
    ] {
        assert!(!text.contains(part), "{part}\n{text}");
    }
    let lab = play.lab();
    for form in [Form::Markdown, Form::Html] {
        let session = session.clone();
        let text = export::text(&Session { form, ..session });
        assert!(!text.contains(SECRET), "{text}");
        // Between fences Markdown shows what stands there.
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.starts_with("```");
            assert!(fenced || !line.contains("<script"), "{text}");
        }
    }
    // What a file kept of it is what was in it.
    let saved = serde_json::to_string(&lab.progress).unwrap();
    let progress: Progress = serde_json::from_str(&saved).unwrap();
    assert_eq!(progress, lab.progress);
    play.send(Msg::Exported(Ok(
        "/home/learner/rolecall-small.html".to_owned()
    )));
    assert_eq!(
        notice(&play),
        "exported to /home/learner/rolecall-small.html"
    );
}

#[test]
fn what_is_told_of_a_key_names_the_key_in_force() {
    let mut play = Play::at("user");
    let mut keymap = rolecall::app::rebind::Keymap::default();
    keymap.rebind("hint", &[screen::key("F")]).unwrap();
    play.model.stage.keymap = keymap.into();
    play.send(Msg::Intent(Intent::Solution));
    let screen = play.screen(100, 30);
    assert!(screen.contains("F shows a hint"), "{screen}");
    // The palette tells the same.
    play.keys(":");
    type_text(&mut play, "one more hint");
    let screen = play.screen(100, 30);
    assert!(screen.contains("F         Show one more hint"), "{screen}");
    play.keys("Esc");
    // While something runs, too.
    play.keys("Enter Right");
    let screen = play.screen(100, 30);
    assert!(screen.contains("x stops waiting for it"), "{screen}");
    // So do rows that stand, the names of the tabs and what lies over a step.
    let mut play = Play::at("user");
    let mut keymap = rolecall::app::rebind::Keymap::default();
    for (name, key) in [
        ("next", "s"),
        ("show-why", "y"),
        ("export-html", "p"),
        ("back", "q"),
        ("quit", "Q"),
        ("retry", "Y"),
    ] {
        keymap.rebind(name, &[screen::key(key)]).unwrap();
    }
    keymap.check().unwrap();
    let keymap = std::sync::Arc::new(keymap);
    play.model.stage.keymap = keymap.clone();
    play.keys("Enter");
    play.answer(created());
    let screen = play.screen(100, 30);
    assert!(screen.contains("s next step"), "{screen}");
    assert!(screen.contains("y Why"), "{screen}");
    play.keys("x");
    let screen = play.screen(100, 30);
    assert!(screen.contains(" p  as one HTML page"), "{screen}");
    assert!(play.screen(40, 10).contains("or press Q to leave."));
    let mut play = Play::new();
    play.model.stage.keymap = keymap;
    play.keys("Enter");
    play.opened(Err("no room".to_owned()));
    let screen = play.screen(100, 30);
    assert!(screen.contains("Y tries again, q goes back"), "{screen}");
    // What only looks like it stays as it is.
    let mut play = Play::at("user");
    play.send(Msg::Told("{{nothing}} and {{ are text".to_owned()));
    assert!(play.screen(100, 30).contains("{{nothing}} and {{ are text"));
}
