//! The words of older versions.

use super::side::Said;

/// What rolecall prints, in the words of versions before 2.30: their errors had no
/// `aws: [ERROR]: ` in front and no code for those of the command line, usage came before the
/// error, and what an error has beside its message was not shown.
pub fn in_old_words(said: &mut Said) {
    let text = std::mem::take(&mut said.stderr);
    let usage = "\n\nusage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n";
    // Words that no option takes, and commands without a subcommand, had no prefix either.
    let unknown = "\n\n\naws: [ERROR]: Unknown options: ";
    if let Some((usage, words)) = text.split_once(unknown) {
        said.stderr = format!("{usage}\n\nUnknown options: {words}\n");
        return;
    }
    let text = text.replace("\naws: [ERROR]: too few", "\naws: error: too few");
    let text = match text.split_once("\n\nAdditional error details:\n") {
        Some((message, _)) => format!("{message}\n"),
        None => text,
    };
    let prefix = "\naws: [ERROR]: ";
    let coded = "An error occurred (ParamValidation): ";
    let text = match (text.strip_prefix(prefix), text.split_once(usage)) {
        (Some(_), Some((message, rest))) => {
            let message = message.strip_prefix(prefix).unwrap_or(message);
            let message = message.strip_prefix(coded).unwrap_or(message);
            let usage = usage.trim_start();
            let rest = rest.trim_end();
            format!("\n{usage}{rest}\n\naws: error: {message}\n\n")
        }
        (Some(message), None) => {
            let message = message.strip_prefix(coded).unwrap_or(message);
            let message = message
                .strip_prefix("An error occurred (NoCredentials): ")
                .or_else(|| message.strip_prefix("An error occurred (NoRegion): "))
                .or_else(|| message.strip_prefix("An error occurred (Configuration): "))
                .unwrap_or(message);
            format!("\n{message}")
        }
        _ => text,
    };
    said.stderr = text;
}
