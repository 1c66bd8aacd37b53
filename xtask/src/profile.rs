//! How the program is built: as it is released, or for work on it.

use anyhow::{Result, bail};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Release,
    Dev,
}

impl Profile {
    pub fn from_args(args: &[String]) -> Result<Self> {
        match args {
            [] => Ok(Self::Release),
            [flag] if flag == "--release" => Ok(Self::Release),
            [flag] if flag == "--dev" => Ok(Self::Dev),
            _ => bail!("`build` takes --release (as without a flag) or --dev"),
        }
    }

    /// Cargo's name of the profile.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }
}
