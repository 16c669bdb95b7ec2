//! What the fields of a request may be, as far as only their bytes know it: those that must be
//! there, names, numbers of any size, words.
//!
//! What is wrong is written down and something harmless put in its place, so that all that is wrong
//! can be told at once, together with the constraints of `api`.

use std::borrow::Cow;

use crate::api::{ApiError, Operation, constraints};
use crate::model::{
    ConsumerArn, ConsumerName, HashKey, Resource, SequenceNumber, ShardId, StreamName,
};
use crate::rules::constraint::Constraints;
use crate::rules::record::{self, HashKeyError, explicit_hash_key};
use crate::wire::arn::{self, ARN_CHARS_MAX, ArnForm, is_name};
use crate::wire::reader::Reader;
use crate::wire::{Account, Fault};

const NAME_PATTERN: &str = "[a-zA-Z0-9_.-]+";
const STREAM_ID_PATTERN: &str = "[a-z0-9]{20}-[a-z0-9]{3}";
const STREAM_ID_CHARS_MAX: usize = 24;
const NAME_CHARS_MAX: usize = crate::model::limits::NAME_CHARS_MAX;

pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// The StreamId of a request, by which nothing is found: it is reserved for future use.
#[derive(Debug, Default)]
pub(super) struct StreamId<'a>(Text<'a>);

impl<'a> StreamId<'a> {
    /// Reads the field if it is this one, and passes over those that nobody knows.
    pub(super) fn member(&mut self, reader: &mut Reader<'a>, key: &str) -> Result<(), Fault> {
        match key {
            "StreamId" => self.0 = reader.text()?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

/// Which stream a request is about: by name, by ARN, or by both.
#[derive(Debug, Default)]
pub(super) struct Target<'a> {
    name: Text<'a>,
    arn: Text<'a>,
    id: StreamId<'a>,
}

impl<'a> Target<'a> {
    /// Reads the field if it is one of a target's, and passes over those that nobody knows.
    pub(super) fn member(&mut self, reader: &mut Reader<'a>, key: &str) -> Result<(), Fault> {
        match key {
            "StreamName" => self.name = reader.text()?,
            "StreamARN" => self.arn = reader.text()?,
            _ => self.id.member(reader, key)?,
        }
        Ok(())
    }
}

/// Collects what is wrong with a request.
pub(super) struct Check<'c> {
    pub(super) account: &'c Account,
    pub(super) faults: Constraints,
    refused: Option<ApiError>,
}

impl<'c> Check<'c> {
    pub(super) fn new(account: &'c Account) -> Self {
        Self { account, faults: Constraints::default(), refused: None }
    }

    /// Is all well, the constraints of the operation included?
    pub(super) fn end(mut self, operation: Option<&Operation>) -> Result<(), ApiError> {
        if let Some(operation) = operation {
            constraints::check(operation, &mut self.faults);
        }
        // The engine looks at these, but what is refused does not come there.
        if let Some(Operation::PutRecords(put)) = operation
            && self.refused.is_some()
            && self.faults.are_kept()
        {
            record::constrain(&put.entries, &mut self.faults);
        }
        self.faults.end()?;
        self.refused.map_or(Ok(()), Err)
    }

    /// Refuses the request, when it keeps all constraints and nothing was refused before.
    pub(super) fn refuse(&mut self, why: ApiError) {
        self.refused.get_or_insert(why);
    }

    fn length(&mut self, field: &str, text: &str, most: usize) {
        self.faults.text(field, text, 1, most);
    }

    fn pattern(&mut self, field: &str, text: &str, pattern: &str) {
        let rule = format!("Member must satisfy regular expression pattern: {pattern}");
        self.faults.fault(text, field, &rule);
    }

    fn name<T>(&mut self, field: &str, text: Text<'_>, new: impl Fn(&str) -> Option<T>) -> T {
        self.faults.present(field, text.is_some());
        let stand_in = || new("x").expect("invariant: a good name");
        let Some(text) = text else { return stand_in() };
        new(&text).unwrap_or_else(|| {
            if !is_name(&text) {
                self.pattern(field, &text, NAME_PATTERN);
            }
            self.length(field, &text, NAME_CHARS_MAX);
            stand_in()
        })
    }

    pub(super) fn stream_name(&mut self, field: &str, text: Text<'_>) -> StreamName {
        self.name(field, text, |text| StreamName::new(text).ok())
    }

    pub(super) fn consumer_name(&mut self, text: Text<'_>) -> ConsumerName {
        self.name("consumerName", text, |text| ConsumerName::new(text).ok())
    }

    /// The stream that a request must name.
    pub(super) fn stream(&mut self, target: Target<'_>) -> StreamName {
        let Target { name, arn, id } = target;
        self.stream_id(id);
        let named = name.is_some() || arn.is_none();
        let by_name = named.then(|| self.stream_name("streamName", name));
        let by_arn = arn.map(|arn| self.stream_of_arn(Some(arn)));
        match (by_name, by_arn) {
            (Some(name), Some(other)) if name != other => {
                self.refuse(ApiError::InvalidArgument(format!(
                    "StreamName {name} and StreamARN {} are not of one stream.",
                    self.account.stream_arn(&other)
                )));
                name
            }
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => unreachable!("without an ARN a name is read"),
        }
    }

    /// The stream of a request that may name one.
    pub(super) fn stream_if_any(&mut self, target: Target<'_>) -> Option<StreamName> {
        if target.name.is_some() || target.arn.is_some() {
            return Some(self.stream(target));
        }
        self.stream_id(target.id);
        None
    }

