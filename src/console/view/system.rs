//! This program and the machine that it runs on.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{bytes, duration};
use crate::console::theme::Meaning;
use crate::console::view::cells::{self, cell};
use crate::console::view::endpoint;
use crate::console::widget::chart::Chart;
use crate::console::widget::{Focus, bar, framed, write_line};
use crate::snapshot::Snapshot;
use crate::snapshot::machine::MachineView;

fn percent(value: f64) -> String {
    format!("{value:.1}%")
}

/// A name, a figure and, where there is a limit, a bar against it.
struct Fact {
    name: String,
    value: String,
    share: Option<f64>,
}

fn fact(name: impl Into<String>, value: String, share: Option<f64>) -> Fact {
    Fact { name: name.into(), value, share }
}

fn facts(title: &str, facts: Vec<Fact>, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed(title, Focus::Elsewhere, paint, area, buffer);
    let width = inner.width.saturating_sub(46).min(40);
    for (fact, row) in facts.into_iter().zip(inner.rows()) {
        let name = crate::console::format::fit(&fact.name, 16, paint.symbols.ellipsis);
        let value = format!("{:<26} ", fact.value);
        let mut line = cells::fact((&format!(" {name}"), 18), value, Meaning::Text, paint);
        line.spans.extend(fact.share.map(|share| bar::bar(share, width, paint)));
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}

/// What the program uses, and what its log holds.
fn program(snapshot: &Snapshot, machine: Option<&MachineView>, paint: Paint<'_>) -> Vec<Fact> {
    let absent = || paint.symbols.absent.to_owned();
    let told = |tell: &dyn Fn(&MachineView) -> String| machine.map_or_else(absent, tell);
    let unsynced = format!(
        "{} for {}",
        bytes(snapshot.log_unsynced_bytes as f64),
        duration(snapshot.log_unsynced_ms)
    );
    let threads = |machine: &MachineView| match machine.program.threads {
        0 => absent(),
        threads => threads.to_string(),
    };
    vec![
        fact(
            "processor",
            told(&|machine| percent(f64::from(machine.program.cpu_percent))),
            machine.map(|machine| f64::from(machine.program.cpu_percent) / 100.0),
        ),
        fact(
            "memory",
            told(&|machine| bytes(machine.program.memory_bytes as f64)),
            machine.map(|machine| part(machine.program.memory_bytes, machine.memory_bytes)),
        ),
        fact("threads", told(&threads), None),
        fact("up", told(&|machine| duration(machine.program.up_ms)), None),
        fact("written/s", told(&|machine| bytes(machine.program.written_per_s)), None),
        fact("read/s", told(&|machine| bytes(machine.program.read_per_s)), None),
        fact("log in memory", bytes(snapshot.log_memory_bytes as f64), None),
        fact("log on disk", bytes(snapshot.log_disk_bytes as f64), None),
        fact("not yet synced", unsynced, None),
    ]
}

fn part(used: u64, of: u64) -> f64 {
    used as f64 / of.max(1) as f64
}

fn host(machine: &MachineView) -> Vec<Fact> {
    let MachineView { cpus, load, memory_bytes, memory_used_bytes, .. } = machine;
    let mean = f64::from(cpus.iter().sum::<f32>()) / cpus.len().max(1) as f64;
    let memory = format!("{} of {}", bytes(*memory_used_bytes as f64), bytes(*memory_bytes as f64));
    let mut facts = vec![
        fact("processors", format!("{} at {}", cpus.len(), percent(mean)), Some(mean / 100.0)),
        fact(
            "load",
            format!("{:.2}  {:.2}  {:.2}", load[0], load[1], load[2]),
            Some(load[0] / cpus.len().max(1) as f64),
        ),
        fact("memory", memory, Some(part(*memory_used_bytes, *memory_bytes))),
        fact("swap", bytes(machine.swap_used_bytes as f64), None),
    ];
    facts.extend(machine.disks.iter().map(|disk| {
        let used = disk.bytes.saturating_sub(disk.free_bytes);
        let free = format!("{} free", bytes(disk.free_bytes as f64));
        fact(disk.mount.clone(), free, Some(part(used, disk.bytes)))
    }));
    facts
}

fn busiest(machine: &MachineView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed("Busiest processes", Focus::Elsewhere, paint, area, buffer);
    for (process, row) in machine.busiest.iter().zip(inner.rows()) {
        let name = crate::console::format::fit(&process.name, 20, paint.symbols.ellipsis);
        let text = format!(
            " {name:<21} {:>7} {:>8} {:>10}",
            process.id,
            percent(f64::from(process.cpu_percent)),
            bytes(process.memory_bytes as f64)
        );
        write_line(&cell(text, Meaning::Text, paint), row, buffer, paint.symbols.ellipsis);
    }
}

fn charts(machine: &MachineView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    let inner = framed("Processor of this program", Focus::Elsewhere, paint, left, buffer);
    let (values, meaning) = (&machine.program.cpu_spark[..], Meaning::Input);
    Chart { values, span: None, limit: None, label: percent, meaning, paint }.render(inner, buffer);
    let inner = framed("Memory of this program", Focus::Elsewhere, paint, right, buffer);
    let (values, meaning) = (&machine.program.memory_spark[..], Meaning::Output);
    Chart { values, span: None, limit: None, label: bytes, meaning, paint }.render(inner, buffer);
}

pub(super) fn draw(snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    if let (true, Some(far)) = (snapshot.shows_streams_alone(), &snapshot.far) {
        return endpoint::draw(far, paint, area, buffer);
    }
    let machine = snapshot.machine.as_deref();
    let own = program(snapshot, machine, paint);
    let Some(machine) = machine else {
        return facts("This program", own, paint, area, buffer);
    };
    if area.height < 16 {
        return facts("This program", own, paint, area, buffer);
    }
    let title = format!("Host {}", machine.host);
    let wide = area.width >= 110;
    let (first, second, rest) = if wide {
        let parts = [Constraint::Length(12), Constraint::Fill(1)];
        let [top, rest] = Layout::vertical(parts).areas(area);
        let halves = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]);
        let [left, right] = halves.areas(top);
        (left, right, rest)
    } else {
        let parts = [Constraint::Length(11), Constraint::Fill(1), Constraint::Length(0)];
        let [first, second, rest] = Layout::vertical(parts).areas(area);
        (first, second, rest)
    };
    facts("This program", own, paint, first, buffer);
    facts(&title, host(machine), paint, second, buffer);
    if wide {
        let parts = [Constraint::Fill(1), Constraint::Length(10)];
        let [upper, lower] = Layout::vertical(parts).areas(rest);
        charts(machine, paint, upper, buffer);
        busiest(machine, paint, lower, buffer);
    }
}
