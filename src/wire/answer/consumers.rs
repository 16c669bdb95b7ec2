//! What is told of registered consumers.

use crate::api::{ConsumerDescription, ConsumerPage, Operation};
use crate::wire::Account;
use crate::wire::writer::Writer;

fn members(writer: &mut Writer, consumer: &ConsumerDescription, account: &Account) {
    let ConsumerDescription { arn, status, created } = consumer;
    writer.key("ConsumerName").plain(&arn.consumer);
    writer.key("ConsumerARN").plain(account.consumer_arn(arn));
    writer.key("ConsumerStatus").word(status.word());
    writer.key("ConsumerCreationTimestamp").time(*created);
}

pub(super) fn consumer(
    writer: &mut Writer,
    operation: &Operation,
    consumer: &ConsumerDescription,
    account: &Account,
) {
    if matches!(operation, Operation::RegisterStreamConsumer(_)) {
        writer.key("Consumer").structure(|writer| members(writer, consumer, account));
        return;
    }
    writer.key("ConsumerDescription").structure(|writer| {
        members(writer, consumer, account);
        writer.key("StreamARN").plain(account.stream_arn(&consumer.arn.stream));
    });
}

pub(super) fn page(writer: &mut Writer, page: &ConsumerPage, account: &Account) {
    writer.key("Consumers").list(&page.consumers, |writer, consumer| {
        writer.structure(|writer| members(writer, consumer, account));
    });
    if let Some(token) = &page.next_token {
        writer.key("NextToken").plain(token);
    }
}
