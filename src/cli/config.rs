//! `rolecall config`.

use std::fmt::Write;

use clap::Args;

use super::options::{LessonOptions, ScreenOptions};
use super::{OK, fail, print};
use crate::app::Colours;
use crate::runtime::config::{Config as InForce, Source, path};
use crate::runtime::lab::Pace;
use crate::runtime::state::Store;

const FORM: &str = "\
The file is TOML:

  theme = \"light\"            # auto, dark, light, contrast, safe, mono
  colours = \"16\"             # auto, none, 16, 24-bit
  unicode = false            # false: only ASCII is drawn
  mouse = false              # false: the mouse stays the terminal's
  predictions = false        # false: nobody is asked what will happen
  key_ids = \"whole\"          # ends, whole: what is shown of access key ids
  pace = \"skip\"              # real, skip: whether the sandbox lets commands wait
  lessons = \"my-lessons\"     # a folder of more lessons, beside the file

  [keys]                     # names as this command shows them
  next = [\"n\", \"Right\"]";

/// Show what is in force, and where each value comes from.
#[derive(Debug, Args)]
#[command(after_help = FORM)]
pub(super) struct Config {
    /// Print only the path of the config file
    #[arg(long)]
    path: bool,
    #[command(flatten)]
    screen: ScreenOptions,
    #[command(flatten)]
    lessons: LessonOptions,
}

impl Config {
    pub(super) fn perform(&self) -> u8 {
        if self.path {
            return match path(|name| std::env::var(name).ok()) {
                Some(path) => {
                    print(&format!("{}\n", path.display()));
                    OK
                }
                None => fail("there is no home folder to look for a config file in: set `HOME`"),
            };
        }
        match self.screen.config(&self.lessons) {
            Ok(config) => {
                print(&told(&config));
                OK
            }
            Err(reason) => fail(&reason),
        }
    }
}

fn told(config: &InForce) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str, source: &str| {
        let written = writeln!(out, "{name:20} {value:20} {source}");
        debug_assert!(written.is_ok());
    };
    let switch = |on: bool| if on { "true" } else { "false" };
    let colours = match config.colours.value {
        Colours::None => "none",
        Colours::Sixteen => "16",
        Colours::True => "24-bit",
    };
    let pace = match config.pace.value {
        Pace::Real => "real",
        Pace::Skipping => "skip",
    };
    // What nobody chose was found in the terminal's variables.
    let found = |source: &Source| match source {
        Source::Default => "default, from TERM, COLORTERM and LANG".to_owned(),
        other => other.to_string(),
    };
    let file = match &config.path {
        Some(path) => path.display().to_string(),
        None => "none: there is no home folder".to_owned(),
    };
    let there = if config.found { "" } else { "not there" };
    line("config file", &file, there);
    match Store::of_user().folder() {
        Ok(folder) => line("labs", &folder.display().to_string(), ""),
        Err(error) => line("labs", "none", &error.to_string()),
    }
    line("", "", "");
    line(
        "theme",
        config.theme.value.name(),
        &config.theme.source.to_string(),
    );
    line("colours", colours, &found(&config.colours.source));
    line(
        "unicode",
        switch(config.unicode.value),
        &found(&config.unicode.source),
    );
    line(
        "mouse",
        switch(config.mouse.value),
        &config.mouse.source.to_string(),
    );
    line(
        "predictions",
        switch(config.predictions.value),
        &config.predictions.source.to_string(),
    );
    let ids = if config.whole_ids.value {
        "whole"
    } else {
        "ends"
    };
    line("key_ids", ids, &config.whole_ids.source.to_string());
    line("pace", pace, &config.pace.source.to_string());
    let lessons = config.lessons.value.as_ref();
    line(
        "lessons",
        &lessons.map_or_else(|| "-".to_owned(), |path| path.display().to_string()),
        &config.lessons.source.to_string(),
    );
    line("", "", "");
    line("[keys]", "", "");
    for (name, keys) in config.keymap.names() {
        let keys: Vec<String> = keys.iter().map(|key| key.ascii()).collect();
        let source = config.keys.get(&name).unwrap_or(&Source::Default);
        line(&name, &keys.join(" "), &source.to_string());
    }
    out.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
