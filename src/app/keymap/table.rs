//! Every key and what it means where, a row a line.

use std::sync::LazyLock;

use super::Binding;
use super::mode::Mode::{
    self, Asking, Blank, Catalogue, Clock, Command, Confirm, Door, Export, Failed, File, Finder,
    Hands, Help, Note, PlayRunning, Playing, Predicting, PresentRunning, Presenting, Reading,
    Running, Searching, TooSmall, Waiting,
};
use crate::app::key::Code::{self, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Up};
use crate::app::key::Key;
use crate::app::lab::Tab;
use crate::app::msg::{Intent, Scroll};
use crate::app::reach::{Form, Jump};

const STEP: &[Mode] = &[Reading, Running];
const EDITORS: &[Mode] = &[Command, File, Note];
const PRESENT: &[Mode] = &[Presenting, PresentRunning];
const PLAIN: &[Mode] = &[
    Catalogue,
    Waiting,
    Failed,
    Reading,
    Running,
    Presenting,
    PresentRunning,
];
pub(super) const IDLE: &[Mode] = &[
    TooSmall, Help, Catalogue, Waiting, Failed, Confirm, Reading, Command, File, Searching, Asking,
    Predicting, Blank, Finder, Note, Playing, Clock, Door, Export, Presenting, Hands,
];
pub(super) const EVERYWHERE: &[Mode] = &Mode::ALL;

