//! The subcommands: arguments in, exit code out.

mod aws;
mod aws_configure;
mod check;
mod config;
mod explain;
mod export;
mod generate;
mod list;
mod notes;
mod options;
mod replay;
mod run;
mod serve;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

pub use options::{LabOptions, ScreenOptions, TargetKind};

use options::LessonOptions;

use crate::lesson::World;
use crate::runtime::lab::Pace;
use crate::runtime::state::Store;
use crate::runtime::{crash, plain, tui};

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
    /// The lab in lines of text, for screen readers and dumb terminals: commands are read from
    /// standard input, one a line. Chosen by itself where TERM=dumb
    #[arg(long)]
    plain: bool,
    /// Show the lab to a class: one idea a screen, revealed by a presenter's remote control
    ///
    /// Right, Down, Page Down and Space reveal, Left, Up and Page Up hide, `.` and `b` show
    /// nothing. None of them runs a command: Enter does.
    #[arg(long, conflicts_with = "plain")]
    present: bool,
    /// With --present, let the remote control run the step's command, too; on the sandbox only
    #[arg(long, requires = "present")]
    clicker_runs: bool,
    /// Record the session in this new file, for `rolecall replay`; secrets are masked
    #[arg(long, value_name = "FILE", conflicts_with = "plain")]
    record: Option<PathBuf>,
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
    Export(export::Export),
    Notes(notes::Notes),
    Replay(replay::Replay),
    Serve(serve::Serve),
    Aws(aws::Aws),
    Config(config::Config),
    Completions(generate::Completions),
    Man(generate::Man),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    crash::hook();
    let arguments = arguments().unwrap_or_else(|error| error.exit());
    let code = match arguments.command {
        Some(Command::List(list)) => list.perform(),
        Some(Command::Run(run)) => run.perform(),
        Some(Command::Check(check)) => check.perform(),
        Some(Command::Explain(explain)) => explain.perform(),
        Some(Command::Export(export)) => export.perform(),
        Some(Command::Notes(notes)) => notes.perform(),
        Some(Command::Replay(replay)) => replay.perform(),
        Some(Command::Serve(serve)) => serve.perform(),
        Some(Command::Aws(aws)) => aws.perform(),
        Some(Command::Config(config)) => config.perform(),
        Some(Command::Completions(completions)) => completions.perform(),
        Some(Command::Man(man)) => man.perform(),
        None => lab(&arguments),
    };
    let unwritten = code == OK && UNWRITTEN.load(Ordering::Relaxed);
    ExitCode::from(if unwritten { UNUSABLE } else { code })
}

/// The arguments. Options before a subcommand are its own: `rolecall --lessons DIR list` is `rolecall list
/// --lessons DIR`.
fn arguments() -> Result<Arguments, clap::Error> {
    let words: Vec<OsString> = std::env::args_os().collect();
    Arguments::try_parse_from(&words).or_else(|error| {
        let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else {
            return Err(error);
        };
        let mut words = words.into_iter();
        let program = words.next();
        let before: Vec<OsString> = words.by_ref().take_while(|word| **word != **name).collect();
        let name = OsString::from(name);
        let own = program.into_iter().chain([name]).chain(before);
        Arguments::try_parse_from(own.chain(words))
    })
}

/// Opens the lab: on the terminal, or in lines of text.
fn lab(arguments: &Arguments) -> u8 {
    let (options, screen) = (&arguments.lab, &arguments.screen);
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let terminal = io::stdout().is_terminal();
    if !terminal && !arguments.plain {
        return fail(
            "standard output is not a terminal, and the lab needs one: use `rolecall --plain` for the \
             lab in lines of text, `rolecall run LESSON` to run a lesson without a screen, or \
             `rolecall list` to see which there are",
        );
    }
    let plain = arguments.plain || dumb;
    if plain && !arguments.plain {
        eprintln!("TERM is `dumb`: this is the plain text mode, as with --plain.");
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
    let typed = io::stdin().is_terminal();
    // Where a script writes the commands, nobody watches a stack come up.
    let pace = if plain && !typed {
        Pace::Skipping
    } else {
        config.pace.value
    };
    let settings = match options.settings(Some(Store::of_user()), pace) {
        Ok(settings) => settings,
        Err(reason) => return fail(&reason),
    };
    if arguments.clicker_runs && settings.world != World::Sandbox {
        return fail(
            "a remote control runs no command outside of the sandbox: take `--clicker-runs` out, \
             and press Enter where a command is to run",
        );
    }
    let manner = tui::Manner {
        presenting: arguments.present,
        clicker_runs: arguments.clicker_runs,
        record: arguments.record.clone(),
    };
    let runtime = match loop_runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let ran = if plain {
        let manner = plain::Manner { prompt: typed };
        let out = Box::new(io::stdout());
        match runtime.block_on(plain::run(catalogue, settings, manner, out)) {
            // A reader that has gone (`| head`) is no error.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("standard output cannot be written to: {error}"))
            }
            _ => Ok(()),
        }
    } else {
        let ran = runtime.block_on(tui::run(catalogue, settings, &config, manner));
        ran.map_err(|error| error.to_string())
    };
    // A call that nobody waits for any more does not hold the program up.
    runtime.shutdown_background();
    match ran {
        Ok(()) => OK,
        Err(reason) => fail(&reason),
    }
}

/// What a loop on the terminal runs on: one thread beside that of the loop, so that keys are answered
/// while calls run.
fn loop_runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

/// Says why the program stops.
fn fail(message: &str) -> u8 {
    eprintln!("rolecall: {message}");
    UNUSABLE
}

/// Whether something could not be written to standard output.
static UNWRITTEN: AtomicBool = AtomicBool::new(false);

/// Writes a text to standard output, as [`put`] does.
fn print(text: &str) {
    put(text.as_bytes());
}

/// Writes to standard output. A reader that has gone (`| head`) is no error. What else goes wrong, such as a
/// full disk, is told once, and the program does not end as if all had been written.
fn put(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
        && !UNWRITTEN.swap(true, Ordering::Relaxed)
    {
        fail(&format!("cannot write to standard output: {error}"));
    }
}
