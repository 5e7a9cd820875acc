//! Commands run, and what comes of them.

use super::*;

#[test]
fn reading_running_and_going_on() {
    let mut play = Play::at("read");
    // Where nothing is called, nobody is asked who signs.
    assert!(!play.wanted().contains(&"identify"));
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

/// What a screen says may help, after the step was run and answered.
fn advice(step: &str, done: &[&str], report: rolecall::app::Report) -> String {
    let mut progress = Progress {
        step: step.to_owned(),
        ..Progress::default()
    };
    for done in done {
        progress.step_mut(done).state = StepState::Done;
    }
    let mut play = Play::new();
    play.keys("Enter");
    play.open(progress);
    play.keys("R");
    play.answer(report);
    play.lab().advice().unwrap_or_default().to_owned()
}

#[test]
fn what_may_help_is_read_off_the_lesson() {
    let error = |code| failure(Verdict::Error, code, "no");
    let before = ["user", "key"];
    let back = "Keys for it come from step 3: go back and run it";
    let again = format!("{back} again ({{{{run-again}}}}), then this step.");
    assert_eq!(
        advice("denied", &before, error("ExpiredToken")),
        format!("The session of the profile `alice` has ended. {again}")
    );
    for code in ["InvalidClientTokenId", "InvalidAccessKeyId"] {
        assert_eq!(
            advice("denied", &before, error(code)),
            format!("The keys of the profile `alice` are no longer good. {again}")
        );
    }
    let absent = "The config profile (alice) could not be found";
    assert_eq!(
        advice("denied", &["user"], failure(Verdict::Error, "", absent)),
        format!("There is no profile `alice` yet. {back}, then this step.")
    );
    let busy = "Stack:arn:aws:cloudformation:us-east-1:123456789012:stack/s/1 is in \
                CREATE_IN_PROGRESS state and can not be updated.";
    let busy = advice(
        "stack",
        &before,
        failure(Verdict::Error, "ValidationError", busy),
    );
    assert!(
        busy.starts_with("The stack is in CREATE_IN_PROGRESS, and CloudFormation takes no change")
    );
    // The administrator's keys are none of the lesson's.
    assert!(advice("user", &[], error("ExpiredToken")).starts_with("The administrator's"));
    assert!(advice("user", &[], error("EntityAlreadyExists")).contains("{{reset-lesson}}"));
    assert!(advice("user", &["user"], error("EntityAlreadyExists")).contains("{{next}}"));
    assert_eq!(
        advice("policy", &["denied"], error("NoSuchEntity")),
        "Before this step, steps 2 and 3 were not done: this one may depend on them."
    );
    // Where all went before, and where the outcome is as expected, there is nothing to say.
    assert_eq!(advice("key", &["user"], error("ServiceFailure")), "");
    assert_eq!(advice("denied", &[], denied()), "");
}

#[test]
fn what_may_help_is_said_of_the_run_that_failed() {
    let help = |play: &mut Play| play.screen(140, 45).contains("What may help");
    let progress = Progress {
        step: "policy".to_owned(),
        ..Progress::default()
    };
    let mut play = Play::new();
    play.keys("Enter");
    play.open(progress.clone());
    assert!(!help(&mut play));
    play.keys("Enter");
    assert!(!help(&mut play));
    play.answer(failure(Verdict::Error, "NoSuchEntity", "no"));
    assert!(help(&mut play));
    let said = play.lab().advice().unwrap().to_owned();
    // It stays with its answer while other steps are looked at and run.
    play.keys("Left");
    play.keys("Enter");
    play.answer(denied());
    assert_eq!(play.lab().advice(), None);
    while play.lab().step().unwrap().id != "policy" {
        play.keys("Right");
    }
    assert_eq!(play.lab().advice(), Some(said.as_str()));
    // A new run begins without, and an undone one leaves none.
    play.keys("R");
    assert!(!help(&mut play));
    play.answer(failure(Verdict::Error, "NoSuchEntity", "no"));
    assert!(help(&mut play));
    play.keys("u y");
    let ticket = play.lab().history.last().unwrap().ticket;
    play.send(Msg::Restored {
        ticket,
        result: Ok(()),
    });
    assert!(!help(&mut play));
    assert_eq!(play.lab().advice(), None);
    // Nor is there any on another day, when the answer is not there, either.
    let mut later = Play::new();
    later.keys("Enter");
    later.open(play.lab().progress.clone());
    assert!(!help(&mut later));
    assert_eq!(later.lab().advice(), None);
}

#[test]
fn a_refused_policy_is_told_of_as_it_was_sent() {
    let mut play = Play::at("policy");
    let refused = || failure(Verdict::Error, "MalformedPolicyDocument", "no");
    play.keys("d ] Esc R");
    play.answer(refused());
    let said = play.lab().advice().unwrap().to_owned();
    assert!(said.contains("policy.json"), "{said}");
    // The document may be mended meanwhile: the answer is of the one that was sent.
    play.keys("d Backspace Esc");
    assert_eq!(play.lab().advice(), Some(said.as_str()));
    assert!(play.screen(140, 45).contains("What may help"));
    play.keys("R");
    play.answer(created());
    assert_eq!(play.lab().advice(), None);
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
fn looking_and_leaving_work_while_a_call_runs() {
    let footer = |play: &mut Play| play.screen(140, 45).lines().last().unwrap().to_owned();
    let mut play = Play::at("user");
    assert!(footer(&mut play).contains(" next"));
    play.keys("Enter 1 Down 3 Tab ? PgDn ?");
    let run = play.run();
    let running = footer(&mut play);
    assert!(
        running.contains("cancel") && !running.contains(" next"),
        "{running}"
    );
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
fn a_stack_in_a_stack_is_one_of_its_resources() {
    let mut play = Play::at("stack");
    play.keys("Enter");
    let run = play.run();
    for (status, resource) in [
        ("CREATE_IN_PROGRESS", "outer"),
        ("CREATE_IN_PROGRESS", "Inner"),
        ("CREATE_COMPLETE", "Inner"),
    ] {
        let event = StackEvent {
            time: "12:00:00".to_owned(),
            resource: resource.to_owned(),
            kind: "AWS::CloudFormation::Stack".to_owned(),
            status: status.to_owned(),
            reason: None,
            total: Some(2),
        };
        play.send(Msg::Event { run, event });
    }
    let screen = play.screen(80, 24);
    assert!(screen.contains("1 of 2 resources"), "{screen}");
}

#[test]
fn what_was_told_while_it_ran_does_not_hide_what_came_of_it() {
    let mut play = Play::at("user");
    play.keys("Enter Right");
    let screen = play.screen(80, 24);
    assert!(
        screen.contains("RUNNING  0 ms  a command is running: x stops"),
        "{screen}"
    );
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
fn a_command_of_several_lines_has_one_prompt_in_the_response() {
    let mut play = Play::at("user");
    play.send(Msg::Intent(Intent::Write(
        Subject::Command,
        "aws iam create-user \\\n    --user-name alice\naws iam list-users".to_owned(),
    )));
    play.keys("Enter");
    play.answer(created());
    play.answer(created());
    let screen = play.keys("2").screen(80, 24);
    let rows: Vec<&str> = screen.lines().collect();
    assert_eq!(rows[3], " $ aws iam create-user \\");
    assert_eq!(rows[4], "       --user-name alice");
    let said = rolecall::ui::words::response(play.lab().attempt().unwrap(), 0, 2);
    assert_eq!(
        said.0,
        "$ aws iam create-user \\\n      --user-name alice\n"
    );
    // One that is as wide as the pane without its prompt is broken, not cut.
    let name = "x".repeat(77 - "aws iam get-user --user-name ".len());
    let mut play = Play::at("user");
    play.send(Msg::Intent(Intent::Write(
        Subject::Command,
        format!("aws iam get-user --user-name {name}\naws iam list-users"),
    )));
    play.keys("Enter");
    play.answer(success(Value::Null));
    play.answer(success(Value::Null));
    let screen = play.keys("2").screen(80, 24);
    assert!(screen.contains(&format!("\n   {name}\n")), "{screen}");
}
