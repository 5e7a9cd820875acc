//! What lies beyond a lesson's steps, in lines of text: free play, notes, the clock, the door, exports.

use std::io;

use super::Reader;
use crate::app::{Focus, Form, Intent, Jump, Msg, Subject};
use crate::lesson::World;
use crate::ui::words;

impl Reader {
    /// Runs a command of free play, and says what came of it.
    pub(super) async fn play(&mut self, text: &str) -> io::Result<()> {
        self.events = 0;
        self.want(Intent::PlayThis(text.to_owned()))?;
        self.settle().await?;
        self.notice()?;
        if self.model.quitting {
            return Ok(());
        }
        self.of_lab(words::outcome)?;
        self.response(0)?;
        if self.model.lab().is_some_and(|lab| {
            let attempt = lab.attempt();
            attempt.is_some_and(|attempt| attempt.explanation().is_some())
        }) {
            let world = self.model.target.world;
            let text = self.model.lab().map(|lab| words::why(lab, world));
            self.why = text;
        }
        self.want(Intent::Back)
    }

    /// Says what the last word of a command may become.
    pub(super) async fn complete(&mut self, text: &str) -> io::Result<()> {
        self.want(Intent::Play)?;
        self.want(Intent::Back)?;
        // The names come by themselves.
        while let Ok(message) = self.inbox.try_recv() {
            self.tell(message)?;
        }
        self.of_lab(|lab| {
            let words = crate::awscli::complete_in(text, text.len(), &lab.reach.names).words;
            if words.is_empty() {
                return "Nothing completes this.\n".to_owned();
            }
            words.join("\n") + "\n"
        })
    }

    pub(super) async fn note_on(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return self.of_lab(|lab| match lab.note() {
                Some(note) => format!("{note}\n"),
                None => "There is no note on this step.\n".to_owned(),
            });
        }
        let text = if text == "-" { "" } else { text };
        self.want(Intent::Write(Subject::Note, text.to_owned()))?;
        self.say("The note is kept.\n")
    }

    /// Waits for the answer to what was asked of the lab's world.
    pub(super) async fn hear(&mut self, heard: impl Fn(&Msg) -> bool) -> io::Result<()> {
        while let Some(message) = self.inbox.recv().await {
            let done = heard(&message);
            self.tell(message)?;
            if done {
                break;
            }
        }
        Ok(())
    }

    pub(super) async fn clock(&mut self, rest: &str) -> io::Result<()> {
        if self.model.target.world != World::Sandbox {
            return self.of_lab(words::clock);
        }
        let jump = match rest {
            "" => None,
            "past" => Some(Jump::PastExpiry),
            minutes => match minutes.trim_start_matches('+').parse() {
                Ok(minutes) => Some(Jump::Minutes(minutes)),
                Err(_) => {
                    return self.say("Wrong: give minutes, such as `time 15`, or `time past`; time goes forward only\n");
                }
            },
        };
        self.want(Intent::Clock)?;
        self.hear(|message| matches!(message, Msg::Clock(_)))
            .await?;
        if let Some(jump) = jump {
            self.want(Intent::Advance(jump))?;
            self.settle().await?;
            self.notice()?;
            self.want(Intent::Clock)?;
            self.hear(|message| matches!(message, Msg::Clock(_)))
                .await?;
        }
        self.want(Intent::Back)?;
        self.of_lab(words::clock)
    }

    pub(super) async fn door(&mut self, rest: &str) -> io::Result<()> {
        match rest {
            "open" => {
                self.want(Intent::Door)?;
                if self.model.lab().is_some_and(|lab| {
                    lab.reach.door.is_none() && matches!(lab.focus, Focus::Over(_))
                }) {
                    self.hear(|message| matches!(message, Msg::DoorOpened(_)))
                        .await?;
                }
                self.want(Intent::Back)?;
                self.notice()?;
            }
            "close" => {
                self.want(Intent::CloseDoor)?;
                self.notice()?;
            }
            "" => {}
            _ => return self.say("Wrong: it is `door open` or `door close`\n"),
        }
        self.of_lab(words::door)
    }

    pub(super) async fn export(&mut self, rest: &str) -> io::Result<()> {
        let form = match rest {
            "md" | "markdown" => Form::Markdown,
            "html" => Form::Html,
            _ => return self.say("Wrong: it is `export md` or `export html`\n"),
        };
        self.want(Intent::Export(Some(form)))?;
        self.hear(|message| matches!(message, Msg::Exported(_)))
            .await?;
        self.notice()
    }
}
