//! The n-th call fails, for every n and in every way that a call can fail. Afterwards nothing is
//! acknowledged that is not there: the change did not happen, or the log takes no more writes
//! until its folder is opened anew; and then everything acknowledged is there, and life goes on.

use watershed::log::Fault;

use crate::books::Crash;
use crate::course::Course;
use crate::device::Lie;
use crate::life::Life;

/// Steps before and after the failure.
const STEPS: u64 = 150;
const STEPS_AFTER: u64 = 40;
/// Power cuts tried after each failure.
const CUTS: u64 = 3;

/// What fails.
#[derive(Clone, Copy, Debug)]
enum Failure {
    Call(u64, Fault),
    Read(u64),
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    while let Some(seed) = course.next_seed() {
        let mut life = Life::begin(seed, Lie::None);
        life.live(STEPS)?;
        let failures = failures(life.disk.calls(), life.disk.reads());
        // A round that is too short for all of them takes some from everywhere.
        let stride = failures.len() as u64 / course.cycles_left().max(1);
        let stride = usize::try_from(stride.max(1)).expect("it is small");
        for failure in failures.into_iter().step_by(stride) {
            if course.is_enough() {
                break;
            }
            let mut life = Life::begin(seed, Lie::None);
            let lived = fail(&mut life, failure);
            course.tally.take(&life.tally);
            lived.map_err(|why| format!("{failure:?}: {why}"))?;
            course.cycle();
        }
    }
    Ok(())
}

fn failures(calls: u64, reads: u64) -> Vec<Failure> {
    let each = |n| Fault::ALL.into_iter().map(move |fault| Failure::Call(n, fault));
    (0..calls).flat_map(each).chain((0..reads).map(Failure::Read)).collect()
}

fn fail(life: &mut Life, failure: Failure) -> Result<(), String> {
    match failure {
        Failure::Call(n, fault) => life.disk.fail_call_by(n, fault),
        Failure::Read(n) => life.disk.fail_read(n),
    }
    life.tally.faults += 1;
    life.may_fail_reads = true;
    life.live(STEPS)?;
    life.refuse()?;
    let crash = match failure {
        // Bytes that a failed sync dropped are gone, as after a power cut.
        Failure::Call(_, Fault::Dropped) => Crash::PowerCut,
        Failure::Call(..) | Failure::Read(_) => Crash::Kill,
    };
    let killed = life.disk_after(Crash::Kill);
    let opened = life.check(&killed, crash)?;
    for _ in 0..CUTS {
        let disk = life.disk_after(Crash::PowerCut);
        life.check(&disk, Crash::PowerCut)?;
    }
    life.go_on(killed, opened)?;
    life.may_fail_reads = false;
    // Whoever opens a folder makes safe what is found, whatever the disk did before.
    let disk = life.disk_after(Crash::PowerCut);
    life.check(&disk, Crash::PowerCut)?;
    life.live(STEPS_AFTER)?;
    let killed = life.disk_after(Crash::Kill);
    life.check(&killed, Crash::Kill)?;
    Ok(())
}
