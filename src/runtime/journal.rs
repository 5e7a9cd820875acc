//! A world's journal as files: `serve.json.journal-7` goes on from the `serve.json` that names 7.
//!
//! An entry that was written outlives the program, however it ends; the disk is told to keep it once
//! a second (`sync`), so that a power cut takes a second at most.
//!
//! Form: a line that names it, then entries: length and CRC-64/NVME (8 bytes each, little endian) and
//! the entry. An entry that breaks off at the end was never answered, and is left out.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes};
use crc_fast::{CrcAlgorithm, Digest};

use super::state::private_file;
use crate::sandbox::journal::{Entry, Journal};

/// The first line.
const FORM: &[u8] = b"rolecall journal 1\n";
/// Length and checksum before each entry.
const FRAME: usize = 16;

/// The journal of a world that is served.
#[derive(Debug)]
pub struct JournalFile {
    /// The world's file.
    world: PathBuf,
    queue: Mutex<VecDeque<Queued>>,
    file: Mutex<Open>,
    /// Bytes in the file.
    length: AtomicU64,
    /// The disk has refused something.
    failed: AtomicBool,
}

#[derive(Debug)]
enum Queued {
    Entry(Entry),
    Turn(u64),
}

#[derive(Debug)]
struct Open {
    file: Arc<File>,
    /// Something was written that the disk was not told to keep.
    unsynced: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl JournalFile {
    /// Begins a journal of that number.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn begin(world: &Path, number: u64) -> io::Result<Self> {
        let file = Arc::new(create(world, number)?);
        Ok(Self {
            world: world.to_owned(),
            queue: Mutex::default(),
            file: Mutex::new(Open {
                file,
                unsynced: false,
            }),
            length: AtomicU64::new(FORM.len() as u64),
            failed: AtomicBool::new(false),
        })
    }

