//! What came is looked at: tabs, search, folds, clicks.

use super::*;

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
    // However long it is, what came of it is told.
    play.keys("/");
    play.send(Msg::Intent(Intent::Paste("no such text ".repeat(1000))));
    play.keys("Enter");
    let screen = play.screen(80, 24);
    assert!(screen.contains("..` is not in the response"), "{screen}");
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
