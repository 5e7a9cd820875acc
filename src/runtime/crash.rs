//! What is told of a panic: where it was, and what the program itself says of it. Text that was made at run
//! time is left out, as it may hold a secret: the message of a failed `unwrap` or of a bad index into a
//! string quotes what it was about.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use super::terminal;

/// Tells panics so from now on, on the terminal as it was before it was taken. Where a panic cannot be
/// survived (the release build), the program ends here with status 101, as others do that panic: what would
/// end it next is a signal, for which many systems keep an image of the memory, and with it the secrets.
pub fn hook() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        panic::set_hook(Box::new(|info| {
            terminal::give_back();
            let _ = writeln!(io::stderr(), "{}", Told(info));
            #[cfg(panic = "abort")]
            #[allow(
                clippy::disallowed_methods,
                reason = "nothing returns to main from here, and the terminal has been given back"
            )]
            std::process::exit(101);
        }));
    });
}

struct Told<'i, 'p>(&'i PanicHookInfo<'p>);

impl fmt::Display for Told<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rolecall failed")?;
        if let Some(place) = self.0.location() {
            write!(f, " at {place}")?;
        }
        // A message of this type is a literal of the program.
        match self.0.payload().downcast_ref::<&'static str>() {
            Some(literal) => write!(f, ": {literal}")?,
            None => write!(f, "; the message is left out, it could hold a secret")?,
        }
        write!(
            f,
            "\nThis is a fault of rolecall, not of AWS or of you. What was saved is not lost."
        )?;
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            write!(f, "\n{trace}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{
        Capabilities, Effect, Intent, Model, Msg, Opened, Progress, Run, RunId, Target, update,
    };
    use crate::lesson::{Catalogue, Variables};
    use crate::secret::Secret;

    const SECRETS: [&str; 3] = [
        "wJalrXUtnFEMIK7MDENGbPxRfiCYPLANTEDKEY12",
        "FwoGZXIvYXdzEPLANTEDTOKEN",
        "correct-horse-PLANTED-9",
    ];

    /// A lab that knows all three, and what it wants done with them.
    fn planted() -> (Model, Vec<Effect>) {
        let [key, token, password] = SECRETS;
        let mut variables = Variables::default();
        variables.set_secret("secret_access_key", Secret::new(key));
        variables.set_secret("session_token", Secret::new(token));
        let command = format!("aws iam create-login-profile --user-name a --password {password}");
        let mut progress = Progress {
            variables: variables.clone(),
            ..Progress::default()
        };
        progress.step_mut("create-user").command = Some(command.clone());
        let catalogue = Catalogue::embedded();
        let lesson = catalogue.lessons.first().cloned().unwrap();
        let mut model = Model::new(catalogue, Target::sandbox(), Capabilities::default());
        update(&mut model, Msg::Intent(Intent::Open));
        let run = model.running().unwrap();
        let opened = Opened {
            progress: progress.clone(),
            ..Opened::default()
        };
        let result = Ok(Box::new(opened));
        let mut effects = update(&mut model, Msg::Opened { run, result });
        effects.extend([
            Effect::Copy(command.clone()),
            Effect::Save {
                lesson: lesson.id.clone(),
                progress: Box::new(progress),
            },
            Effect::Run(Box::new(Run {
                id: RunId(1),
                text: Secret::new(format!("{command} {key} {token}")),
                lesson,
                edits: [("a.json".to_owned(), password.to_owned())].into(),
                variables,
                delay: 0,
            })),
        ]);
        (model, effects)
    }

    fn failing() -> Result<(), String> {
        Err(SECRETS.join(" "))
    }

    /// What the test below runs, in a program of its own.
    #[test]
    #[ignore = "prints what the other test reads"]
    fn parts_panic_over_secrets() {
        hook();
        let fails: [fn(); 4] = [
            || panic!("{:?}", planted()),
            || {
                failing().unwrap();
            },
            || {
                let text = SECRETS.join("\u{e9}");
                let _ = text.split_at(SECRETS[0].len() + 1);
            },
            || panic!("a part fails"),
        ];
        for fail in fails {
            assert!(std::thread::spawn(fail).join().is_err());
        }
    }

    #[test]
    fn no_secret_is_told_of_a_panic() {
        let known = format!("{:?}", planted());
        assert!(known.contains(SECRETS[2]), "nothing is planted");
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "runtime::crash::tests::parts_panic_over_secrets"])
            .args(["--ignored", "--nocapture"])
            .output()
            .unwrap();
        assert!(output.status.success());
        let told = String::from_utf8(output.stdout).unwrap()
            + std::str::from_utf8(&output.stderr).unwrap();
        for secret in SECRETS {
            assert!(!told.contains(secret), "{told}");
        }
        assert_eq!(told.matches("rolecall failed at ").count(), 4);
        assert_eq!(told.matches("the message is left out").count(), 3);
        assert!(told.contains(": a part fails\n"));
    }
}
