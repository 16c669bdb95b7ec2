//! The door: hands over to the command line and passes its exit code on.

use std::process::ExitCode;

fn main() -> ExitCode {
    watershed::cli::main()
}
