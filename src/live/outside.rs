//! The real doors: files, the standard input, the host's sensors.

#![allow(clippy::disallowed_methods, reason = "the edge where files and threads live")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::live::host::HostSensors;
use crate::model::Millis;
use crate::model::limits::RECORD_KIB_MAX;
use crate::pipeline::outside::{Endpoint, Invoker, Runner};
use crate::pipeline::settings::FunctionSettings;
use crate::pipeline::{Outside, Sink, Source, SourcePoll};

/// Lines that may wait between the reading thread and the world.
const LINES_WAITING: usize = 10_000;

/// What a record of Kinesis takes at most.
const RECORD_BYTES_MAX: u64 = RECORD_KIB_MAX as u64 * 1_024;

/// Bytes of a line that is read: a record and its end.
const LINE_BYTES_MAX: u64 = RECORD_BYTES_MAX + 2;

/// What a line ends with.
const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// How errors name it.
const STDIN: &str = "the standard input";

/// A line that a thread has read, or why there are no more.
type Line = Result<String, String>;

/// Opens what is there on this machine.
pub struct LiveOutside {
    /// Once somebody wanted it; read by one source at a time, each goes on where the last one ended.
    stdin: Option<Arc<Mutex<ChannelSource>>>,
    functions: Option<Box<dyn Runner>>,
    began: Instant,
}

impl Default for LiveOutside {
    fn default() -> Self {
        Self { stdin: None, functions: None, began: Instant::now() }
    }
}

impl LiveOutside {
    /// The same, with functions that run.
    #[must_use]
    pub fn with_functions(runner: Box<dyn Runner>) -> Self {
        Self { functions: Some(runner), ..Self::default() }
    }
}

impl Outside for LiveOutside {
    fn open_function(
        &mut self,
        settings: &FunctionSettings,
    ) -> Result<Option<Box<dyn Invoker>>, String> {
        match &mut self.functions {
            Some(runner) => runner.open(settings),
            None => Ok(None),
        }
    }

    fn nanos(&self) -> Option<u64> {
        u64::try_from(self.began.elapsed().as_nanos()).ok()
    }

    fn open_file(&mut self, path: &Path) -> Result<Box<dyn Source>, String> {
        let failed = |why: io::Error| format!("`{}` cannot be read: {why}", path.display());
        // Before it is opened: that waits for a writer where there is a pipe.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            let rule = "feed what is not through standard input";
            return Err(format!("`{}` is no regular file: {rule}", path.display()));
        }
        let file = File::open(path).map_err(failed)?;
        let name = format!("`{}`", path.display());
        Ok(Box::new(FileSource { lines: BufReader::new(file), name, raw: Vec::new() }))
    }

    fn open_stdin(&mut self) -> Result<Box<dyn Source>, String> {
        let stdin = self.stdin.get_or_insert_with(|| {
            let (send, lines) = mpsc::sync_channel(LINES_WAITING);
            thread::spawn(move || send_lines(&mut io::stdin().lock(), STDIN, &send));
            Arc::new(Mutex::new(ChannelSource { lines }))
        });
        if Arc::strong_count(stdin) > 1 {
            return Err(format!("{STDIN} feeds another producer already"));
        }
        Ok(Box::new(StdinSource(Arc::clone(stdin))))
    }

    fn open_host(&mut self, _seed: u64) -> Result<Box<dyn Source>, String> {
        let (send, lines) = mpsc::sync_channel(LINES_WAITING);
        let (ask, asked) = mpsc::sync_channel(1);
        let mut sensors = HostSensors::new()?;
        thread::spawn(move || {
            while asked.recv().is_ok() {
                for line in sensors.sample() {
                    if send.send(Ok(line)).is_err() {
                        return;
                    }
                }
                thread::sleep(HostSensors::EVERY);
            }
        });
        Ok(Box::new(HostSource { ask, lines: ChannelSource { lines } }))
    }

    fn open_sink(&mut self, path: &Path) -> Result<Box<dyn Sink>, String> {
        let failed = |why: io::Error| format!("`{}` cannot be written: {why}", path.display());
        // Before it is opened: that waits for a reader where there is a pipe.
        match fs::metadata(path) {
            Ok(there) if !there.is_file() => {
                let rule = "write to one, and follow that with `tail -f`";
                return Err(format!("`{}` is no regular file: {rule}", path.display()));
            }
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(failed(why)),
            Ok(_) | Err(_) => {}
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        Ok(Box::new(FileSink { file, name: path.display().to_string() }))
    }

    fn open_endpoint(&mut self, url: &str, _seed: u64) -> Result<Box<dyn Endpoint>, String> {
        match &mut self.functions {
            Some(runner) => runner.open_endpoint(url),
            None => Err(format!("{url} cannot be asked: nothing is posted from here")),
        }
    }
}

