//! The commands that take something out of the console (`copy`, `export`), that lock it (`ro`,
//! `rw`), and that go through time (`time`).

use crate::command::line::Line;
use crate::command::preview::{line_only, plain};
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec, everywhere};
use crate::command::{
    Command, CommandError, Copied, Format, Glyphs, Preview, TimeMove, ViewCommand,
};
use crate::model::many;
use crate::snapshot::Snapshot;

/// Minutes for which `rw` lifts the lock, at most.
const MINUTES_MAX: u32 = 24 * 60;
/// Milliseconds of a second.
const SECOND_MS: u64 = 1_000;

/// What all of them share.
const TAKE: Spec = Spec {
    name: "",
    aliases: &[],
    arguments: &[],
    syntax: "",
    summary: "",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(Command::View(ViewCommand::Lock)),
    preview: line_only,
    undo: "",
};

pub(in crate::command) static COPY: Spec = Spec {
    name: "copy",
    arguments: &[Argument::required("WHAT", Kind::Choice(Copied::WORDS))],
    syntax: "copy name|row|screen",
    summary: "to the clipboard: the name of the chosen thing, its row or record, the screen",
    keys: &[everywhere("y").with("name"), everywhere("Y").with("row")],
    parse: |words| {
        let text = words.word("WHAT")?;
        let what = Copied::of(&text);
        let what = what.ok_or_else(|| words.bad("WHAT", &text, Copied::WORDS.join(", ")))?;
        Ok(Command::View(ViewCommand::Copy(what)))
    },
    ..TAKE
};

pub(in crate::command) static EXPORT: Spec = Spec {
    name: "export",
    arguments: &[
        Argument::required("FORMAT", Kind::Choice(Format::WORDS)),
        Argument { name: "FILE", kind: Kind::File, need: Need::OptionalRest },
    ],
    syntax: "export csv|json|svg|text [FILE]",
    summary: "write the focused table (csv, json) or the screen (svg, text) to a file",
    keys: &[everywhere("X")],
    parse: |words| {
        let text = words.word("FORMAT")?;
        let format = Format::of(&text);
        let format = format.ok_or_else(|| words.bad("FORMAT", &text, Format::WORDS.join(", ")))?;
        Ok(Command::View(ViewCommand::Export(format, words.maybe())))
    },
    ..TAKE
};

pub(in crate::command) static SYMBOLS: Spec = Spec {
    name: "symbols",
    arguments: &[Argument::optional("SET", Kind::Choice(Glyphs::WORDS))],
    syntax: "symbols [braille|block|ascii]",
    summary: "the glyphs to draw with; alone: the next set",
    parse: |words| {
        let Some(text) = words.maybe() else {
            return Ok(Command::View(ViewCommand::Symbols(None)));
        };
        let set = Glyphs::of(&text);
        let set = set.ok_or_else(|| words.bad("SET", &text, Glyphs::WORDS.join(", ")))?;
        Ok(Command::View(ViewCommand::Symbols(Some(set))))
    },
    ..TAKE
};

pub(in crate::command) static LOCK: Spec = Spec {
    name: "ro",
    aliases: &["readonly"],
    syntax: "ro",
    summary: "read-only: nothing changes the world until `rw`",
    ..TAKE
};

pub(in crate::command) static UNLOCK: Spec = Spec {
    name: "rw",
    aliases: &["readwrite"],
    arguments: &[Argument::optional("MINUTES", Kind::Number)],
    syntax: "rw [MINUTES]",
    summary: "the world may be changed again, for some minutes or for good",
    danger: Danger::Harmless,
    parse: |words| {
        let Some(text) = words.maybe() else {
            return Ok(Command::View(ViewCommand::Unlock(None)));
        };
        let digits = text.strip_suffix('m').unwrap_or(&text);
        let minutes = words.as_number("MINUTES", digits, 1, MINUTES_MAX)?;
        Ok(Command::View(ViewCommand::Unlock(Some(minutes))))
    },
    preview: unlock,
    ..TAKE
};

