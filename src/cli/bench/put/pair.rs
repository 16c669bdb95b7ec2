//! Two shapes of load, whose rounds take turns: what one costs more than the other.

use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::machine;
use crate::cli::bench::put::world::Putting;
use crate::cli::bench::put::{A_ROUND, Cell, Load, Round, keep_best};
use crate::model::Level;

/// The best round of each of two worlds; everything is read back.
fn take_turns(loads: [&Load; 2], mut worlds: [Putting; 2]) -> Result<[Round; 2], String> {
    let mut best = [None, None];
    for _ in 0..loads[0].rounds.max(loads[1].rounds) {
        for (best, world) in best.iter_mut().zip(&mut worlds) {
            keep_best(best, world.round()?);
        }
    }
    worlds.into_iter().try_for_each(|world| world.finish().map(drop))?;
    Ok(best.map(|round| round.expect(A_ROUND)))
}

fn cpu_ns([many, few]: [(&Load, &Round); 2]) -> [f64; 2] {
    [many, few].map(|(load, round)| round.cpu * 1e9 / load.records as f64)
}

/// 64 writers of single durable records against one.
pub(super) fn many_writers(cell: Cell) -> Result<Figure, String> {
    let of = |writers| Load::new(100, Cell { batch: 1, level: Level::Power, writers, ..cell });
    let (one, many) = (of(1), of(64));
    let worlds = [Putting::start(&many)?, Putting::start(&one)?];
    let [together, alone] = take_turns([&many, &one], worlds)?;
    let together = many.records as f64 / together.seconds;
    let alone = one.records as f64 / alone.seconds;
    Ok(Figure {
        name: many.name(),
        value: together / alone,
        unit: "x",
        target: Some((Better::Higher, 10.0)),
        detail: format!(
            "of one writer: {together:.0} records/s against {alone:.0}; load {:.1}; all read back",
            machine::load()
        ),
    })
}

/// What a put costs with 10,000 shards against 16.
pub(super) fn many_shards(cell: Cell) -> Result<Figure, String> {
    let of = |shards| Load::new(100, Cell { shards, ..cell });
    let (few, many) = (of(16), of(10_000));
    let worlds = [Putting::start(&many)?, Putting::start(&few)?];
    let [ours, theirs] = take_turns([&many, &few], worlds)?;
    let cpu = cpu_ns([(&many, &ours), (&few, &theirs)]);
    Ok(figure("put, 10,000 shards over 16", 1.3, cpu))
}

/// What a put costs beside 1,000 shards of another stream, each polled by a reader.
pub(super) fn idle_readers(cell: Cell) -> Result<Figure, String> {
    let load = Load::new(100, cell);
    let watched = Putting::start(&load)?;
    watched.read_idle_shards()?;
    let worlds = [watched, Putting::start(&load)?];
    let [ours, theirs] = take_turns([&load, &load], worlds)?;
    let cpu = cpu_ns([(&load, &ours), (&load, &theirs)]);
    Ok(figure("put, 1,000 idle readers over none", 1.05, cpu))
}

pub(super) fn figure(name: &str, target: f64, [ours, theirs]: [f64; 2]) -> Figure {
    Figure {
        name: name.to_owned(),
        value: ours / theirs,
        unit: "x CPU",
        target: Some((Better::Lower, target)),
        detail: format!(
            "{ours:.0} ns a record against {theirs:.0}, 500 x 100 B; load {:.1}; all read back",
            machine::load()
        ),
    }
}
