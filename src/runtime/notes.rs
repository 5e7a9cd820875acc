//! The speaker's sheet on its way to a second terminal: a socket of the one who presents, which only
//! its owner may open, and what follows it.

use std::io;

use serde::{Deserialize, Serialize};

use crate::app::notes::Sheet;

/// What goes over the socket, a line each time something changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When the lesson began, in seconds since 1970.
    pub since: i64,
    /// The sheet; `None` outside of a lesson.
    pub sheet: Option<Sheet>,
}

#[cfg(unix)]
pub use unix::{Publisher, follow};

#[cfg(not(unix))]
pub use elsewhere::{Publisher, follow};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    use std::path::{Path, PathBuf};

    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{UnixListener, UnixStream};
    use tokio::sync::mpsc::UnboundedSender;
    use tokio::sync::watch;

    use super::{Told, io};
    use crate::runtime::state::{Store, named_folder};

    /// The folder of the sockets: that of the session, or the lab's own.
    fn folder() -> io::Result<PathBuf> {
        named_folder("XDG_RUNTIME_DIR")
            .map(|path| path.join("rolecall"))
            .or_else(|| Some(Store::of_user().folder().ok()?.join("run")))
            .ok_or_else(|| {
                io::Error::other("there is no folder for a socket: set `XDG_RUNTIME_DIR`")
            })
    }

    /// Beginnings of the names of the sockets: of those who present, and of those who wait for one.
    const SHEETS: &str = "notes-";
    const BELLS: &str = "wait-";

    /// The name of a socket of this program, which goes with it.
    #[derive(Debug)]
    struct Name(PathBuf);

    impl Drop for Name {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn bind(folder: &Path, kind: &str) -> io::Result<(UnixListener, Name)> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let path = folder.join(format!("{kind}{}.sock", std::process::id()));
        // One of a program that was killed, and had this number.
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok((listener, Name(path)))
    }

    /// The end of a sheet's way in the program that presents. The socket goes with it.
    #[derive(Debug)]
    pub struct Publisher {
        sheet: watch::Sender<String>,
        _name: Name,
        last: Option<Told>,
    }

    impl Publisher {
        /// Opens the socket of this program.
        ///
        /// # Errors
        ///
        /// No folder for it, or what the system says.
        pub fn open() -> io::Result<Self> {
            let folder = folder()?;
            let (listener, name) = bind(&folder, SHEETS)?;
            let (sheet, seen) = watch::channel(String::new());
            tokio::spawn(async move {
                // Those who wait are told once there is something to come to.
                while newest(&folder, BELLS).await.is_some_and(|(_, path)| {
                    // It has heard, and waits no more.
                    fs::remove_file(&path).is_ok()
                }) {}
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(send(stream, seen.clone()));
                }
            });
            Ok(Self {
                sheet,
                _name: name,
                last: None,
            })
        }

        /// Tells those who follow, if it is something new.
        pub fn tell(&mut self, told: Told) {
            if self.last.as_ref() == Some(&told) {
                return;
            }
            if let Ok(line) = serde_json::to_string(&told) {
                let _ = self.sheet.send(line + "\n");
            }
            self.last = Some(told);
        }
    }

    async fn send(mut stream: UnixStream, mut seen: watch::Receiver<String>) {
        loop {
            let line = seen.borrow_and_update().clone();
            if stream.write_all(line.as_bytes()).await.is_err() || seen.changed().await.is_err() {
                return;
            }
        }
    }

    /// Follows whoever presents, and the next one after that; `None` says that nobody does.
    ///
    /// # Errors
    ///
    /// No folder to look in.
    pub async fn follow(to: UnboundedSender<Option<Told>>) -> io::Result<()> {
        let folder = folder()?;
        loop {
            // Before looking, so that nobody comes in between unheard.
            let (bell, _name) = bind(&folder, BELLS)?;
            let Some((stream, _)) = newest(&folder, SHEETS).await else {
                bell.accept().await?;
                continue;
            };
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                // A line of another version of the program says nothing.
                if let Ok(told) = serde_json::from_slice(line.as_bytes())
                    && to.send(Some(told)).is_err()
                {
                    return Ok(());
                }
            }
            if to.send(None).is_err() {
                return Ok(());
            }
        }
    }

    /// The socket of a kind that was made last, of those that answer.
    async fn newest(folder: &Path, kind: &str) -> Option<(UnixStream, PathBuf)> {
        let mut found: Vec<_> = fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(kind))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        found.sort();
        while let Some((_, path)) = found.pop() {
            match UnixStream::connect(&path).await {
                Ok(stream) => return Some((stream, path)),
                // Its program was killed.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    let _ = fs::remove_file(&path);
                }
                Err(_) => {}
            }
        }
        None
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use tokio::sync::mpsc::UnboundedSender;

    use super::{Told, io};

    fn unavailable() -> io::Error {
        io::Error::other("speaker notes in a second terminal need Unix sockets")
    }

    /// Not on this platform.
    #[derive(Debug)]
    pub struct Publisher;

    impl Publisher {
        /// Not on this platform.
        ///
        /// # Errors
        ///
        /// Always.
        pub fn open() -> io::Result<Self> {
            Err(unavailable())
        }

        /// Nobody is told.
        pub fn tell(&mut self, _: Told) {}
    }

    /// Not on this platform.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn follow(_: UnboundedSender<Option<Told>>) -> io::Result<()> {
        Err(unavailable())
    }
}