/// Every binding, in the order of the footer and the help: where it works, the keys, what they
/// mean, a word for the footer, a sentence for the help.
// Rows that are broken into lines of one argument each cannot be compared.
#[rustfmt::skip]
pub static BINDINGS: LazyLock<Vec<Binding>> = LazyLock::new(|| {
    let key = Key::new;
    let char = Key::char;
    let shifted = |code| Key::new(code).with_shift();
    let alt = |code| Key::new(code).with_alt();
    let bind = |modes, keys: &[Key], intent, label, help| Binding { modes, keys: keys.to_vec(), intent, label, help };
    let blank = [
        char('.'), char('b'), char(' '), key(Esc), key(Enter), key(Right), key(Left), key(Up), key(Down), key(PageDown),
        key(PageUp), key(Code::F(5)),
    ];
    vec![
        // The lessons.
        bind(&[Catalogue], &[key(Enter)], Intent::Open, "open", "Open the lesson, where you left it."),
        bind(&[Catalogue], &[key(Down), char('j')], Intent::Move(1), "", "The next lesson."),
        bind(&[Catalogue], &[key(Up), char('k')], Intent::Move(-1), "", "The lesson before."),
        bind(&[Failed], &[key(Enter), char('r')], Intent::Retry, "try again", "Try again."),

        // A question.
        bind(&[Asking], &[char('y'), char('Y')], Intent::Yes, "yes", "Yes, do it."),
        bind(&[Asking], &[char('n'), key(Esc), char('N')], Intent::Back, "no", "No, leave it."),

        // Predicting.
        bind(&[Predicting], &[key(Enter)], Intent::Predict, "say so and run", "Say what is selected, and run the command."),
        bind(&[Predicting], &[key(Down), char('j')], Intent::Move(1), "choose", "The next thing that may happen."),
        bind(&[Predicting], &[key(Up), char('k')], Intent::Move(-1), "", "The one before."),
        bind(&[Predicting], &[char('1')], Intent::Select(0), "", "Allowed."),
        bind(&[Predicting], &[char('2')], Intent::Select(1), "", "Denied by the identity policies."),
        bind(&[Predicting], &[char('3')], Intent::Select(2), "", "Denied by the trust policy."),
        bind(&[Predicting], &[char('4')], Intent::Select(3), "", "Denied by the boundary."),
        bind(&[Predicting], &[char('5')], Intent::Select(4), "", "Denied by a session policy."),
        bind(&[Predicting], &[char('6')], Intent::Select(5), "", "Denied by the resource's policy."),
        bind(&[Predicting], &[char('r')], Intent::Run, "just run", "Run the command and say nothing."),
        bind(&[Predicting], &[char('p')], Intent::TogglePredictions, "never ask", "Do not ask any more in this lesson."),
        bind(&[Predicting], &[key(Esc)], Intent::Back, "back", "Back to the step; nothing runs."),

        // Confirming.
        bind(&[Confirm], &[key(Enter)], Intent::Open, "confirm", "Go on, once the account id is typed."),
        bind(&[Confirm], &[key(Down)], Intent::Scroll(Scroll::Lines(1)), "", "Scroll down."),
        bind(&[Confirm], &[key(Up)], Intent::Scroll(Scroll::Lines(-1)), "", "Scroll up."),
        bind(&[Confirm], &[key(Esc)], Intent::Back, "leave", "Leave the account alone."),

        // A step.
        bind(&[Reading], &[key(Enter)], Intent::Run, "run", "Run the command shown. A step that is done does not run again by this key."),
        bind(&[Running], &[char('x'), key(Esc)], Intent::Cancel, "cancel", "Stop waiting for the command."),
        bind(STEP, &[key(Right), char('l')], Intent::Next, "next", "The next step."),
        bind(STEP, &[key(Left), char('h')], Intent::Previous, "", "The step before."),
        bind(&[Reading], &[char('e')], Intent::EditCommand, "edit", "Edit the command."),
        bind(&[Reading], &[char('d')], Intent::EditFile, "document", "Edit the step's document."),
        bind(&[Reading], &[char('H')], Intent::Hint, "hint", "Show one more hint."),
        bind(&[Reading], &[char('S')], Intent::Solution, "solution", "Show the step's solution; once more, take it."),
        bind(&[Reading], &[char('C')], Intent::Check, "check", "See whether the world is as the step wants, whoever made it so."),
        bind(&[Reading], &[char('p')], Intent::TogglePredictions, "", "Be asked what will happen before a call with something to learn, or not."),
        bind(STEP, &[char('c')], Intent::Copy, "copy", "Send the command to the terminal's clipboard. Many terminals refuse silently; the text is on the screen too."),
        bind(&[Reading], &[char('R')], Intent::RunAgain, "run again", "Run the command again although the step is done."),
        bind(STEP, &[char('1')], Intent::Show(Tab::Text), "", "The step's text."),
        bind(STEP, &[char('2')], Intent::Show(Tab::Response), "", "What the command printed."),
        bind(STEP, &[char('3')], Intent::Show(Tab::Why), "", "Why it was allowed or denied."),
        bind(STEP, &[char('4')], Intent::Show(Tab::Files), "", "The lesson's files."),
        bind(STEP, &[char('5')], Intent::Show(Tab::Wire), "", "What went over the wire, and how it was signed."),
        bind(STEP, &[char('6')], Intent::Show(Tab::Code), "", "The same call in Rust and Python."),
        bind(STEP, &[char('7')], Intent::Show(Tab::State), "", "What exists in the sandbox."),
        bind(STEP, &[char('8')], Intent::Show(Tab::Map), "", "Who can reach what in the sandbox."),
        bind(STEP, &[char('v')], Intent::View, "view", "Another view of the tab: JSON or table; request, signature or answer; Rust, Python or CLI."),
        bind(STEP, &[char(']')], Intent::Pick(1), "", "The next one of several: decisions, exchanges, objects and arrays of the response."),
        bind(STEP, &[char('[')], Intent::Pick(-1), "", "The one before."),
        bind(STEP, &[char('z')], Intent::Fold, "", "Fold or unfold the object or array that is picked; a click does it, too."),
        bind(STEP, &[char('Z')], Intent::FoldAll, "", "Fold or unfold every object and array below the first level."),
        bind(STEP, &[key(Code::Tab)], Intent::NextTab, "", "The next tab."),
        bind(STEP, &[shifted(Code::Tab)], Intent::PreviousTab, "", "The tab before."),
        bind(STEP, &[char('f')], Intent::NextFile, "", "The next file of the step."),
        bind(STEP, &[key(Down), char('j')], Intent::Scroll(Scroll::Lines(1)), "", "Scroll down."),
        bind(STEP, &[key(Up), char('k')], Intent::Scroll(Scroll::Lines(-1)), "", "Scroll up."),
        bind(STEP, &[key(PageDown), char(' ')], Intent::Scroll(Scroll::Pages(1)), "", "A page down."),
        bind(STEP, &[key(PageUp)], Intent::Scroll(Scroll::Pages(-1)), "", "A page up."),
        bind(STEP, &[key(Home), char('g')], Intent::Scroll(Scroll::Top), "", "To the beginning."),
        bind(STEP, &[key(End), char('G')], Intent::Scroll(Scroll::Bottom), "", "To the end."),
        bind(STEP, &[shifted(Right), char('>')], Intent::Scroll(Scroll::Columns(8)), "", "Long lines: to the right."),
        bind(STEP, &[shifted(Left), char('<')], Intent::Scroll(Scroll::Columns(-8)), "", "Long lines: to the left."),
        bind(STEP, &[char('/')], Intent::Search, "search", "Search in the response."),
        bind(STEP, &[char('n')], Intent::SearchNext, "", "The next place found."),
        bind(STEP, &[char('N')], Intent::SearchPrevious, "", "The place found before."),
        bind(&[Reading], &[char('o')], Intent::Original, "", "Make the step's command and document what the author wrote."),
        bind(&[Reading], &[char('u')], Intent::Undo, "undo", "Undo what the last run did to the sandbox."),
        bind(&[Reading], &[char('t')], Intent::ResetStep, "", "Begin this step afresh."),
        bind(&[Reading], &[char('X')], Intent::ResetLesson, "", "Begin the lesson afresh, and remove what it made."),

        // In front of a class.
        bind(&[Reading], &[char('P'), key(Code::F(5))], Intent::Present, "", "Show the step to a class: one idea a screen, revealed by a presenter's remote control."),
        bind(&[Presenting], &[key(Right), key(PageDown), char(' '), key(Down)], Intent::Reveal(1), "on", "Reveal the next thing; after the last one, go to the next step."),
        bind(&[Presenting], &[key(Left), key(PageUp), key(Up), key(Code::Backspace)], Intent::Reveal(-1), "back", "Hide it again; before the first one, go to the step before."),
        bind(&[Presenting], &[key(Enter)], Intent::Run, "run", "Show the command; where it is shown, run it."),
        bind(&[Presenting], &[char('h')], Intent::Hands, "hands", "Count the hands of those who say what will happen."),
        bind(&[Presenting], &[char('R')], Intent::RunAgain, "run again", "Run the command again although the step is done."),
        bind(&[Presenting], &[char('n')], Intent::Next, "next step", "The next step."),
        bind(&[Presenting], &[char('N')], Intent::Previous, "", "The step before."),
        bind(PRESENT, &[char('j')], Intent::Scroll(Scroll::Lines(1)), "", "Scroll down."),
        bind(PRESENT, &[char('k')], Intent::Scroll(Scroll::Lines(-1)), "", "Scroll up."),
        bind(&[Presenting], &[char('e')], Intent::EditCommand, "", "Edit the command."),
        bind(&[Presenting], &[char('d')], Intent::EditFile, "", "Edit the step's document."),
        bind(&[Presenting], &[char('u')], Intent::Undo, "", "Undo what the last run did to the sandbox."),
        bind(&[Presenting], &[char('P'), key(Esc)], Intent::Present, "stop presenting", "Back to the step as it is for one who studies."),
        bind(&[PresentRunning], &[char('x'), Key::ctrl('c')], Intent::Cancel, "cancel", "Stop waiting for the command."),
        bind(&[Hands], &[key(Down), key(Code::Tab)], Intent::Move(1), "choose", "The next thing that may happen; digits count the hands for it, `+` and `-` one at a time."),
        bind(&[Hands], &[key(Up), shifted(Code::Tab)], Intent::Move(-1), "", "The one before."),
        bind(&[Hands], &[key(Enter)], Intent::Keep, "done", "Keep the count."),
        bind(&[Hands], &[key(Esc)], Intent::Back, "forget", "Forget the count."),

        // Beyond the steps.
        bind(&[Catalogue, Reading, Presenting], &[char(':'), Key::ctrl('p')], Intent::Finder, "find", "The command palette: find a step, a lesson or a key by some of its letters."),
        bind(&[Reading], &[char('!')], Intent::Play, "free play", "Free play: type any command in the lesson's world."),
        bind(&[Reading], &[char('w')], Intent::Note, "note", "Write a note on this step."),
        bind(&[Reading], &[char('x')], Intent::Export(None), "export", "Export the session as Markdown or HTML, secrets masked."),
        bind(&[Reading], &[char('@')], Intent::Clock, "time", "The sandbox's clock: see credentials expire."),
        bind(&[Reading], &[char('D')], Intent::Door, "door", "The door: let your own `aws`, boto3 or Terraform into the lesson's world."),
        bind(&[Finder], &[key(Enter)], Intent::Open, "go", "Go there, or do it."),
        bind(&[Finder], &[key(Down), Key::ctrl('n')], Intent::Move(1), "", "The next choice."),
        bind(&[Finder], &[key(Up), Key::ctrl('p')], Intent::Move(-1), "", "The choice before."),
        bind(&[Finder], &[key(Esc)], Intent::Back, "close", "Close the palette."),
        bind(&[Playing], &[key(Enter)], Intent::KeepAndRun, "run", "Run what was typed, or take the word or command that is selected."),
        bind(&[Playing], &[key(Code::Tab)], Intent::Complete(1), "complete", "Complete the word at the cursor; again goes through what it may become."),
        bind(&[Playing], &[key(Up)], Intent::Recall(-1), "", "The command typed before; in a list, the word above."),
        bind(&[Playing], &[key(Down)], Intent::Recall(1), "", "The command typed after; in a list, the word below."),
        bind(&[Playing], &[Key::ctrl('r')], Intent::Find, "find", "Search in the commands typed; again finds an older one."),
        bind(&[Playing, PlayRunning], &[shifted(Code::Tab)], Intent::NextTab, "next tab", "The next tab."),
        bind(&[Playing, PlayRunning], &[key(PageDown)], Intent::Scroll(Scroll::Pages(1)), "", "A page down."),
        bind(&[Playing, PlayRunning], &[key(PageUp)], Intent::Scroll(Scroll::Pages(-1)), "", "A page up."),
        bind(&[Playing], &[alt(Enter), Key::ctrl('o')], Intent::Type(key(Enter)), "", "Begin a new line."),
        bind(&[Playing], &[key(Esc)], Intent::Back, "leave", "Back to the step."),
        bind(&[PlayRunning], &[Key::ctrl('c'), key(Esc)], Intent::Cancel, "cancel", "Stop waiting for the command."),
        bind(&[Clock], &[char('1')], Intent::Advance(Jump::Minutes(15)), "+15 min", "Move the sandbox's clock on by 15 minutes."),
        bind(&[Clock], &[char('2')], Intent::Advance(Jump::Minutes(60)), "+1 h", "Move it on by an hour."),
        bind(&[Clock], &[char('3')], Intent::Advance(Jump::PastExpiry), "past the session", "Move it to just past the end of the session in use."),
        bind(&[Door], &[char('c')], Intent::Copy, "copy", "Send the line to the terminal's clipboard. It holds no secret."),
        bind(&[Door], &[char('x')], Intent::CloseDoor, "close", "Close the door."),
        bind(&[Export], &[char('m')], Intent::Export(Some(Form::Markdown)), "Markdown", "Write a Markdown file."),
        bind(&[Export], &[char('h')], Intent::Export(Some(Form::Html)), "HTML", "Write one HTML page."),
        bind(&[Clock, Door, Export], &[key(Esc), char('q')], Intent::Back, "back", "Back to the step."),

        // Editors.
        bind(&[Command], &[key(Enter)], Intent::KeepAndRun, "run", "Keep the text and run it."),
        bind(&[Command], &[alt(Enter), Key::ctrl('o')], Intent::Type(key(Enter)), "", "Begin a new line."),
        bind(EDITORS, &[key(Esc)], Intent::Keep, "done", "Leave the editor; the text is kept."),
        bind(&[File], &[Key::ctrl('s')], Intent::KeepAndRun, "run", "Leave the editor and run the command."),
        bind(&[Command, File], &[Key::ctrl('t')], Intent::Original, "original", "Make it what the author wrote."),
        bind(EDITORS, &[Key::ctrl('u')], Intent::Type(Key::ctrl('u')), "undo", "Undo the last change."),
        bind(EDITORS, &[Key::ctrl('r')], Intent::Type(Key::ctrl('r')), "", "Do again what was undone."),
        bind(&[Searching], &[key(Enter)], Intent::SearchFor, "search", "Search."),
        bind(&[Searching], &[key(Esc)], Intent::Back, "leave", "Leave the search."),

        // Help.
        bind(&[Help], &[key(Down), char('j')], Intent::Scroll(Scroll::Lines(1)), "", "Scroll down."),
        bind(&[Help], &[key(Up), char('k')], Intent::Scroll(Scroll::Lines(-1)), "", "Scroll up."),
        bind(&[Help], &[key(PageDown), char(' ')], Intent::Scroll(Scroll::Pages(1)), "scroll", "A page down."),
        bind(&[Help], &[key(PageUp)], Intent::Scroll(Scroll::Pages(-1)), "", "A page up."),
        bind(&[Help], &[char('?'), key(Esc), char('q')], Intent::Help, "close", "Close the help."),

        // Everywhere.
        bind(PLAIN, &[char('?'), key(Code::F(1))], Intent::Help, "help", "Open or close this help."),
        bind(&[Reading, Failed, Waiting], &[key(Esc)], Intent::Back, "lessons", "Back to the lessons; progress is kept."),
        bind(PLAIN, &[char('m')], Intent::ToggleMouse, "", "Leave the mouse to the terminal, for selecting text, or take it back."),
        bind(PLAIN, &[char('T')], Intent::NextPalette, "", "Other colours: dark, light, more contrast, safe for every colour vision, none."),
        bind(STEP, &[char('I')], Intent::ToggleIds, "", "Show access key ids whole, or only their ends. Secrets are never shown."),
        bind(PRESENT, &[char('b'), char('.')], Intent::Blank, "", "Show nothing, until a key is pressed."),
        bind(STEP, &[char('.')], Intent::Blank, "", "Show nothing, until a key is pressed."),
        bind(&[Blank], &blank, Intent::Blank, "", "Show the screen again; the key does nothing else."),
        bind(&[TooSmall, Catalogue, Waiting, Failed, Reading, Running, Presenting, PresentRunning], &[char('q')], Intent::Quit, "quit", "Leave; progress is kept."),
        bind(&[Running], &[Key::ctrl('c')], Intent::Cancel, "", "Stop waiting for the command."),
        bind(IDLE, &[Key::ctrl('c')], Intent::Quit, "", "Leave; progress is kept."),
        bind(EVERYWHERE, &[Key::ctrl('z')], Intent::Suspend, "", "Back to the shell for a while; `fg` returns."),
        bind(EVERYWHERE, &[Key::ctrl('l')], Intent::Redraw, "", "Draw the screen anew."),
    ]
});
