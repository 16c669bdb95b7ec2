//! What the operating system tells of this program and of the machine, while somebody looks.

#![allow(clippy::disallowed_methods, reason = "the edge where clocks live")]

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use sysinfo::{Disks, Pid, ProcessesToUpdate, System, get_current_pid};

use crate::live::driver::Shared;
use crate::snapshot::machine::{DiskView, MachineView, ProcessView, ProgramView};

/// From sample to sample.
const EVERY: Duration = Duration::from_secs(1);
/// Values of a spark line.
const SPARK: usize = 120;
/// Processes that are told.
const BUSIEST: usize = 8;

/// Asks the operating system.
struct Gauge {
    /// None where the system tells nothing.
    system: Option<System>,
    disks: Option<Disks>,
    own: Option<Pid>,
    cpu: VecDeque<Option<f32>>,
    memory: VecDeque<Option<f32>>,
    sampled: Instant,
}

/// Samples once a second while a viewer watches the machine, and sleeps else.
pub(super) fn keep_measuring(shared: &Shared) {
    let mut gauge: Option<Gauge> = None;
    let mut state = shared.lock();
    while !state.stopped {
        if !state.watches_machine() {
            gauge = None;
            *shared.machine.lock().unwrap_or_else(PoisonError::into_inner) = None;
            state = shared.watched.wait(state).expect("the world panicked");
            continue;
        }
        drop(state);
        let view = gauge.get_or_insert_with(Gauge::new).sample();
        *shared.machine.lock().unwrap_or_else(PoisonError::into_inner) = Some(view.into());
        state = shared.lock();
        shared.take_picture(&state);
        let until = Instant::now() + EVERY;
        while !state.stopped && state.watches_machine() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = shared.watched.wait_timeout(state, left).expect("the world panicked").0;
        }
    }
}

impl Gauge {
    fn new() -> Self {
        Self {
            system: System::new().ok(),
            disks: Disks::new_with_refreshed_list().ok(),
            own: get_current_pid().ok(),
            cpu: VecDeque::new(),
            memory: VecDeque::new(),
            sampled: Instant::now(),
        }
    }

    fn sample(&mut self) -> MachineView {
        if let Some(system) = &mut self.system {
            system.refresh_cpu_usage();
            system.refresh_memory();
            system.refresh_processes(ProcessesToUpdate::All, true);
        }
        if let Some(disks) = &mut self.disks {
            disks.refresh(true);
        }
        let program = self.program();
        let load = System::load_average().unwrap_or_default();
        let Some(system) = &self.system else {
            return MachineView { program, ..MachineView::default() };
        };
        MachineView {
            program,
            host: System::host_name().unwrap_or_default(),
            cpus: system.cpus().iter().map(sysinfo::Cpu::usage).collect(),
            load: [load.one, load.five, load.fifteen],
            memory_bytes: system.total_memory(),
            memory_used_bytes: system.used_memory(),
            swap_used_bytes: system.used_swap(),
            disks: self.disks(),
            busiest: busiest(system),
        }
    }

    fn program(&mut self) -> ProgramView {
        let process = self.own.zip(self.system.as_ref()).and_then(|(own, all)| all.process(own));
        let Some(process) = process else {
            return ProgramView::default();
        };
        let seconds = self.sampled.elapsed().as_secs_f64().max(0.001);
        self.sampled = Instant::now();
        let disk = process.disk_usage();
        keep(&mut self.cpu, process.cpu_usage());
        keep(&mut self.memory, process.memory() as f32);
        ProgramView {
            cpu_percent: process.cpu_usage(),
            cpu_spark: self.cpu.iter().copied().collect(),
            memory_bytes: process.memory(),
            memory_spark: self.memory.iter().copied().collect(),
            threads: process.tasks().into_iter().flatten().count(),
            up_ms: process.run_time() * 1_000,
            written_per_s: disk.written_bytes as f64 / seconds,
            read_per_s: disk.read_bytes as f64 / seconds,
        }
    }

    fn disks(&self) -> Vec<DiskView> {
        let all = self.disks.iter().flat_map(|all| all.iter());
        all.map(|disk| DiskView {
            mount: disk.mount_point().to_string_lossy().into_owned(),
            bytes: disk.total_space(),
            free_bytes: disk.available_space(),
        })
        .collect()
    }
}

/// The processes that use most of the processors.
fn busiest(system: &System) -> Vec<ProcessView> {
    let mut processes: Vec<_> = system.processes().values().collect();
    // Threads of a process are told as processes too.
    processes.retain(|process| process.thread_kind().is_none());
    processes.sort_by(|a, b| b.cpu_usage().total_cmp(&a.cpu_usage()));
    let view = |process: &&sysinfo::Process| ProcessView {
        name: process.name().to_string_lossy().into_owned(),
        id: process.pid().as_u32(),
        cpu_percent: process.cpu_usage(),
        memory_bytes: process.memory(),
    };
    processes.iter().take(BUSIEST).map(view).collect()
}

fn keep(values: &mut VecDeque<Option<f32>>, value: f32) {
    if values.len() == SPARK {
        values.pop_front();
    }
    values.push_back(Some(value));
}
