//! The constraints of each operation: what its fields may be, whatever the resource is.
//!
//! Those of GetRecords, whose verb of the engine is called alone too, stand there, and so do those of
//! PutRecords: here they are only told beside others that are broken, for few break any.

use crate::api::{
    AskedPosition, CreateStream, LabelOperation, Operation, PutRecord, SettingOperation,
};
use crate::model::ShardMetric;
use crate::model::limits::{
    KEY_ID_CHARS_MAX, NEXT_TOKEN_CHARS_MAX, PAGE_ASKED_MAX, PARTITION_KEY_CHARS_MAX,
    RECORD_KIB_MAX, RECORD_KIB_MIN, TAG_KEY_CHARS_MAX, TAGS_LISTED_MAX,
};
use crate::rules::constraint::Constraints;
use crate::rules::{record, tag};

/// Writes down each field that does not keep its constraints.
pub fn check(operation: &Operation, c: &mut Constraints) {
    match operation {
        Operation::CreateStream(create) => check_create(create, c),
        Operation::DescribeStream(describe) => check_page("limit", describe.limit, c),
        Operation::ListStreams(list) => {
            check_page("limit", list.limit, c);
            check_token(list.next_token.as_deref(), c);
        }
        Operation::ListShards(list) => {
            check_page("maxResults", list.max_results, c);
            check_token(list.next_token.as_deref(), c);
        }
        Operation::ListStreamConsumers(list) => {
            check_page("maxResults", list.max_results, c);
            check_token(list.next_token.as_deref(), c);
        }
        Operation::PutRecord(put) => check_put(put, c),
        Operation::PutRecords(put) if !c.are_kept() => record::constrain(&put.entries, c),
        Operation::GetShardIterator(get) => check_position(&get.position, c),
        Operation::RegisterStreamConsumer(register) => {
            if !register.tags.is_empty() {
                tag::constrain_added(&register.tags, c);
            }
        }
        Operation::UpdateShardCount(update) => {
            c.value("targetShardCount", update.target, 1, u32::MAX);
        }
        Operation::Setting(setting) => check_setting(setting, c),
        Operation::Label(label) => check_label(label, c),
        Operation::DeleteStream(_)
        | Operation::DescribeStreamSummary(_)
        | Operation::DescribeLimits
        | Operation::DescribeAccountSettings
        | Operation::UpdateAccountSettings(_)
        | Operation::PutRecords(_)
        | Operation::GetRecords(_)
        | Operation::DryRun(_)
        | Operation::DeregisterStreamConsumer(_)
        | Operation::DescribeStreamConsumer(_)
        | Operation::SplitShard(_)
        | Operation::MergeShards(_)
        | Operation::SetRetention(_)
        | Operation::SetShardLimits(_) => {}
    }
}

fn check_setting(operation: &SettingOperation, c: &mut Constraints) {
    match operation {
        SettingOperation::UpdateMaxRecordSize(update) => check_record_kib(update.kib, c),
        SettingOperation::StartStreamEncryption(change)
        | SettingOperation::StopStreamEncryption(change) => {
            c.text("keyId", &change.key, 1, KEY_ID_CHARS_MAX);
        }
        SettingOperation::EnableEnhancedMonitoring(change)
        | SettingOperation::DisableEnhancedMonitoring(change) => {
            c.length("shardLevelMetrics", "[]", change.metrics.len(), 1, ShardMetric::ALL.len());
        }
        SettingOperation::UpdateStreamMode(_)
        | SettingOperation::UpdateStreamWarmThroughput(_)
        | SettingOperation::UpdateStreamRecordDistributionStrategy(_)
        | SettingOperation::IncreaseStreamRetentionPeriod(_)
        | SettingOperation::DecreaseStreamRetentionPeriod(_) => {}
    }
}

fn check_label(operation: &LabelOperation, c: &mut Constraints) {
    match operation {
        LabelOperation::AddTagsToStream(add) | LabelOperation::TagResource(add) => {
            tag::constrain_added(&add.tags, c);
        }
        LabelOperation::RemoveTagsFromStream(remove) | LabelOperation::UntagResource(remove) => {
            tag::constrain_removed(&remove.keys, c);
        }
        LabelOperation::ListTagsForStream(list) => {
            if let Some(after) = &list.after {
                c.text("exclusiveStartTagKey", after, 1, TAG_KEY_CHARS_MAX);
            }
            c.value("limit", list.limit.unwrap_or(TAGS_LISTED_MAX), 1, TAGS_LISTED_MAX);
        }
        LabelOperation::ListTagsForResource(_)
        | LabelOperation::PutResourcePolicy(_)
        | LabelOperation::GetResourcePolicy(_)
        | LabelOperation::DeleteResourcePolicy(_) => {}
    }
}

fn check_create(create: &CreateStream, c: &mut Constraints) {
    c.value("shardCount", create.shards, 1, u32::MAX);
    check_record_kib(create.record_kib_max, c);
    if let Some(key) = &create.key {
        c.text("keyId", key, 1, KEY_ID_CHARS_MAX);
    }
    if !create.tags.is_empty() {
        tag::constrain_added(&create.tags, c);
    }
}

fn check_record_kib(kib: u32, c: &mut Constraints) {
    c.value("maxRecordSizeInKiB", kib, RECORD_KIB_MIN, RECORD_KIB_MAX);
}

fn check_page(field: &str, asked: Option<u32>, c: &mut Constraints) {
    c.value(field, asked.unwrap_or(1), 1, PAGE_ASKED_MAX);
}

fn check_token(token: Option<&str>, c: &mut Constraints) {
    if let Some(token) = token {
        c.text("nextToken", token, 1, NEXT_TOKEN_CHARS_MAX);
    }
}

fn check_put(put: &PutRecord, c: &mut Constraints) {
    c.text("partitionKey", &put.partition_key, 0, PARTITION_KEY_CHARS_MAX);
    c.hidden_length("data", put.data.len(), 0, record::DATA_BYTES_MAX);
    if let Some(key) = &put.explicit_hash_key {
        c.hash_key("explicitHashKey", key);
    }
    if let Some(number) = &put.sequence_number_for_ordering {
        c.sequence_number("sequenceNumberForOrdering", number);
    }
}

fn check_position(position: &AskedPosition, c: &mut Constraints) {
    let AskedPosition::Raw(raw) = position else { return };
    c.present("shardIteratorType", raw.kind.is_some());
    if let Some(number) = &raw.number {
        c.sequence_number("startingSequenceNumber", number);
    }
}