    /// A StreamId that may be given.
    pub(super) fn stream_id(&mut self, id: StreamId<'_>) {
        let Some(text) = id.0 else { return };
        let known = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let fits = text.split_once('-').is_some_and(|(first, last)| {
            (first.len(), last.len()) == (20, 3) && known(first) && known(last)
        });
        if !fits {
            self.pattern("streamId", &text, STREAM_ID_PATTERN);
        }
        self.length("streamId", &text, STREAM_ID_CHARS_MAX);
    }

    /// The stream of a request that must have an ARN.
    pub(super) fn stream_of_arn(&mut self, arn: Text<'_>) -> StreamName {
        let stand_in = || StreamName::new("x").expect("invariant: a good name");
        let parse = |text: &str| match Resource::parse(text)? {
            Resource::Stream(stream) => Some(stream),
            Resource::Consumer(_) => None,
        };
        self.arn("streamARN", arn, arn::STREAM, parse).unwrap_or_else(stand_in)
    }

    /// The stream or consumer that a request must name by its ARN.
    pub(super) fn resource(&mut self, arn: Text<'_>) -> Resource {
        let stand_in = || Resource::Stream(StreamName::new("x").expect("invariant: a good name"));
        self.arn("resourceARN", arn, arn::RESOURCE, Resource::parse).unwrap_or_else(stand_in)
    }

    /// The registered consumer that a request must name by its ARN.
    pub(super) fn consumer(&mut self, arn: Text<'_>) -> ConsumerArn {
        let stand_in = || ConsumerArn {
            stream: StreamName::new("x").expect("invariant: a good name"),
            consumer: ConsumerName::new("x").expect("invariant: a good name"),
            created_s: 0,
        };
        self.arn("consumerARN", arn, arn::CONSUMER, ConsumerArn::parse).unwrap_or_else(stand_in)
    }

    /// An ARN of what may be in this account. Any other is an ARN all the same, of nothing that is here.
    fn arn<T>(
        &mut self,
        field: &str,
        arn: Text<'_>,
        form: ArnForm,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.faults.present(field, arn.is_some());
        let arn = arn?;
        let parsed = self.account.inner(&arn).and_then(|arn| parse(&arn));
        if parsed.is_some() {
            return parsed;
        }
        if let Some(resource) = form.resource(&arn) {
            let id = &self.account.id;
            let told = format!("Resource {resource} under account {id} not found.");
            self.refuse(ApiError::ResourceNotFound(told));
        } else {
            self.pattern(field, &arn, form.pattern);
        }
        self.length(field, &arn, ARN_CHARS_MAX);
        None
    }

    /// A shard. One that no shard can be called is told as `absent` says it.
    pub(super) fn shard(
        &mut self,
        field: &str,
        text: Text<'_>,
        absent: impl Fn(&str) -> String,
    ) -> ShardId {
        let text = self.name(field, text, |text| {
            StreamName::new(text).ok().map(|name| name.as_str().to_owned())
        });
        ShardId::parse(&text).unwrap_or_else(|| {
            self.refuse(ApiError::ResourceNotFound(absent(&text)));
            ShardId::default()
        })
    }

    pub(super) fn shard_if_any(
        &mut self,
        field: &str,
        text: Text<'_>,
        absent: impl Fn(&str) -> String,
    ) -> Option<ShardId> {
        text.is_some().then(|| self.shard(field, text, absent))
    }

    /// A number that must be there, between two bounds.
    pub(super) fn number(&mut self, field: &str, value: Option<i64>, low: u32, high: u32) -> u32 {
        self.faults.present(field, value.is_some());
        self.number_if_any(field, value, low, high).unwrap_or(low)
    }

    /// A number between two bounds.
    pub(super) fn number_if_any(
        &mut self,
        field: &str,
        value: Option<i64>,
        low: u32,
        high: u32,
    ) -> Option<u32> {
        let value = value?;
        self.faults.value(field, value, i64::from(low), i64::from(high));
        Some(u32::try_from(value).unwrap_or(low).clamp(low, high))
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(
        &mut self,
        field: &str,
        text: Text<'_>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = text?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            self.faults.fault(&text, field, &rule);
        }
        found.map(|(_, value)| *value)
    }

    /// One of some words, which must be there.
    pub(super) fn required<T: Copy>(
        &mut self,
        field: &str,
        text: Text<'_>,
        words: &[(&str, T)],
    ) -> T {
        self.faults.present(field, text.is_some());
        self.word(field, text, words).unwrap_or(words[0].1)
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, field: &str, text: Text<'_>, stand_in: &str) -> String {
        self.faults.present(field, text.is_some());
        text.map_or_else(|| stand_in.to_owned(), Cow::into_owned)
    }

    /// A hash key that must be there. One beyond all of them is asked as the last one: no shard can be
    /// split there, which only the shard's own range can tell, see [`super::as_asked`].
    pub(super) fn hash_key(&mut self, field: &str, text: Text<'_>) -> HashKey {
        self.faults.present(field, text.is_some());
        let Some(text) = text else { return HashKey::MIN };
        self.faults.hash_key(field, &text);
        explicit_hash_key(&text).unwrap_or(HashKey::MAX)
    }

    /// A hash key.
    pub(super) fn hash_key_of(&mut self, field: &str, text: &str) -> HashKey {
        match explicit_hash_key(text) {
            Ok(key) => return key,
            Err(HashKeyError::NotDecimal(_)) => self.faults.hash_key(field, text),
            Err(why @ HashKeyError::TooHigh(_)) => self.refuse(why.into()),
        }
        HashKey::MIN
    }

    /// A sequence number, whatever it is.
    pub(super) fn sequence_number(&mut self, field: &str, text: &str) -> Option<SequenceNumber> {
        self.faults.sequence_number(field, text);
        SequenceNumber::parse(text)
    }
}
