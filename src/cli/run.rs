//! `rolecall run`.

use std::io::{self, BufRead};
use std::time::Instant;

use clap::Args;

use super::options::LabOptions;
use super::{OK, UNMET, fail, print};
use crate::app::{Survey, Target};
use crate::lesson::Lesson;
use crate::runtime::headless::{self, Audience, StepRecord};
use crate::runtime::lab::Pace;
use crate::secret::veil;

/// Run a lesson without a screen and print what happens.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The lesson's id, as `rolecall list` shows it
    #[arg(value_name = "LESSON")]
    lesson: String,
    /// Print one JSON object for each step that runs something
    ///
    /// Its members: lesson, step, command, profile, outcome (success, denied or error), code,
    /// expected, ok, exit, stdout, stderr, decision (null where the target explains nothing),
    /// millis, and note where there is a remark.
    #[arg(long)]
    json: bool,
    /// The id of the account that the lesson may change, in place of typing it when asked
    #[arg(long, value_name = "ACCOUNT_ID")]
    confirm: Option<String>,
    #[command(flatten)]
    lab: LabOptions,
}

impl Run {
    pub(super) fn perform(&self) -> u8 {
        let catalogue = match self.lab.lessons.catalogue() {
            Ok(catalogue) => catalogue,
            Err(error) => return fail(&error.to_string()),
        };
        if catalogue.get(&self.lesson).is_none() {
            for problem in &catalogue.problems {
                eprintln!("{problem}\n");
            }
            let advice = match catalogue.nearest(&self.lesson) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`rolecall list` shows which there are".to_owned(),
            };
            return fail(&format!("there is no lesson `{}`: {advice}", self.lesson));
        }
        let settings = match self.lab.settings(None, Pace::Skipping) {
            Ok(settings) => settings,
            Err(reason) => return fail(&reason),
        };
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => return fail(&format!("cannot start: {error}")),
        };
        let begun = Instant::now();
        let mut transcript = Transcript {
            json: self.json,
            confirm: self.confirm.clone(),
        };
        let run = headless::run(catalogue, &self.lesson, settings, &mut transcript);
        let ran = match runtime.block_on(run) {
            Ok(ran) => ran,
            Err(error) => return fail(&error.to_string()),
        };
        if !self.json {
            let verdict = if ran.ok {
                "every expectation held"
            } else {
                "stopped: an expectation did not hold"
            };
            print(&format!(
                "{verdict}: {} steps run in {} ms\n",
                ran.steps,
                begun.elapsed().as_millis()
            ));
        }
        for command in &ran.left {
            eprintln!("rolecall: left behind, remove it yourself: {command}");
        }
        if ran.ok { OK } else { UNMET }
    }
}

struct Transcript {
    json: bool,
    confirm: Option<String>,
}

impl Audience for Transcript {
    fn confirm(&mut self, target: &Target, survey: &Survey, lesson: &Lesson) -> String {
        eprintln!("{} runs on {}.", lesson.title, target.words());
        let alias = survey
            .alias
            .as_ref()
            .map_or(String::new(), |alias| format!(" ({alias})"));
        eprintln!("  account  {}{alias}", survey.account);
        eprintln!("  caller   {}", survey.caller);
        eprintln!("  region   {}", survey.region);
        eprintln!("It creates, and removes at the end:");
        for thing in &lesson.creates {
            eprintln!("  {thing}");
        }
        if let Some(id) = &self.confirm {
            return id.clone();
        }
        eprint!("Type the account id to go on: ");
        let mut typed = String::new();
        // A failure to read is no confirmation.
        let _ = io::stdin().lock().read_line(&mut typed);
        eprintln!();
        typed
    }

    fn begin(&mut self, target: &Target, lesson: &Lesson) {
        if !self.json {
            let region = target.region.as_deref().unwrap_or_default();
            print(&format!(
                "{}\non {} in {region}\n\n",
                lesson.title,
                target.words()
            ));
        }
    }

    fn step(&mut self, step: &StepRecord) {
        if self.json {
            match serde_json::to_string(step) {
                Ok(line) => print(&format!("{}\n", veil(&line))),
                Err(error) => eprintln!("rolecall: step `{}`: {error}", step.step),
            }
        } else {
            print(&readable(step));
        }
    }

    fn cleaned(&mut self, command: &str, gone: bool, stderr: &str) {
        let word = if gone { "removed" } else { "FAILED" };
        eprintln!("clean-up {word}: {}", veil(command));
        if !gone {
            eprintln!("  {}", veil(stderr));
        }
    }
}

/// A step as text: the important words first.
fn readable(step: &StepRecord) -> String {
    let text = format!(
        "Step {} of {}: {}\n{}\n",
        step.number, step.of, step.title, step.words
    );
    veil(&crate::app::visible(&text)).into_owned()
}
