//! One function: hands invocations to instances, starts and ends these.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::pipeline::outside::{Invoke, Invoked};
use crate::pipeline::settings::{FunctionKind, FunctionSettings};

use super::instance::{Instance, Plan};
use super::memory::Memory;
use super::{Job, Listener, WARM, endpoint, tell};

/// An instance without work.
struct Idle {
    instance: Instance,
    since: Instant,
}

/// What an invocation leaves behind.
struct Left {
    id: u64,
    instance: Option<Instance>,
    /// `None` when it was cancelled: nobody waits for it.
    invoked: Option<Invoked>,
}

/// Serves a function until its door is closed.
pub(super) async fn serve(
    settings: FunctionSettings,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    listener: Listener,
    memory: Arc<Memory>,
) {
    let plan = Plan::of(&settings, memory);
    let mut idle: Vec<Idle> = Vec::new();
    let mut running: JoinSet<Left> = JoinSet::new();
    let mut cancels: BTreeMap<u64, oneshot::Sender<()>> = BTreeMap::new();
    loop {
        let cold = idle.first().map(|oldest| oldest.since + WARM);
        tokio::select! {
            job = jobs.recv() => match job {
                None => return,
                Some(Job::Cancel(id)) => drop(cancels.remove(&id)),
                Some(Job::Invoke(invoke)) => {
                    let (cancel, cancelled) = oneshot::channel();
                    cancels.insert(invoke.id, cancel);
                    let instance = idle.pop().map(|idle| idle.instance);
                    running.spawn(run(plan.clone(), instance, invoke, cancelled));
                }
            },
            Some(left) = running.join_next(), if !running.is_empty() => {
                let Ok(Left { id, instance, invoked }) = left else { continue };
                cancels.remove(&id);
                let since = Instant::now();
                // Who is told may invoke at once, and must find the instance free.
                idle.extend(instance.map(|instance| Idle { instance, since }));
                if let Some(invoked) = invoked {
                    tell(&listener, invoked);
                }
            },
            () = until(cold) => drop(idle.remove(0)),
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

async fn run(
    plan: Plan,
    instance: Option<Instance>,
    invoke: Invoke,
    cancelled: oneshot::Receiver<()>,
) -> Left {
    let id = invoke.id;
    let invoked = async {
        match &plan.settings.kind {
            FunctionKind::Http { url, timeout_s } => {
                let began = Instant::now();
                let answer = endpoint::invoke(url, *timeout_s, &invoke).await;
                (None, outcome(id, answer, began, None))
            }
            _ => invoke_process(&plan, instance, &invoke).await,
        }
    };
    tokio::select! {
        biased;
        (instance, invoked) = invoked => Left { id, instance, invoked: Some(invoked) },
        // The sender is dropped; and with the invocation its instance, which ends the process.
        _ = cancelled => Left { id, instance: None, invoked: None },
    }
}

async fn invoke_process(
    plan: &Plan,
    instance: Option<Instance>,
    invoke: &Invoke,
) -> (Option<Instance>, Invoked) {
    let id = invoke.id;
    let began = Instant::now();
    let warm = instance.and_then(|mut warm| warm.is_alive().then_some(warm));
    let (mut instance, init_ms) = match warm {
        Some(warm) => (warm, None),
        None => match Instance::start(plan).await {
            Ok(fresh) => (fresh, Some(began.elapsed().as_secs_f64() * 1e3)),
            Err(why) => return (None, outcome(id, Err(why), began, None)),
        },
    };
    let began = Instant::now();
    let answer = instance.invoke(plan, invoke).await;
    let outcome = outcome(id, answer, began, init_ms);
    (instance.is_usable().then_some(instance), outcome)
}

fn outcome(
    id: u64,
    answer: Result<Vec<u8>, String>,
    began: Instant,
    init_ms: Option<f64>,
) -> Invoked {
    Invoked { id, answer, ms: began.elapsed().as_secs_f64() * 1e3, init_ms }
}
