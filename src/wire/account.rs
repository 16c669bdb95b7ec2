//! The account that an endpoint answers for, and how the names of its resources are written.
//!
//! Inside there is one account in one region, [`ACCOUNT`] and [`REGION`]; outside they have the
//! names that the operator gives them.

use std::borrow::Cow;

use crate::model::{ACCOUNT, ConsumerArn, Level, REGION, Resource, ShardLimits, StreamName};

/// Whose streams they are, and how new ones are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// As AWS names regions: `eu-west-1`.
    pub region: String,
    /// What an acknowledged record of a new stream survives.
    pub level: Level,
    /// Limits of each shard of a new stream.
    pub limits: ShardLimits,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            id: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            level: Level::Process,
            limits: ShardLimits::KINESIS,
        }
    }
}

impl Account {
    fn is_inner(&self) -> bool {
        self.id == ACCOUNT && self.region == REGION
    }

    /// A sentence or name from inside, as it is told outside.
    pub(super) fn outer<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_inner() {
            return Cow::Borrowed(text);
        }
        let Self { id, region, .. } = self;
        let told = text
            .replace(&format!(":{REGION}:{ACCOUNT}:"), &self.head())
            .replace(&format!("ccount {ACCOUNT}"), &format!("ccount {id}"))
            .replace(&format!(" in {REGION}."), &format!(" in {region}."))
            .replace(&format!(" {ACCOUNT}:"), &format!(" {id}:"));
        Cow::Owned(told)
    }

    fn head(&self) -> String {
        format!(":{}:{}:", self.region, self.id)
    }

    /// An ARN from outside, as it is read inside; `None` for one that is of another account or region.
    pub(super) fn inner<'t>(&self, arn: &'t str) -> Option<Cow<'t, str>> {
        if self.is_inner() {
            return Some(Cow::Borrowed(arn));
        }
        let head = self.head();
        let inner = || arn.replacen(&head, &format!(":{REGION}:{ACCOUNT}:"), 1);
        arn.contains(&head).then(|| Cow::Owned(inner()))
    }

    /// The ARN of a stream.
    pub(super) fn stream_arn(&self, stream: &StreamName) -> String {
        self.outer(&Resource::Stream(stream.clone()).to_string()).into_owned()
    }

    /// The ARN of a registered consumer.
    pub(super) fn consumer_arn(&self, consumer: &ConsumerArn) -> String {
        self.outer(&consumer.to_string()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_outside_the_names_that_it_is_given() {
        let account =
            Account { id: "123456789012".into(), region: "eu-west-1".into(), ..Account::default() };
        let orders = StreamName::new("orders").expect("it is a name");
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
        assert_eq!(account.stream_arn(&orders), arn);
        let inner = account.inner(arn).expect("it is of this account");
        assert_eq!(Resource::parse(&inner), Some(Resource::Stream(orders)));
        for (inside, outside) in [
            (
                "Stream orders under account 000000000000 not found.",
                "Stream orders under account 123456789012 not found.",
            ),
            (
                "the limit for the account 000000000000 in us-east-1. Current",
                "the limit for the account 123456789012 in eu-west-1. Current",
            ),
            ("Account 000000000000 cannot have more", "Account 123456789012 cannot have more"),
            ("this consumer: 000000000000:orders:", "this consumer: 123456789012:orders:"),
        ] {
            assert_eq!(account.outer(inside), outside);
        }
        let own = Account::default();
        assert_eq!(own.outer("account 000000000000"), "account 000000000000");
        assert_eq!(own.inner(arn).as_deref(), Some(arn));
    }

    #[test]
    fn what_is_of_another_account_is_not_of_this_one_whatever_it_is_called_inside() {
        let account =
            Account { id: "123456789012".into(), region: "eu-west-1".into(), ..Account::default() };
        for arn in [
            "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
            "arn:aws:kinesis:eu-west-1:000000000000:stream/orders",
            "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        ] {
            assert_eq!(account.inner(arn), None, "{arn}");
        }
    }
}
