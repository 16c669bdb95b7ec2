//! One process of a function, with everything that it starts.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use crate::model::{ACCOUNT, REGION};
use crate::pipeline::outside::Invoke;
use crate::pipeline::settings::{FunctionKind, FunctionSettings, ProcessSettings};

use super::http::{self, Said, Shared, Work};
use super::memory::Memory;
use super::{INIT, output};

/// How often the memory of a process that works is looked at.
const MEMORY_EVERY: Duration = Duration::from_millis(100);

/// What an instance of a function is started with.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) settings: FunctionSettings,
    words: Vec<String>,
    process: ProcessSettings,
    memory: Arc<Memory>,
}

impl Plan {
    pub(super) fn of(settings: &FunctionSettings, memory: Arc<Memory>) -> Self {
        let process = match &settings.kind {
            FunctionKind::Process(process) => process.clone(),
            _ => ProcessSettings::default(),
        };
        Self { words: process.words(), settings: settings.clone(), process, memory }
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.process.timeout_s))
    }

    fn command(&self, api: &str) -> Command {
        let (program, arguments) = self.words.split_first().expect("invariant: it was checked");
        let ProcessSettings { handler, memory_mb, dir, env, .. } = &self.process;
        let mut command = Command::new(program);
        let name = self.settings.name.as_str();
        let root = dir.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        command
            .args(arguments)
            .current_dir(&root)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "en_US.UTF-8")
            .env("TZ", ":UTC")
            .env("LAMBDA_TASK_ROOT", &root)
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "$LATEST")
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("_HANDLER", handler)
            .envs(env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Can it be started at all?
pub(super) fn check(process: &ProcessSettings) -> Result<(), String> {
    match &process.dir {
        Some(dir) if !dir.is_dir() => Err(format!("`dir` is `{}`, no folder", dir.display())),
        Some(_) | None => Ok(()),
    }
}

/// A process that has asked for work once.
pub(super) struct Instance {
    child: Child,
    group: Option<Pid>,
    work: mpsc::Sender<Work>,
    said: mpsc::UnboundedReceiver<Said>,
    server: JoinHandle<()>,
    /// When its memory is looked at. It goes on from one invocation to the next: many that are short
    /// cost no more looks than one that is long, and are not overlooked either.
    looks: Interval,
    usable: bool,
}

/// The first look comes after a while; of those that were missed for want of work, only one is taken.
fn looks() -> Interval {
    let mut looks = interval_at((Instant::now() + MEMORY_EVERY).into(), MEMORY_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

impl Instance {
    /// Starts a process and waits until it asks for work.
    pub(super) async fn start(plan: &Plan) -> Result<Self, String> {
        let why = |why: std::io::Error| format!("Runtime.InitError: no loopback port: {why}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(why)?;
        let api = listener.local_addr().map_err(why)?.to_string();
        let program = &plan.words[0];
        let mut child = plan.command(&api).spawn().map_err(|why| {
            format!("Runtime.InvalidEntrypoint: `{program}` cannot be started: {why}")
        })?;
        let name = plan.settings.name.as_str();
        output::follow(name, child.stdout.take());
        output::follow(name, child.stderr.take());
        let (work, asked) = mpsc::channel(1);
        let (tell, said) = mpsc::unbounded_channel();
        let server = tokio::spawn(http::serve(listener, Shared::new(asked, tell)));
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let looks = looks();
        let mut instance = Self { child, group, work, said, server, looks, usable: true };
        tokio::select! {
            biased;
            said = instance.said.recv() => match said {
                Some(Said::Next) => Ok(instance),
                Some(Said::InitError(why)) => Err(format!("init failed: {why}")),
                Some(Said::Answer(_) | Said::Error(_)) | None => {
                    Err("init failed: it answered before it had work".to_owned())
                }
            },
            ended = instance.child.wait() => Err(format!(
                "init failed: Runtime.ExitError: the process ended before it asked for work: {}",
                end_words(ended)
            )),
            () = tokio::time::sleep(INIT) => Err(format!(
                "init failed: the process did not ask for work within {} seconds",
                INIT.as_secs()
            )),
        }
    }

    /// Does its process live?
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// May it be invoked again?
    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    /// Invokes it, and waits for its answer.
    pub(super) async fn invoke(&mut self, plan: &Plan, invoke: &Invoke) -> Result<Vec<u8>, String> {
        let timeout = plan.timeout();
        let work = Work {
            request: invoke.request.clone(),
            deadline_ms: (since_epoch() + timeout).as_millis(),
            function_arn: format!(
                "arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}",
                plan.settings.name
            ),
            trace: trace(&invoke.request),
            event: invoke.event.clone(),
        };
        if self.work.send(work).await.is_err() {
            self.usable = false;
            return Err("Runtime.ExitError: the instance is gone".to_owned());
        }
        let answer = self.answer(plan, Instant::now() + timeout).await;
        if let Err(Ending::Killed(why)) = &answer {
            self.usable = false;
            self.kill();
            return Err(why.clone());
        }
        answer.map_err(Ending::words)
    }

    async fn answer(&mut self, plan: &Plan, deadline: Instant) -> Result<Vec<u8>, Ending> {
        loop {
            tokio::select! {
                biased;
                said = self.said.recv() => match said {
                    Some(Said::Next) => {}
                    Some(Said::Answer(answer)) => return Ok(answer),
                    Some(Said::Error(why)) => return Err(Ending::Error(why)),
                    Some(Said::InitError(why)) => return Err(Ending::Error(why)),
                    None => return Err(Ending::Killed("the instance is gone".to_owned())),
                },
                ended = self.child.wait() => {
                    let how = end_words(ended);
                    let why = format!("Runtime.ExitError: the process ended while it worked: {how}");
                    return Err(Ending::Killed(why));
                }
                () = tokio::time::sleep_until(deadline.into()) => {
                    let seconds = plan.timeout().as_secs_f64();
                    let why = format!("Sandbox.Timedout: Task timed out after {seconds:.2} seconds");
                    return Err(Ending::Killed(why));
                }
                _ = self.looks.tick() => {
                    let most = plan.process.memory_mb;
                    let used = self.group.and_then(|group| plan.memory.used_mb(group)).unwrap_or(0);
                    if used > u64::from(most) {
                        let why = format!("Runtime.OutOfMemory: it takes {used} MB of {most} MB");
                        return Err(Ending::Killed(why));
                    }
                }
            }
        }
    }

    fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
        self.server.abort();
    }
}

/// How an invocation failed.
enum Ending {
    /// The function said so; the instance lives.
    Error(String),
    /// The instance must go.
    Killed(String),
}

impl Ending {
    fn words(self) -> String {
        match self {
            Self::Error(why) | Self::Killed(why) => why,
        }
    }
}

fn end_words(ended: std::io::Result<ExitStatus>) -> String {
    ended.map_or_else(|why| why.to_string(), |status| status.to_string())
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A trace of its own for each invocation, drawn from its id: not sampled, nobody collects it.
fn trace(request: &str) -> String {
    let digits: String = request.chars().filter(|c| *c != '-').collect();
    let time = since_epoch().as_secs();
    let (root, parent) = (&digits[..24.min(digits.len())], &digits[..16.min(digits.len())]);
    format!("Root=1-{time:08x}-{root};Parent={parent};Sampled=0")
}
