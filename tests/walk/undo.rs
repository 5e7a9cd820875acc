//! Steps are undone, steps and lessons reset.

use super::*;

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
    // The step shown is another one.
    assert_ne!(step(&play), "user");
    assert!(play.screen(80, 24).contains("It was: Make a user."));
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

    play.keys("H e 9 Esc t y");
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
fn what_was_undone_before_can_be_undone_after_a_restart() {
    let mut play = Play::at("user");
    play.keys("Enter");
    play.answer(created());
    let history = play.lab().history.clone();
    let progress = play.lab().progress.clone();
    let mut again = Play::new();
    again.keys("Enter");
    again.opened(Ok(Opened {
        progress,
        history: history.clone(),
        ..Opened::default()
    }));
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
