//! The leases of an application, and the workers that hold them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{count, counted, duration, many};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::cell;
use crate::console::widget::{framed, write_lines};
use crate::snapshot::{ApplicationView, LeaseView, WorkerView};

/// Who works, and who holds the lease of which shard.
pub(super) fn draw(
    state: &State,
    application: &ApplicationView,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let ApplicationView { name, leases, workers, again_records, tally, .. } = application;
    let again = counted(*again_records, "record");
    let stray = match tally.discarded_records {
        0 => String::new(),
        stray => format!(", {} of other shards passed over", count(stray)),
    };
    let title = format!("{name}: leases ({}), {again} done again{stray}", leases.len());
    let inner = framed(&title, state.focus_of(Panel::Lanes), paint, area, buffer);
    let worker = |worker: &WorkerView| {
        let (mark, meaning) = match worker.is_alive {
            true => (paint.symbols.ok, Meaning::Ok),
            false => (paint.symbols.crit, Meaning::Crit),
        };
        let WorkerView { number, leases, done_records, .. } = worker;
        let (leases, done) = (many(*leases, "lease"), count(*done_records));
        let text = format!("{mark} worker {number}: {leases}, {done}  ");
        Span::styled(text, paint.theme.style(meaning))
    };
    let heading = "SHARD         WORKER   EXPIRES   COUNTER  MOVED  CHECKPOINT     AHEAD";
    let mut lines = vec![
        Line::from(workers.iter().map(worker).collect::<Vec<_>>()),
        cell(heading, Meaning::Muted, paint),
    ];
    lines.extend(leases.iter().map(|lease| lease_line(lease, workers, paint)));
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}

fn lease_line<'a>(lease: &LeaseView, workers: &[WorkerView], paint: Paint<'a>) -> Line<'a> {
    let LeaseView { shard, owner, expires_in_ms, counter, switches, checkpoint, ahead, .. } = lease;
    let runs = |number: u32| workers.iter().any(|one| one.number == number && one.is_alive);
    let (owner, meaning) = match owner {
        _ if lease.is_ended => ("done".to_owned(), Meaning::Muted),
        Some(owner) if *expires_in_ms == 0 => (format!("({owner})"), Meaning::Crit),
        Some(owner) if runs(*owner) => (owner.to_string(), Meaning::Text),
        Some(owner) => (owner.to_string(), Meaning::Warn),
        None => (paint.symbols.absent.to_owned(), Meaning::Warn),
    };
    let expires = if lease.is_ended { String::new() } else { duration(*expires_in_ms) };
    let checkpoint = match checkpoint {
        _ if lease.is_ended => "SHARD_END".to_owned(),
        Some(index) => index.to_string(),
        None => paint.symbols.absent.to_owned(),
    };
    let text = format!(
        "{:<13} {owner:>6} {expires:>9} {counter:>9} {switches:>6} {checkpoint:>11} {:>9}",
        shard.short(),
        count(*ahead)
    );
    cell(text, meaning, paint)
}
