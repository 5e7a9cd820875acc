//! What happens to the program.

use serde::{Deserialize, Serialize};

use super::geometry::{Geometry, Pane};
use super::key::Key;
use super::lab::{Checkpoint, Subject, Tab, Ticket};
use super::progress::Progress;
use super::reach::{Door, Form, Jump, Reading, Visit};
use super::target::{Identity, Survey};
use super::wire::Exchange;
use super::world::World;
use crate::awscli::{Names, Outcome};
use crate::policy::Explanation;

/// Names one run of one command; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// Something that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Msg {
    /// The learner wants something.
    Intent(Intent),
    /// The terminal has a new size.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// A frame was drawn.
    #[serde(skip)]
    Drawn(Geometry),
    /// The target was asked who is there.
    Surveyed {
        /// By this run.
        run: RunId,
        /// The answer, or why there is none.
        result: Result<Survey, String>,
    },
    /// A lab was opened, or could not be.
    Opened {
        /// By this run.
        run: RunId,
        /// The lab, or why not.
        result: Result<Box<Opened>, String>,
    },
    /// Time passes while something is waited for.
    Tick {
        /// The run.
        run: RunId,
        /// Milliseconds since it began.
        millis: u64,
    },
    /// A stack that a running command works on has moved.
    Event {
        /// The run.
        run: RunId,
        /// What happened.
        event: StackEvent,
    },
    /// A command has ended.
    Finished {
        /// The run.
        run: RunId,
        /// What came of it.
        report: Box<Report>,
    },
    /// A profile was asked who it is.
    Identified {
        /// The profile.
        profile: Option<String>,
        /// Who it is, or why that is not known.
        identity: Result<Identity, String>,
    },
    /// The world is what it was at a checkpoint, or could not be made so.
    Restored {
        /// The checkpoint.
        ticket: Ticket,
        /// Why not.
        result: Result<(), String>,
    },
    /// The sandbox of the lesson was begun afresh, or could not be.
    Emptied(Result<(), String>),
    /// Progress was written, or could not be.
    Saved(Result<(), String>),
    /// How far the learner is in a lesson, as it was last saved.
    Known {
        /// The lesson's id.
        lesson: String,
        /// How far.
        progress: Box<Progress>,
    },
    /// What exists in the sandbox.
    Looked(Box<World>),
    /// The sandbox's time was read; `None` where there is no sandbox.
    Clock(Option<Reading>),
    /// What the header says of a session's life is about to be another.
    Minute,
    /// The names that exist in the world.
    Names(Names),
    /// The door was opened, or could not be.
    DoorOpened(Result<Door, String>),
    /// Requests came through the door.
    Visited(Visit),
    /// An export was written to this path, or could not be.
    Exported(Result<String, String>),
    /// Something to tell that belongs to no run.
    Told(String),
    /// The terminal has said what its background is: red, green, blue.
    Background(u8, u8, u8),
}

/// A lab as it was left, or a new one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Opened {
    /// How far the learner was.
    pub progress: Progress,
    /// What can still be undone, the latest last.
    pub history: Vec<Checkpoint>,
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// What there is to tell about it, such as that a damaged file was set aside.
    pub notice: Option<String>,
}

/// What came of one command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What the AWS CLI would print, and the answer behind it.
    pub outcome: Outcome,
    /// The decisions of its requests in order, where the target explains them.
    pub explanations: Vec<Explanation>,
    /// What went over the wire, the last exchanges of it.
    pub exchanges: Vec<Exchange>,
    /// Milliseconds that it took.
    pub millis: u64,
    /// A remark.
    pub note: Option<String>,
}

/// One event of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackEvent {
    /// When, as text of the time of day.
    pub time: String,
    /// Logical id of the resource, or the stack's name.
    pub resource: String,
    /// Resource type.
    pub kind: String,
    /// Resource status, such as `CREATE_IN_PROGRESS`.
    pub status: String,
    /// Status reason.
    pub reason: Option<String>,
    /// Resources that the stack has in all, where that is known.
    pub total: Option<usize>,
}

