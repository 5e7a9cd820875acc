//! Hints, solutions, predictions and checks.

use super::*;

#[test]
fn hints_come_one_by_one() {
    let mut play = Play::at("user");
    play.keys("H");
    assert_eq!(play.lab().hints(), ["Look at the name."]);
    play.keys("H H");
    assert_eq!(play.lab().hints().len(), 2);
    assert_eq!(notice(&play), "there are no more hints");
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
    // What it is about stands above, whatever was looked at before.
    play.keys("2 Enter");
    assert_eq!(play.lab().tab, Tab::Text);
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
    play.keys("n H H H");
    assert!(notice(&play).contains("{{solution}} shows the solution"));
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
fn what_a_check_found_missing_is_told_once() {
    for (width, height) in [(60, 18), (80, 24), (140, 45)] {
        let mut play = Play::studying("policy");
        play.keys("Enter");
        play.answer(success(Value::Null));
        play.answer(success(serde_json::json!({})));
        for tab in ["1", "2"] {
            let screen = play.keys(tab).screen(width, height);
            let told = screen.matches("alice has the policy").count();
            assert_eq!(told, 1, "{width}x{height} {tab}\n{screen}");
        }
    }
    // Nor is it blamed on a step before.
    let mut play = Play::studying("policy");
    play.keys("Enter");
    play.answer(success(Value::Null));
    play.answer(success(serde_json::json!({})));
    let advice = "this is not all that the step asks for: change `policy.json` ({{edit-file}}) and run \
                  it again. {{hint}} shows a hint.";
    assert!(play.lab().advice().unwrap().ends_with(advice));
    // What a row cannot hold stands above it, and the row leaves it there.
    let mut play = Play::studying("policy");
    let says = "alice has the policy, which lets her list the names of all the buckets";
    let mut lesson = (*play.model.catalogue.lessons[0]).clone();
    lesson.steps[1].check.as_mut().unwrap().says = says.to_owned();
    let lesson = std::sync::Arc::new(lesson);
    play.model.catalogue.lessons[0] = lesson.clone();
    play.model.lab_mut().unwrap().lesson = lesson;
    play.keys("Enter");
    play.answer(success(Value::Null));
    play.answer(success(serde_json::json!({})));
    let screen = play.keys("2").screen(80, 24);
    assert_eq!(
        screen.matches("alice has the policy").count(),
        1,
        "{screen}"
    );
    assert!(screen.contains("SUCCESS  not as expected"), "{screen}");
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
        assert!(screen.contains("Checked, as the administrator"), "{screen}");
    }
}
