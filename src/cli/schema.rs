//! `watershed schema`: what may stand in a file.

use std::process::ExitCode;

use crate::cli::CliError;
use crate::cli::arguments::Described;
use crate::cli::report::data;
use crate::console::{key_file, theme_file};
use crate::cost::Prices;
use crate::session::{Session, schema_of};

pub(super) fn print(of: Described) -> Result<ExitCode, CliError> {
    let schema = match of {
        Described::Session => Session::schema(),
        Described::Theme => theme_file::schema(),
        Described::Keys => key_file::schema(),
        Described::Prices => schema_of::<Prices>(),
    };
    data(&format!("{schema:#}\n"))?;
    Ok(ExitCode::SUCCESS)
}