pub(in crate::command) static TIME: Spec = Spec {
    name: "time",
    aliases: &["goto"],
    arguments: &[Argument::required("WHEN", Kind::Choice(&["back", "on", "live", "-60s"]))],
    syntax: "time back|on|live|-37s|00:14:32",
    summary: "the screens as they were: a second back or on, some time ago, at a time, now",
    keys: &[
        everywhere(",").with("back"),
        everywhere(".").with("on"),
        everywhere(";").with("-10s"),
        everywhere("\\").with("live"),
    ],
    parse: |words| {
        let text = words.word("WHEN")?;
        let when = when(&text).ok_or_else(|| {
            let rule = "back, on, live, how long ago as -37s or -2m, or a time as 00:14:32";
            words.bad("WHEN", &text, rule)
        })?;
        Ok(Command::View(ViewCommand::Time(when)))
    },
    ..TAKE
};

/// Reads `back`, `-37s`, `-2m`, `00:14:32`.
fn when(text: &str) -> Option<TimeMove> {
    match text {
        "back" => return Some(TimeMove::Back),
        "on" => return Some(TimeMove::On),
        "live" => return Some(TimeMove::Live),
        _ => {}
    }
    if let Some(ago) = text.strip_prefix('-') {
        let (digits, unit_s) = match ago.strip_suffix('m') {
            Some(minutes) => (minutes, 60),
            None => (ago.strip_suffix('s')?, 1),
        };
        let count: u64 = digits.parse().ok().filter(|count| *count <= 100_000)?;
        return Some(TimeMove::Ago(count * unit_s * SECOND_MS));
    }
    let mut parts = text.split(':').map(|part| part.parse::<u64>().ok().filter(|n| *n < 1_000));
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = parts.next().is_none() && minutes < 60 && seconds < 60;
    fits.then_some(TimeMove::At((hours * 3_600 + minutes * 60 + seconds) * SECOND_MS))
}

/// Lifting the lock asks: it is there for a reason.
fn unlock(command: &Command, _: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, "`ro` locks again", Danger::Destroys);
    let minutes =
        if let Command::View(ViewCommand::Unlock(minutes)) = command { *minutes } else { None };
    preview.notes.push(match minutes {
        Some(minutes) => {
            let time = many(minutes, "minute");
            format!("the world may be changed for {time}, then it is locked again")
        }
        None => "the world may be changed until `ro` locks it again".to_owned(),
    });
    Ok(preview)
}

pub(in crate::command) fn print_export(format: Format, file: Option<&str>) -> String {
    Line::new(EXPORT.name).word(format.word()).maybe(file).end()
}

pub(in crate::command) fn print_unlock(minutes: Option<u32>) -> String {
    Line::new(UNLOCK.name).maybe(minutes).end()
}

pub(in crate::command) fn print_time(when: TimeMove) -> String {
    let line = Line::new(TIME.name);
    match when {
        TimeMove::Back => line.word("back"),
        TimeMove::On => line.word("on"),
        TimeMove::Live => line.word("live"),
        TimeMove::Ago(ms) => line.word(format!("-{}s", ms / SECOND_MS)),
        TimeMove::At(ms) => {
            let s = ms / SECOND_MS;
            line.word(format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60))
        }
    }
    .end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_way_an_age_or_a_clock() {
        for (text, meant) in [
            ("back", TimeMove::Back),
            ("-37s", TimeMove::Ago(37_000)),
            ("-2m", TimeMove::Ago(120_000)),
            ("00:14:32", TimeMove::At(872_000)),
            ("100:00:00", TimeMove::At(360_000_000)),
        ] {
            assert_eq!(when(text), Some(meant), "{text}");
        }
        for text in ["", "-", "-s", "-5", "5s", "1:2", "0:60:0", "0:0:60", "1:2:3:4", "-999999999m"]
        {
            assert_eq!(when(text), None, "{text}");
        }
    }
}
