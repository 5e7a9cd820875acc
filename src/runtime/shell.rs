//! How a person's shell takes environment variables: what `rolecall serve` and the door say to paste.

use std::path::Path;

/// The language of a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// `sh` and its kin.
    Posix,
    PowerShell,
}

impl Shell {
    /// What people type into on this system.
    pub(crate) const HERE: Self = if cfg!(windows) {
        Self::PowerShell
    } else {
        Self::Posix
    };

    /// The line that sets an environment variable, without its end.
    pub(crate) fn set(self, name: &str, value: &str) -> String {
        let value = self.quoted(value);
        match self {
            Self::Posix => format!("export {name}={value}"),
            Self::PowerShell => format!("$env:{name} = {value}"),
        }
    }

    /// The line that takes environment variables away, whether they are set or not.
    pub(crate) fn unset(self, names: [&str; 2]) -> String {
        let [first, second] = names;
        match self {
            Self::Posix => format!("unset {first} {second}"),
            Self::PowerShell => format!("$env:{first} = $null; $env:{second} = $null"),
        }
    }

    /// The line that reads a file of such lines. Where Windows lets no script file run, this does all
    /// the same.
    pub(crate) fn read(self, file: &Path) -> String {
        let file = self.quoted(&file.display().to_string());
        match self {
            Self::Posix => format!(". {file}"),
            Self::PowerShell => format!("Get-Content -Raw {file} | Invoke-Expression"),
        }
    }

    /// How the name of a file of such lines ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Posix => "sh",
            Self::PowerShell => "ps1",
        }
    }

    /// A text as the shell reads it: bare where that means the same.
    fn quoted(self, text: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:".contains(c);
        match self {
            Self::Posix if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
            Self::Posix => format!("'{}'", text.replace('\'', "'\\''")),
            Self::PowerShell => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_reads_the_value_that_was_meant() {
        for (shell, value, line) in [
            (
                Shell::Posix,
                "http://127.0.0.1:1",
                "export A=http://127.0.0.1:1",
            ),
            (Shell::Posix, "a+b/c", "export A=a+b/c"),
            (Shell::Posix, "/t m/it's", "export A='/t m/it'\\''s'"),
            (Shell::Posix, "$(x)`y`", "export A='$(x)`y`'"),
            (Shell::Posix, "", "export A=''"),
            (Shell::PowerShell, "a+b/c", "$env:A = 'a+b/c'"),
            (Shell::PowerShell, "C:\\it's $x", "$env:A = 'C:\\it''s $x'"),
        ] {
            assert_eq!(shell.set("A", value), line);
        }
    }

    #[test]
    fn each_shell_is_told_to_read_a_file() {
        let read = |shell: Shell, file: &str| shell.read(Path::new(file));
        assert_eq!(read(Shell::Posix, "/tmp/door.sh"), ". /tmp/door.sh");
        assert_eq!(
            read(Shell::PowerShell, "C:\\a b\\door.ps1"),
            "Get-Content -Raw 'C:\\a b\\door.ps1' | Invoke-Expression"
        );
    }
}