    /// Bytes in the journal.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length.load(Ordering::Relaxed)
    }

    /// Whether the disk has refused something: then changes are refused until the whole world is
    /// saved, and [`JournalFile::start_over`] begins anew.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Goes on in a new file of that number, everything before being on the disk by other means.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn start_over(&self, number: u64) -> io::Result<()> {
        let mut open = locked(&self.file);
        locked(&self.queue).clear();
        open.file = Arc::new(create(&self.world, number)?);
        open.unsynced = false;
        self.length.store(FORM.len() as u64, Ordering::Relaxed);
        self.failed.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Has the disk keep what was written.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn sync(&self) -> io::Result<()> {
        let file = {
            let mut open = locked(&self.file);
            if !std::mem::take(&mut open.unsynced) {
                return Ok(());
            }
            open.file.clone()
        };
        file.sync_data()
            .inspect_err(|_| self.failed.store(true, Ordering::SeqCst))
    }

    fn write(&self, open: &mut Open, entry: &Entry) -> io::Result<()> {
        let (head, body) = entry.pieces()?;
        let mut checksum = Digest::new(CrcAlgorithm::Crc64Nvme);
        checksum.update(&head);
        checksum.update(&body);
        let length = (head.len() + body.len()) as u64;
        let mut frame = Vec::with_capacity(FRAME + head.len());
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&checksum.finalize().to_le_bytes());
        frame.extend_from_slice(&head);
        let mut file = &*open.file;
        open.unsynced = true;
        let before = self.length();
        let written = file.write_all(&frame).and_then(|()| file.write_all(&body));
        match written {
            Ok(()) => {
                self.length
                    .store(before + FRAME as u64 + length, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                // Half an entry in the middle would hide what comes after it.
                let _ = open.file.set_len(before);
                Err(error)
            }
        }
    }

    fn turn_to(&self, open: &mut Open, number: u64) -> io::Result<()> {
        open.file.sync_data()?;
        open.file = Arc::new(create(&self.world, number)?);
        open.unsynced = false;
        self.length.store(FORM.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

impl Journal for JournalFile {
    fn ready(&self) -> bool {
        !self.failed()
    }

    fn push(&self, entry: Entry) {
        locked(&self.queue).push_back(Queued::Entry(entry));
    }

    fn turn(&self, number: u64) {
        locked(&self.queue).push_back(Queued::Turn(number));
    }

    fn flush(&self) -> io::Result<()> {
        let mut open = locked(&self.file);
        let queue = std::mem::take(&mut *locked(&self.queue));
        let mut result = Ok(());
        for queued in queue {
            let done = match queued {
                Queued::Entry(_) if self.failed() => continue,
                Queued::Entry(entry) => self.write(&mut open, &entry),
                Queued::Turn(number) => self.turn_to(&mut open, number),
            };
            if let Err(error) = done {
                self.failed.store(true, Ordering::SeqCst);
                result = Err(error);
            }
        }
        result?;
        if self.failed() {
            return Err(io::Error::other(
                "the disk refused an earlier change, and nothing is written until it takes the whole world",
            ));
        }
        Ok(())
    }
}

/// Name of a journal.
pub(super) fn path(world: &Path, number: u64) -> PathBuf {
    let mut name = world.file_name().unwrap_or_default().to_owned();
    name.push(format!(".journal-{number}"));
    world.with_file_name(name)
}

/// Numbers of the journals beside a world's file, in order.
///
/// # Errors
///
/// What the disk says.
pub(super) fn numbers(world: &Path) -> io::Result<Vec<u64>> {
    let mut start = world.file_name().unwrap_or_default().to_owned();
    start.push(".journal-");
    let start = start.to_string_lossy().into_owned();
    let mut found = Vec::new();
    let folder = super::state::folder_of(world);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix(&start).map(str::parse::<u64>);
        found.extend(number.and_then(Result::ok));
    }
    found.sort_unstable();
    Ok(found)
}

fn create(world: &Path, number: u64) -> io::Result<File> {
    let mut file = private_file()
        .create(true)
        .truncate(true)
        .open(path(world, number))?;
    file.write_all(FORM)?;
    file.sync_all()?;
    super::state::sync_folder(world)?;
    Ok(file)
}

/// Reads a journal, entry by entry.
#[derive(Debug)]
pub(super) struct Entries(Bytes);

impl Entries {
    /// Opens a journal.
    ///
    /// # Errors
    ///
    /// What the disk says; in words, where it is not a journal.
    pub fn open(world: &Path, number: u64) -> io::Result<Result<Self, String>> {
        let mut bytes = Bytes::from(fs::read(path(world, number))?);
        if !bytes.starts_with(FORM) {
            // Begun, and nothing was answered yet.
            if FORM.starts_with(&bytes) {
                return Ok(Ok(Self(Bytes::new())));
            }
            return Ok(Err("it is no journal of this rolecall".to_owned()));
        }
        bytes.advance(FORM.len());
        Ok(Ok(Self(bytes)))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.len() < FRAME {
            return None;
        }
        let (length, checksum) = (self.0.get_u64_le(), self.0.get_u64_le());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.0.len() {
            return None;
        }
        let bytes = self.0.split_to(length);
        if crc_fast::checksum(CrcAlgorithm::Crc64Nvme, &bytes) != checksum {
            return Some(Err("an entry is damaged".to_owned()));
        }
        Some(Entry::read(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::journal::Cause;

    fn entry(ids: u64) -> Entry {
        Entry {
            at: "2026-11-23T16:10:00Z".parse().unwrap(),
            ids,
            cause: Cause::Due,
        }
    }

    fn read(world: &Path, number: u64) -> Vec<Result<u64, String>> {
        let entries = Entries::open(world, number).unwrap().unwrap();
        entries.map(|entry| entry.map(|entry| entry.ids)).collect()
    }

    #[test]
    fn entries_are_read_in_order_up_to_one_that_breaks_off() {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("w.json");
        let journal = JournalFile::begin(&world, 3).unwrap();
        for ids in 0..4 {
            journal.push(entry(ids));
        }
        journal.flush().unwrap();
        journal.sync().unwrap();
        assert_eq!(read(&world, 3), [Ok(0), Ok(1), Ok(2), Ok(3)]);

        let whole = fs::read(path(&world, 3)).unwrap();
        assert_eq!(journal.length(), whole.len() as u64);
        let mut ends = std::collections::BTreeSet::new();
        for length in 0..whole.len() {
            fs::write(path(&world, 3), &whole[..length]).unwrap();
            let found = read(&world, 3);
            assert!(found.iter().all(Result::is_ok), "{length}: {found:?}");
            ends.insert(found.len());
        }
        assert_eq!(ends.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn a_changed_byte_is_told_and_another_file_is_no_journal() {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("w.json");
        let journal = JournalFile::begin(&world, 1).unwrap();
        journal.push(entry(1));
        journal.flush().unwrap();
        let mut bytes = fs::read(path(&world, 1)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(path(&world, 1), bytes).unwrap();
        assert_eq!(read(&world, 1), [Err("an entry is damaged".to_owned())]);
        fs::write(path(&world, 1), "{}").unwrap();
        assert!(Entries::open(&world, 1).unwrap().is_err());
    }

    #[test]
    fn a_turned_journal_goes_on_in_the_next_file() {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("w.json");
        let journal = JournalFile::begin(&world, 1).unwrap();
        journal.push(entry(1));
        journal.turn(2);
        journal.push(entry(2));
        journal.flush().unwrap();
        assert_eq!(
            (read(&world, 1), read(&world, 2)),
            (vec![Ok(1)], vec![Ok(2)])
        );
        assert_eq!(numbers(&world).unwrap(), [1, 2]);
    }

    #[test]
    fn once_the_disk_refuses_nothing_is_written_until_it_is_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("a/w.json");
        fs::create_dir(folder.path().join("a")).unwrap();
        let journal = JournalFile::begin(&world, 1).unwrap();
        fs::remove_dir_all(folder.path().join("a")).unwrap();
        journal.turn(2);
        journal.flush().unwrap_err();
        journal.push(entry(1));
        journal.flush().unwrap_err();
        assert!(!journal.ready());
        fs::create_dir(folder.path().join("a")).unwrap();
        journal.start_over(3).unwrap();
        journal.push(entry(2));
        journal.flush().unwrap();
        assert_eq!(read(&world, 3), [Ok(2)]);
    }
}