/// Reads a line with its end, if there is one.
fn read_line(from: &mut impl BufRead, name: &str, raw: &mut Vec<u8>) -> Result<bool, String> {
    raw.clear();
    let read = from.take(LINE_BYTES_MAX).read_until(b'\n', raw);
    if read.map_err(|why| format!("{name} cannot be read: {why}"))? == 0 {
        return Ok(false);
    }
    if raw.len() as u64 == LINE_BYTES_MAX && raw.last() != Some(&b'\n') {
        let rule = format!("a record takes at most {RECORD_BYTES_MAX} bytes");
        return Err(format!("a line of {name} does not end: {rule}"));
    }
    Ok(true)
}

/// Sends lines until there are no more, or nobody wants them.
fn send_lines(from: &mut impl BufRead, name: &str, send: &SyncSender<Line>) {
    let mut raw = Vec::new();
    loop {
        let line = match read_line(from, name, &mut raw) {
            Ok(true) => Ok(String::from_utf8_lossy(&raw).trim_end_matches(LINE_ENDS).to_owned()),
            Ok(false) => return,
            Err(why) => Err(why),
        };
        let was_last = line.is_err();
        if send.send(line).is_err() || was_last {
            return;
        }
    }
}

/// Lines of a regular file, read from the page cache.
struct FileSource {
    lines: BufReader<File>,
    name: String,
    raw: Vec<u8>,
}

impl Source for FileSource {
    fn poll(&mut self, _now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        if !read_line(&mut self.lines, &self.name, &mut self.raw)? {
            return Ok(SourcePoll::Ended);
        }
        let line = String::from_utf8_lossy(&self.raw);
        into.push_str(line.trim_end_matches(LINE_ENDS));
        Ok(SourcePoll::Line)
    }
}

/// Lines that a thread reads.
struct ChannelSource {
    lines: Receiver<Line>,
}

impl Source for ChannelSource {
    fn poll(&mut self, _now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        match self.lines.try_recv() {
            Ok(line) => {
                into.push_str(&line?);
                Ok(SourcePoll::Line)
            }
            Err(TryRecvError::Empty) => Ok(SourcePoll::Pending),
            Err(TryRecvError::Disconnected) => Ok(SourcePoll::Ended),
        }
    }
}

/// Lines of the standard input, as long as this lives; then another one may go on.
struct StdinSource(Arc<Mutex<ChannelSource>>);

impl Source for StdinSource {
    fn poll(&mut self, now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll(now, into)
    }
}

/// Lines of the sensors. A look at every process costs milliseconds, so the host is asked only by
/// a world whose time passes.
struct HostSource {
    ask: SyncSender<()>,
    lines: ChannelSource,
}

impl Source for HostSource {
    fn poll(&mut self, now: Millis, into: &mut String) -> Result<SourcePoll, String> {
        let poll = self.lines.poll(now, into)?;
        if poll == SourcePoll::Pending {
            // One question that waits is enough.
            let _ = self.ask.try_send(());
        }
        Ok(poll)
    }
}

struct FileSink {
    file: File,
    name: String,
}

