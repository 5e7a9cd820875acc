//! `rolecall completions` and `rolecall man`, made from the arguments that the program takes.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, OK, fail, print};

/// Print a shell's completions.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn perform(&self) -> u8 {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "rolecall", &mut out);
        print(&String::from_utf8_lossy(&out));
        OK
    }
}

/// Print the manual page: `rolecall man | man -l -`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// The page of a subcommand
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl Man {
    pub(super) fn perform(&self) -> u8 {
        let mut command = Arguments::command();
        command.build();
        if let Some(name) = &self.command {
            command = match command.find_subcommand(name) {
                Some(found) => found.clone(),
                None => return fail(&format!("there is no command `{name}`")),
            };
        }
        let mut out = Vec::new();
        match clap_mangen::Man::new(command).render(&mut out) {
            Ok(()) => {
                print(&String::from_utf8_lossy(&out));
                OK
            }
            Err(error) => fail(&format!("cannot make the page: {error}")),
        }
    }
}
