//! Where the cluster is that a command talks to.

use crate::cli::failure::Failure;
use crate::client::{Client, ClientError};
use clap::Args;

/// Which cluster.
#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// A broker of the cluster; the others are found through it.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    bootstrap: String,
}

impl Connect {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(Client::connect(&self.bootstrap)?)
    }

    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Connect(..) => Self::unreachable(error.to_string()),
            error => Self::failed(error.to_string()),
        }
    }
}
