//! The layouts that a session keeps for the console's screens.

use crate::command::{Layout, ScreenKind, way_out};
use crate::session::Session;

impl Session {
    /// Each screen that has a layout of its own.
    pub fn layouts(&self) -> impl Iterator<Item = (ScreenKind, Layout)> {
        self.layouts.iter().filter_map(|(screen, line)| layout(screen, line).ok())
    }
}

/// A layout for the screen of that name.
///
/// # Errors
/// A sentence that names the screen or the panel that is none.
pub(super) fn layout(name: &str, line: &str) -> Result<(ScreenKind, Layout), String> {
    let known = ScreenKind::ALL.into_iter().find(|screen| screen.word() == name);
    let Some(screen) = known else {
        let way_out = way_out(name, ScreenKind::ALL.iter().map(|screen| screen.word()));
        return Err(format!("`layouts` names `{name}`, which is no screen; {way_out}"));
    };
    let layout = line.parse::<Layout>().and_then(|layout| layout.check(screen).map(|()| layout));
    let layout = layout.map_err(|why| format!("`layouts` of `{name}`: {why}"))?;
    Ok((screen, layout))
}
