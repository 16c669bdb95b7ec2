//! Why a line is no command, and why a command does not fit the world as it is seen.

use thiserror::Error;

/// A line that is no command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Nothing was typed.
    #[error("nothing was typed: `help` lists all commands")]
    Empty,
    /// There is no such command.
    #[error("`{given}` is not a command: {way_out}")]
    UnknownCommand {
        /// The word.
        given: String,
        /// What may have been meant.
        way_out: String,
    },
    /// The command has no such flag.
    #[error("`{command}` has no flag `{flag}`: {way_out}")]
    UnknownFlag {
        /// The command.
        command: &'static str,
        /// The flag.
        flag: String,
        /// What may have been meant.
        way_out: String,
    },
    /// A flag stands alone that wants a value, or has one that wants none.
    #[error("`{flag}` of `{command}` {rule}: {syntax}")]
    FlagValue {
        /// The command.
        command: &'static str,
        /// The flag.
        flag: &'static str,
        /// `needs a value` or `takes no value`.
        rule: &'static str,
        /// The whole syntax.
        syntax: &'static str,
    },
    /// A flag is there twice.
    #[error("`{flag}` stands twice in `{command}`: leave one out")]
    Repeated {
        /// The command.
        command: &'static str,
        /// The flag.
        flag: &'static str,
    },
    /// Two things that exclude each other.
    #[error("`{first}` and `{second}` of `{command}` exclude each other: leave one out")]
    Conflict {
        /// The command.
        command: &'static str,
        /// One.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// Something is not there.
    #[error("`{command}` needs {argument}: {syntax}")]
    Missing {
        /// The command.
        command: &'static str,
        /// What is missing.
        argument: &'static str,
        /// The whole syntax.
        syntax: &'static str,
    },
    /// There is a word too many.
    #[error("`{value}` is too much for `{command}`: {syntax}")]
    Surplus {
        /// The command.
        command: &'static str,
        /// The first word too many.
        value: String,
        /// The whole syntax.
        syntax: &'static str,
    },
    /// A value breaks its rule.
    #[error("{argument} of `{command}` is `{value}`, allowed is {rule}")]
    Bad {
        /// The command.
        command: &'static str,
        /// Which value.
        argument: String,
        /// The value.
        value: String,
        /// What is allowed.
        rule: String,
    },
    /// A quote is open at the end of the line.
    #[error("the quote `{quote}` at column {column} is not closed: add `{quote}` at the end")]
    Unclosed {
        /// The quote.
        quote: char,
        /// Where it opens, in characters from 1.
        column: usize,
    },
    /// Something follows a closing quote at once.
    #[error("a space must follow the quote that closes at column {column}")]
    AfterQuote {
        /// Where it closes, in characters from 1.
        column: usize,
    },
}

/// A command that does not fit the world as it is seen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// There is nothing of that name.
    #[error("there is no {what} `{name}`: {way_out}")]
    Unknown {
        /// `stream`, `producer`, ...
        what: &'static str,
        /// The name.
        name: String,
        /// What there is.
        way_out: String,
    },
    /// The name is taken.
    #[error("`{name}` exists already: choose another name")]
    Taken {
        /// The name.
        name: String,
    },
    /// There is no such shard, or it is closed.
    #[error("shard {shard} of {stream} {why}: open are {open}")]
    Shard {
        /// The stream.
        stream: String,
        /// The shard.
        shard: String,
        /// `does not exist` or `is closed`.
        why: &'static str,
        /// The open shards.
        open: String,
    },
    /// The key does not lie inside the shard.
    #[error("{at} does not lie inside shard {shard}, allowed is {first} to {last}")]
    Outside {
        /// The key.
        at: String,
        /// The shard.
        shard: String,
        /// Lowest key allowed.
        first: String,
        /// Highest key allowed.
        last: String,
    },
    /// A shard cannot be merged with itself.
    #[error("shard {shard} of {stream} cannot be merged with itself: name a neighbor")]
    Itself {
        /// The stream.
        stream: String,
        /// The shard.
        shard: String,
    },
    /// The two shards do not touch.
    #[error("shards {first} and {second} of {stream} are not neighbors: {way_out}")]
    Apart {
        /// The stream.
        stream: String,
        /// One.
        first: String,
        /// The other.
        second: String,
        /// The neighbors that there are.
        way_out: String,
    },
    /// The stream cannot change now.
    #[error("stream {stream} is {status}, only an ACTIVE stream can change: wait for it")]
    Busy {
        /// The stream.
        stream: String,
        /// Its status.
        status: &'static str,
    },
    /// No shard is loaded that much.
    #[error(
        "no shard of {stream} is above {over}% of its write limit: the highest is {shard} with {most}%"
    )]
    NoneHot {
        /// The stream.
        stream: String,
        /// What was asked for, percent.
        over: String,
        /// The highest load, percent.
        most: String,
        /// Its shard.
        shard: String,
    },
    /// The service decides over the shards of this stream.
    #[error("stream {stream} is on-demand, its shards are not yours to change")]
    OnDemand {
        /// The stream.
        stream: String,
    },
    /// Only the service's own streams have that.
    #[error(
        "stream {stream} is provisioned, {what} is for on-demand streams: `mode {stream} on-demand` first"
    )]
    Provisioned {
        /// The stream.
        stream: String,
        /// What they have.
        what: &'static str,
    },
    /// A number is out of what is possible now.
    #[error("{what} is {value}, allowed is {rule}")]
    Rule {
        /// Of what.
        what: String,
        /// The number.
        value: String,
        /// What is allowed.
        rule: String,
    },
    /// Something still uses it.
    #[error("function {function} is used by {user}: `detach {user}` first")]
    Used {
        /// The function.
        function: String,
        /// A mapping.
        user: String,
    },
}
