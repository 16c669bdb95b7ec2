//! What stands over a screen and takes the keys.

use tui_input::Input;

use crate::command::{
    Command, Completion, Danger, Preview, ScreenKind, Spec, SplitAt, WorldCommand, table,
};
use crate::console::key::Key;
use crate::console::keymap::Keymap;
use crate::console::state::Act;
use crate::model::{HashKey, HashKeyRange, ShardId, StreamName};
use crate::problem::Problem;

/// A question that must be answered before anything else.
#[derive(Clone, Debug)]
pub struct Question {
    /// What would happen.
    pub preview: Preview,
    /// What is run by a yes, in order.
    pub commands: Vec<Command>,
    /// What they are to the acts that can be taken back.
    pub act: Act,
    /// What was typed of the phrase that a yes must be, where one must be.
    pub typed: Input,
    /// Where the shard is cut, when a shard is.
    pub cut: Option<Cut>,
}

/// Where a shard is cut, while the question still stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The stream.
    pub stream: StreamName,
    /// The shard.
    pub shard: ShardId,
    /// The shard's keys.
    pub range: HashKeyRange,
    /// The first key of the upper half.
    pub key: HashKey,
    /// Leading digits as they are typed; the others are 0.
    pub typed: String,
    /// Why it cannot be cut where it was said, if so.
    pub fault: Option<String>,
}

impl Cut {
    /// The cut that a question is about, if it is about one alone.
    #[must_use]
    pub fn of(commands: &[Command], preview: &Preview) -> Option<Self> {
        let [Command::World(WorldCommand::Split { stream, shard, at: SplitAt::Key(key) })] =
            commands
        else {
            return None;
        };
        let range = preview.before.first()?.range;
        let (stream, shard, key) = (stream.clone(), *shard, *key);
        Some(Self { stream, shard, range, key, typed: String::new(), fault: None })
    }
}

/// A line being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is for.
    pub sign: Sign,
    /// The line.
    pub input: Input,
    /// What may come next.
    pub completion: Completion,
    /// Index of the chosen candidate.
    pub chosen: Option<usize>,
    /// How far back in the history the line comes from.
    pub past: Option<usize>,
    /// What was typed before one went back in the history.
    pub draft: String,
}

/// What a typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A command.
    Command,
    /// A filter of the table in view.
    Filter,
    /// A text to look for in the log.
    Find,
}

/// Keys and commands, searched.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// Only rows with this text.
    pub search: Input,
    /// Index of the row under the cursor.
    pub at: usize,
}

/// A row of help: a line that can be run, and the keys that call it.
#[derive(Clone)]
pub struct HelpRow {
    /// The keys; none for what is only typed.
    pub keys: Vec<Key>,
    /// The command.
    pub spec: &'static Spec,
    /// The words that the keys give it.
    pub words: String,
}

impl HelpRow {
    /// The line that it runs.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.spec.name, self.words).trim_end().to_owned()
    }
}

impl Help {
    /// What can be done on a screen, by keys of the live key map and by lines, as far as it has the
    /// searched text in its line, its description or its keys. What changes the world is left out
    /// unless it may be changed.
    #[must_use]
    pub fn rows(&self, keys: &Keymap, screen: ScreenKind, writable: bool) -> Vec<HelpRow> {
        let typed = self.search.value().to_lowercase();
        let mut rows: Vec<HelpRow> = Vec::new();
        let may = |spec: &&&Spec| writable || spec.danger == Danger::Harmless;
        for spec in table().iter().filter(may) {
            let first = rows.len();
            for bound in keys.on(screen).filter(|bound| bound.spec.name == spec.name) {
                match rows[first..].iter_mut().find(|row| row.words == bound.words) {
                    Some(row) => row.keys.push(bound.key),
                    None => rows.push(HelpRow {
                        keys: vec![bound.key],
                        spec,
                        words: bound.words.clone(),
                    }),
                }
            }
            if !rows[first..].iter().any(|row| row.words.is_empty()) {
                rows.push(HelpRow { keys: Vec::new(), spec, words: String::new() });
            }
        }
        rows.retain(|row| {
            row.line().contains(&typed)
                || row.spec.summary.to_lowercase().contains(&typed)
                || row.keys.iter().any(|key| key.to_string() == typed)
        });
        rows
    }
}

/// What stands over the screen and takes the keys.
#[derive(Clone, Debug, Default)]
pub enum Over {
    /// Nothing.
    #[default]
    None,
    /// A line being typed.
    Prompt(Prompt),
    /// A question.
    Ask(Box<Question>),
    /// Keys and commands.
    Help(Help),
    /// Why something is a problem.
    Why(Box<Problem>),
}
