//! The subcommands: arguments in, exit code out.

mod aws;
mod check;
mod config;
mod explain;
mod generate;
mod list;
mod options;
mod run;
mod serve;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use options::{LabOptions, ScreenOptions, TargetKind};

use options::LessonOptions;

use crate::runtime::state::Store;
use crate::runtime::tui;

/// Everything went as it should.
pub const OK: u8 = 0;
/// An expectation did not hold, or the checker found something.
pub const UNMET: u8 = 1;
/// The arguments or files cannot be used, the target cannot be reached, or the account was not
/// confirmed. clap's own code for bad arguments is the same.
pub const UNUSABLE: u8 = 2;

const EXIT_CODES: &str = "\
Exit codes:
  0  everything went as it should
  1  an expectation of a lesson did not hold, or the checker found something
  2  bad arguments, unreadable files, no target, or the account was not confirmed";

/// A terminal lab for learning AWS IAM and STS by doing.
///
/// Without a command, it opens the lab on the terminal.
#[derive(Debug, Parser)]
#[command(name = "rolecall", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    lab: LabOptions,
    #[command(flatten)]
    screen: ScreenOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the lessons
    List(list::List),
    /// Run a lesson without a screen and print what happens
    Run(run::Run),
    /// Check lessons that you are writing
    Check(check::Check),
    Explain(explain::Explain),
    Serve(serve::Serve),
    Aws(aws::Aws),
    Config(config::Config),
    Completions(generate::Completions),
    Man(generate::Man),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let code = match arguments.command {
        Some(Command::List(list)) => list.perform(),
        Some(Command::Run(run)) => run.perform(),
        Some(Command::Check(check)) => check.perform(),
        Some(Command::Explain(explain)) => explain.perform(),
        Some(Command::Serve(serve)) => serve.perform(),
        Some(Command::Aws(aws)) => aws.perform(),
        Some(Command::Config(config)) => config.perform(),
        Some(Command::Completions(completions)) => completions.perform(),
        Some(Command::Man(man)) => man.perform(),
        None => lab(&arguments.lab, &arguments.screen),
    };
    ExitCode::from(code)
}

/// Opens the lab on the terminal.
fn lab(options: &LabOptions, screen: &ScreenOptions) -> u8 {
    if !io::stdout().is_terminal() {
        return fail(
            "standard output is not a terminal, and the lab needs one: use `rolecall run LESSON` to \
             run a lesson without a screen, or `rolecall list` to see which there are",
        );
    }
    let config = match screen.config(&options.lessons) {
        Ok(config) => config,
        Err(reason) => return fail(&reason),
    };
    let lessons = LessonOptions {
        folder: config.lessons.value.clone(),
    };
    let catalogue = match lessons.catalogue() {
        Ok(catalogue) => catalogue,
        Err(error) => return fail(&error.to_string()),
    };
    let settings = match options.settings(Some(Store::of_user()), config.pace.value) {
        Ok(settings) => settings,
        Err(reason) => return fail(&reason),
    };
    // One thread beside that of the loop, so that keys are answered while calls run.
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let ran = runtime.block_on(tui::run(catalogue, settings, &config));
    // A call that nobody waits for any more does not hold the program up.
    runtime.shutdown_background();
    match ran {
        Ok(()) => OK,
        Err(error) => fail(&error.to_string()),
    }
}

/// Says why the program stops.
fn fail(message: &str) -> u8 {
    eprintln!("rolecall: {message}");
    UNUSABLE
}

/// Writes a text to standard output. A reader that has gone (`| head`) is no error.
fn print(text: &str) {
    use std::io::Write;
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