/// What the learner wants, by name: keys and clicks become these, and nothing else changes the
/// model from outside. A session written as intents can be played again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    /// Stop the program; progress is kept.
    Quit,
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Open or close help.
    Help,
    /// Close what is open, or go back to the lessons.
    Back,
    /// Let the program have the mouse, or the terminal.
    ToggleMouse,
    /// Draw in the next palette.
    NextPalette,
    /// Show nothing until the next key.
    Blank,
    /// Show access key ids whole, or only their ends.
    ToggleIds,
    /// Show the step to a class, one idea a screen, or stop that.
    Present,
    /// Reveal the next idea; hide the last one if negative.
    Reveal(i32),
    /// Count the hands of those who say what will happen.
    Hands,
    /// Put the selection this many lessons further.
    Move(i32),
    /// Select a lesson by its place.
    Select(usize),
    /// Open the selected lesson.
    Open,
    /// Open a lesson by its place.
    OpenAt(usize),
    /// Try again what failed.
    Retry,
    /// Run the step's command; where it has none, go on.
    Run,
    /// Run the step's command although it is done.
    RunAgain,
    /// Stop what runs.
    Cancel,
    /// The next step.
    Next,
    /// The step before.
    Previous,
    /// A step by its place, from 0.
    Step(usize),
    /// Show the next hint.
    Hint,
    /// Show the step's solution, then take it.
    Solution,
    /// Say what will happen: what is selected; and run.
    Predict,
    /// Be asked for predictions, or not.
    TogglePredictions,
    /// Ask whether the world is as the step wants.
    Check,
    /// Put the command on the clipboard.
    Copy,
    /// Edit the command.
    EditCommand,
    /// Edit the step's file.
    EditFile,
    /// Write a whole text in place of the command or a file.
    Write(Subject, String),
    /// Leave the editor, keeping the text.
    Keep,
    /// Leave the editor and run.
    KeepAndRun,
    /// Make the command or file being edited what the author wrote.
    Original,
    /// Show another file.
    NextFile,
    /// Ask to undo what the last run did.
    Undo,
    /// Ask to begin the step afresh.
    ResetStep,
    /// Ask to begin the lesson afresh.
    ResetLesson,
    /// Yes to what was asked.
    Yes,
    /// Show a tab.
    Show(Tab),
    /// The next tab.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// Another view of what the tab shows.
    View,
    /// That view of what the tab shows, from 0.
    ShowView(usize),
    /// Another one of several that the tab shows one of: decisions, exchanges, folds.
    Pick(i32),
    /// Fold or unfold the place of the response that is picked.
    Fold,
    /// Fold or unfold the response at a line.
    FoldAt(usize),
    /// Fold or unfold everything below the first level of the response.
    FoldAll,
    /// Scroll the pane in use.
    Scroll(Scroll),
    /// Scroll a pane.
    ScrollPane(Pane, i32),
    /// Open the search prompt.
    Search,
    /// Search for what was typed.
    SearchFor,
    /// The next place found.
    SearchNext,
    /// The place found before.
    SearchPrevious,
    /// Open or close the command palette.
    Finder,
    /// Open the prompt of free play.
    Play,
    /// Run a command in free play.
    PlayThis(String),
    /// Complete the word at the cursor, or go through what it may become.
    Complete(i32),
    /// Show a remembered command: older if negative.
    Recall(i32),
    /// Search in the remembered commands.
    Find,
    /// Write a note on the step.
    Note,
    /// Show the sandbox's time.
    Clock,
    /// Move it.
    Advance(Jump),
    /// Open the door for other programs, or show it.
    Door,
    /// Close it.
    CloseDoor,
    /// Export the session; ask in which form where none is given.
    Export(Option<Form>),
    /// A key for the text that is being written.
    Type(Key),
    /// A text for the text that is being written.
    Paste(String),
    /// Put the editor's cursor somewhere: line and column from 0.
    Cursor(Subject, usize, usize),
}

/// How far to scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scroll {
    /// Lines down; up if negative.
    Lines(i32),
    /// Pages down; up if negative.
    Pages(i32),
    /// To the beginning.
    Top,
    /// To the end.
    Bottom,
    /// Columns to the right; left if negative.
    Columns(i32),
}
