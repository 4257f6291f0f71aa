//! What a testbed adds to the command line of a control plane.
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct TestbedArguments {
    /// What a testbed wants of this process: it then tells every step on standard output, and hears on standard input what is to go wrong.
    #[arg(long = "testbed", hide = true, value_name = "JSON")]
    pub(super) wants: Option<String>,
}