impl Sink for FileSink {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.file
            .write_all(bytes)
            .map_err(|why| format!("`{}` cannot be written: {why}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The world waits for its sources: one of these would have ended it.
    #[test]
    fn what_never_ends_feeds_no_producer() {
        let mut outside = LiveOutside::default();
        let mut refusal = |path: &Path| outside.open_file(path).err().expect("it is refused");
        let folder = std::env::temp_dir();
        for path in [folder.as_path(), Path::new("/dev/zero")] {
            assert!(refusal(path).ends_with("feed what is not through standard input"), "{path:?}");
        }
        let path = folder.join(format!("watershed-long-line-{}", std::process::id()));
        fs::write(&path, vec![b'x'; LINE_BYTES_MAX as usize + 1]).expect("there is room");
        let mut source = outside.open_file(&path).expect("it is a regular file");
        let told = source.poll(Millis(1), &mut String::new());
        let why = told.expect_err("no record takes it");
        assert!(why.ends_with("does not end: a record takes at most 10485760 bytes"), "{why}");
        fs::write(&path, [&vec![b'x'; LINE_BYTES_MAX as usize - 2][..], b"\r\nshort"].concat())
            .expect("there is room");
        let mut source = outside.open_file(&path).expect("it is a regular file");
        let mut lines = || {
            let mut line = String::new();
            source.poll(Millis(1), &mut line).map(|_| line.len())
        };
        assert_eq!((lines(), lines()), (Ok(LINE_BYTES_MAX as usize - 2), Ok(5)));
        let _ = fs::remove_file(path);
    }

    /// What is left of the lines of a source.
    fn rest(source: &mut dyn Source) -> Vec<Result<String, String>> {
        std::iter::from_fn(|| {
            let mut line = String::new();
            match source.poll(Millis(1), &mut line) {
                Ok(SourcePoll::Line) => Some(Ok(line)),
                Ok(SourcePoll::Pending | SourcePoll::Ended) => None,
                Err(why) => Some(Err(why)),
            }
        })
        .collect()
    }

    /// It could not be opened twice, not even when the producer had gone that it fed.
    #[test]
    fn the_standard_input_feeds_one_producer_after_the_other() {
        let (send, lines) = mpsc::sync_channel(LINES_WAITING);
        send_lines(&mut &b"one\r\ntwo\n\nfour"[..], STDIN, &send);
        let stdin = Some(Arc::new(Mutex::new(ChannelSource { lines })));
        let mut outside = LiveOutside { stdin, ..LiveOutside::default() };
        let mut first = outside.open_stdin().expect("nobody has it");
        let mut line = String::new();
        assert_eq!(first.poll(Millis(1), &mut line), Ok(SourcePoll::Line));
        assert_eq!(line, "one");
        let refusal = outside.open_stdin().err().expect("it is taken");
        assert_eq!(refusal, "the standard input feeds another producer already");
        drop(first);
        let mut second = outside.open_stdin().expect("it is free again");
        let left = ["two", "", "four"].map(|line| Ok::<_, String>(line.to_owned()));
        assert_eq!(rest(second.as_mut()), left, "it goes on with what nobody has read");
        drop(send);
        assert_eq!(second.poll(Millis(1), &mut line), Ok(SourcePoll::Ended));
    }

    /// It took as much memory as it had bytes.
    #[test]
    fn a_line_of_the_standard_input_that_does_not_end_is_its_last() {
        let (send, lines) = mpsc::sync_channel(LINES_WAITING);
        let long = vec![b'x'; LINE_BYTES_MAX as usize + 1];
        let bytes = [&b"short\n"[..], &long[..], &b"\nnot read"[..]].concat();
        send_lines(&mut bytes.as_slice(), STDIN, &send);
        let rule = "a record takes at most 10485760 bytes";
        let why = format!("a line of the standard input does not end: {rule}");
        let told = rest(&mut ChannelSource { lines });
        assert_eq!(told, [Ok("short".to_owned()), Err(why)]);
    }

    /// A pipe that nobody reads held up the world for good, as soon as it was opened.
    #[test]
    fn what_is_no_regular_file_is_not_written_to() {
        let mut outside = LiveOutside::default();
        let folder = std::env::temp_dir().join(format!("watershed-sinks-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("there is room");
        let pipe = folder.join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()), "there are pipes");
        for path in [folder.as_path(), Path::new("/dev/null"), pipe.as_path()] {
            let refusal = outside.open_sink(path).err().expect("it is refused");
            assert!(refusal.contains("is no regular file: write to one"), "{refusal}");
        }
        let file = folder.join("archive");
        for _ in 0..2 {
            let mut sink = outside.open_sink(&file).expect("it is made, and then it is there");
            sink.append(b"line\n").expect("there is room");
        }
        assert_eq!(fs::read(&file).expect("it is there"), b"line\nline\n");
        let _ = fs::remove_dir_all(folder);
    }
}
