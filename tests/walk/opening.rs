//! How a lesson is opened and left.

use super::*;

#[test]
fn real_accounts_are_confirmed_by_typing_their_id() {
    let mut play = Play::on(account());
    play.keys("Enter");
    assert_eq!(play.wanted(), ["survey"]);
    play.keys("Enter");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    play.surveyed(Ok(Survey {
        account: "111122223333".to_owned(),
        caller: "arn:aws:iam::111122223333:user/me".to_owned(),
        region: "eu-central-1".to_owned(),
        alias: None,
    }));
    type_text(&mut play, "111122223334");
    play.keys("Enter");
    assert_eq!(play.wanted(), Vec::<&str>::new());
    assert!(notice(&play).contains("not the account id"));
    play.keys("Backspace 3 Enter");
    assert_eq!(play.wanted(), ["open"]);
}

#[test]
fn an_error_is_a_state_with_a_way_on() {
    let mut play = Play::new();
    play.keys("Enter");
    play.opened(Err("it is open elsewhere".to_owned()));
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

fn survey(account: &str) -> Survey {
    Survey {
        account: account.to_owned(),
        caller: format!("arn:aws:iam::{account}:user/me"),
        region: "eu-central-1".to_owned(),
        alias: None,
    }
}

#[test]
fn a_target_that_is_slow_is_waited_for_by_the_clock_and_can_be_left() {
    let mut play = Play::on(account());
    play.keys("Enter");
    let first = play.run();
    play.send(Msg::Tick {
        run: first,
        millis: 1234,
    });
    let screen = play.screen(80, 24);
    assert!(
        screen.contains("Asking who you are there  1.2 s"),
        "{screen}"
    );
    assert!(screen.contains("Esc leave"), "{screen}");
    play.wanted();
    play.keys("Esc");
    assert_eq!(play.wanted(), ["cancel"]);
    assert!(matches!(play.model.screen, Screen::Catalogue));

    // What the first one brings after all is not for the second.
    play.keys("Enter");
    let second = play.run();
    assert_ne!(first, second);
    for result in [Err("no answer".to_owned()), Ok(survey("111122223333"))] {
        play.send(Msg::Surveyed { run: first, result });
        assert_eq!(play.model.running(), Some(second));
    }
    play.surveyed(Ok(survey("444455556666")));
    assert_eq!(play.model.running(), None);
    type_text(&mut play, "444455556666");
    play.wanted();
    play.keys("Enter");
    assert_eq!(play.wanted(), ["open"]);

    // Opening asks the target too.
    let third = play.run();
    play.send(Msg::Tick {
        run: third,
        millis: 900,
    });
    let screen = play.screen(80, 24);
    assert!(screen.contains("Opening the lab  900 ms"), "{screen}");
    play.keys("Esc");
    assert_eq!(play.wanted(), ["cancel"]);
    play.keys("Enter");
    play.send(Msg::Opened {
        run: third,
        result: Err("no answer".to_owned()),
    });
    assert!(matches!(play.model.screen, Screen::Opening { .. }));
    play.wanted();
    play.keys("Ctrl-c");
    assert_eq!(play.wanted(), ["cancel", "quit"]);
}
