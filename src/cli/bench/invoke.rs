//! `watershed bench invoke`: what an invocation costs beside the function's own work. A real process
//! speaks the Runtime API and answers an empty event at once; one invocation after another.
//!
//! The function is a small one in this program, over plain sockets; `--function COMMAND` takes another.

mod echo;

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::cli::bench::figure::{Better, Figure, number, quantile};
use crate::cli::bench::{BenchTask, Measured};
use crate::lambda::Lambda;
use crate::model::PartName;
use crate::pipeline::outside::Invoke;
use crate::pipeline::settings::{FunctionKind, FunctionSettings, ProcessSettings};

pub(super) use echo::echo;

const INVOCATIONS: u64 = 5_000;
const TARGET_MS: f64 = 1.0;
/// How long one may take, on a machine however busy.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn run(task: &BenchTask) -> Measured {
    let own = || {
        std::env::current_exe().map(|path| format!("\"{}\" bench-child function", path.display()))
    };
    let command = match &task.function {
        Some(command) => command.clone(),
        None => own().map_err(|why| why.to_string())?,
    };
    let lambda = Lambda::start()?;
    let (send, outcomes) = channel();
    lambda.on_outcome(Box::new(move |outcome| drop(send.send(outcome))));
    let process = ProcessSettings { command, timeout_s: 30, memory_mb: 512, ..Default::default() };
    let name = PartName::new("bench").expect("invariant: a good name");
    let settings = FunctionSettings::new(name, FunctionKind::Process(process));
    let mut function = lambda.runner().open(&settings)?.ok_or("it does not run outside")?;
    let (mut took, mut cold_ms) = (Vec::new(), 0.0);
    for id in 0..=INVOCATIONS {
        let began = Instant::now();
        function.invoke(Invoke { id, request: format!("request-{id}"), event: b"{}".to_vec() });
        let outcome = outcomes.recv_timeout(PATIENCE).map_err(|why| why.to_string())?;
        outcome.answer.map_err(|why| format!("invocation {id}: {why}"))?;
        match outcome.init_ms {
            Some(ms) => cold_ms = ms,
            None => took.push(began.elapsed().as_secs_f64() * 1e3),
        }
    }
    if took.len() as u64 != INVOCATIONS {
        return Err(format!("{} invocations were on a warm instance", took.len()));
    }
    let [p99, p50] = [0.99, 0.5].map(|share| quantile(&mut took, share));
    let detail =
        format!("p99 {} ms, first start {} ms, of {INVOCATIONS}", number(p99), number(cold_ms));
    Ok(vec![Figure {
        name: "invoke p50".to_owned(),
        value: p50,
        unit: "ms",
        target: Some((Better::Lower, TARGET_MS)),
        detail,
    }])
}
