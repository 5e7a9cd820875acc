//! Where keys have meanings of their own.

/// A set of keys that work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The terminal is too small.
    TooSmall,
    /// Help is open.
    Help,
    /// The lessons.
    Catalogue,
    /// Something is being opened.
    Waiting,
    /// Something could not be opened.
    Failed,
    /// A target is to be confirmed.
    Confirm,
    /// A step, nothing running.
    Reading,
    /// A step, a command running.
    Running,
    /// The command is edited.
    Command,
    /// A file is edited.
    File,
    /// A search is typed.
    Searching,
    /// A question is to be answered.
    Asking,
    /// A prediction is to be made.
    Predicting,
    /// A step is told to a class, nothing running.
    Presenting,
    /// A step is told to a class, a command running.
    PresentRunning,
    /// Hands are counted.
    Hands,
    /// Nothing is shown.
    Blank,
    /// The command palette is open.
    Finder,
    /// A note is written.
    Note,
    /// The prompt of free play, nothing running.
    Playing,
    /// The prompt of free play, a command running.
    PlayRunning,
    /// The sandbox's time is shown.
    Clock,
    /// The door is shown.
    Door,
    /// The form of an export is asked for.
    Export,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::TooSmall,
        Self::Help,
        Self::Catalogue,
        Self::Waiting,
        Self::Failed,
        Self::Confirm,
        Self::Reading,
        Self::Running,
        Self::Command,
        Self::File,
        Self::Searching,
        Self::Asking,
        Self::Predicting,
        Self::Presenting,
        Self::PresentRunning,
        Self::Hands,
        Self::Blank,
        Self::Finder,
        Self::Note,
        Self::Playing,
        Self::PlayRunning,
        Self::Clock,
        Self::Door,
        Self::Export,
    ];

    /// Its name as a heading of the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::TooSmall | Self::Help | Self::Waiting => "Everywhere",
            Self::Catalogue => "Lessons",
            Self::Failed => "When something failed",
            Self::Confirm => "Confirming an account",
            Self::Reading => "A step",
            Self::Running => "While a command runs",
            Self::Command => "Editing the command",
            Self::File => "Editing a file",
            Self::Searching => "Searching",
            Self::Asking => "A question",
            Self::Predicting => "Saying what will happen",
            Self::Presenting => "In front of a class",
            Self::PresentRunning => "In front of a class, while a command runs",
            Self::Hands => "A show of hands",
            Self::Blank => "When nothing is shown",
            Self::Finder => "The command palette",
            Self::Note => "Writing a note",
            Self::Playing => "Free play",
            Self::PlayRunning => "Free play, while a command runs",
            Self::Clock => "The sandbox's time",
            Self::Door => "The door",
            Self::Export => "Exporting",
        }
    }

    /// Keys without a meaning of their own are text.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Confirm
                | Self::Command
                | Self::File
                | Self::Searching
                | Self::Finder
                | Self::Note
                | Self::Hands
                | Self::Playing
                | Self::PlayRunning
        )
    }
}
