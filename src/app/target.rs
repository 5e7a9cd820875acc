//! What answers the calls, and what the terminal can show.

use serde::{Deserialize, Serialize};

use crate::lesson::World;

/// What answers the calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which kind.
    pub world: World,
    /// The endpoint's address, where one was given.
    pub endpoint: Option<String>,
    /// Account id, once known.
    pub account: Option<String>,
    /// Region, once known.
    pub region: Option<String>,
}

impl Target {
    /// The embedded sandbox.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            world: World::Sandbox,
            endpoint: None,
            account: None,
            region: None,
        }
    }

    /// The target in a few words: `SANDBOX`, `REAL ACCOUNT 123456789012`, or the endpoint.
    #[must_use]
    pub fn words(&self) -> String {
        let account = self.account.as_deref().unwrap_or_default();
        let words = match self.world {
            World::Sandbox => format!("SANDBOX {account}"),
            World::Account => format!("REAL ACCOUNT {account}"),
            World::Endpoint => {
                let endpoint = self.endpoint.as_deref().unwrap_or_default();
                format!("ENDPOINT {endpoint} {account}")
            }
        };
        words.trim_end().to_owned()
    }
}

/// Who a profile is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// ARN.
    pub arn: String,
    /// Account id.
    pub account: String,
}

/// What is known about a target before anything is created in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Account id.
    pub account: String,
    /// Caller's ARN.
    pub caller: String,
    /// Region.
    pub region: String,
    /// Alias, a name that people know the account by.
    pub alias: Option<String>,
}

/// Colours of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colours {
    /// None: `NO_COLOR`, `TERM=dumb`.
    None,
    /// The 16 of the terminal's own palette.
    Sixteen,
    /// 24 bits.
    True,
}

/// What the terminal can show, decided once at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Colours.
    pub colours: Colours,
    /// Characters beyond ASCII.
    pub unicode: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            colours: Colours::True,
            unicode: true,
        }
    }
}
