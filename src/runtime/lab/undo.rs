//! The worlds that a lab was in before, to come back to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::profiles::ProfileTexts;
use super::{LabError, OpenLab, new_sandbox};
use crate::app::{Checkpoint, Ticket};
use crate::sandbox::Sandbox;
use crate::secret::Secret;

/// Checkpoints that are kept; older ones cannot be returned to.
const MOST_CHECKPOINTS: usize = 64;

/// Bytes that the worlds of checkpoints may take in all. The latest is kept however large it is.
const MOST_CHECKPOINT_BYTES: usize = 32 * 1024 * 1024;

/// A checkpoint with its world.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    pub(super) checkpoint: Checkpoint,
    /// The sandbox's world then, as the sandbox writes it.
    world: Secret,
    profiles: ProfileTexts,
}

impl OpenLab {
    /// Remembers the sandbox's world as it is now. Elsewhere there is nothing to remember.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn checkpoint(&self, checkpoint: Checkpoint) -> Result<(), LabError> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(());
        };
        let kept = Kept {
            checkpoint,
            world: Secret::new(self.world(sandbox)?),
            profiles: self.read_profiles()?,
        };
        let mut memory = self.memory();
        let kept = Arc::new(kept);
        memory.checkpoints.insert(kept.checkpoint.ticket, kept);
        let mut bytes: usize = memory
            .checkpoints
            .values()
            .map(|kept| kept.world.expose().len())
            .sum();
        while memory.checkpoints.len() > MOST_CHECKPOINTS
            || memory.checkpoints.len() > 1 && bytes > MOST_CHECKPOINT_BYTES
        {
            let Some((_, gone)) = memory.checkpoints.pop_first() else {
                break;
            };
            bytes = bytes.saturating_sub(gone.world.expose().len());
        }
        Ok(())
    }

    /// Makes the sandbox's world what it was, and forgets that checkpoint and those after it.
    ///
    /// # Errors
    ///
    /// A checkpoint that is not there or is damaged, or what the disk says.
    pub fn restore(&self, ticket: Ticket) -> Result<(), LabError> {
        let mut memory = self.memory();
        let (Some(sandbox), Some(kept)) = (&self.sandbox, memory.checkpoints.get(&ticket)) else {
            return Err(LabError::NoCheckpoint);
        };
        let world = Sandbox::load(kept.world.expose().as_bytes(), self.clock.clone())?;
        self.write_profiles(&kept.profiles)?;
        sandbox.restore(&world.snapshot());
        memory.checkpoints.split_off(&ticket);
        Ok(())
    }

    /// Begins the sandbox afresh.
    ///
    /// # Errors
    ///
    /// What the disk says, or no sandbox.
    pub fn empty(&self) -> Result<(), LabError> {
        let sandbox = self.sandbox.as_ref().ok_or(LabError::NoCheckpoint)?;
        let fresh = new_sandbox(self.clock.clone())?;
        sandbox.restore(&fresh.snapshot());
        self.memory().checkpoints.clear();
        self.write_profiles(&ProfileTexts::default())
    }

    /// The sandbox's world as the sandbox writes it.
    pub(super) fn world(&self, sandbox: &Sandbox) -> Result<String, LabError> {
        Ok(String::from_utf8_lossy(&sandbox.save()?).into_owned())
    }
}
