//! Changes of a stream's settings: which streams take them, and how often a day.

use thiserror::Error;

use crate::model::limits::{
    ENCRYPTION_CHANGES_PER_DAY, MODE_SWITCHES_PER_DAY, POLICY_BYTES_MAX, WARM_MIB_PER_S_MAX,
};
use crate::model::{ACCOUNT, Millis, RecordDistribution, StreamMode, StreamName, Switch};
use crate::rules::rolling::Rolling;

/// Why a setting is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingError {
    /// The mode was switched too often.
    #[error(
        "Stream {0} under account {ACCOUNT} cannot switch its mode more than \
         {MODE_SWITCHES_PER_DAY} times in a 24 hour period."
    )]
    SwitchedTooOften(StreamName),
    /// Encryption was started, or stopped, too often.
    #[error(
        "Encryption of stream {stream} under account {ACCOUNT} cannot be {verb} more than \
         {ENCRYPTION_CHANGES_PER_DAY} times in a 24 hour period."
    )]
    EncryptedTooOften {
        /// The stream.
        stream: StreamName,
        /// `started` or `stopped`.
        verb: &'static str,
    },
    /// Encryption is of another kind than with a key.
    #[error("EncryptionType NONE is not allowed, the only valid value is KMS.")]
    NoKey,
    /// Warm throughput of a provisioned stream.
    #[error(
        "Request is invalid. Stream {0} under account {ACCOUNT} is in Provisioned mode, which has \
         no warm throughput."
    )]
    WarmProvisioned(StreamName),
    /// Warm throughput of an account without the commitment.
    #[error(
        "Request is invalid. Account {ACCOUNT} has no warm throughput unless \
         MinimumThroughputBillingCommitment is enabled."
    )]
    WarmUncommitted,
    /// More warm throughput than a stream may have.
    #[error(
        "Stream {stream} under account {ACCOUNT} cannot have more than {WARM_MIB_PER_S_MAX} MiB/s \
         of warm throughput. Requested: {asked} MiB/s."
    )]
    TooWarm {
        /// The stream.
        stream: StreamName,
        /// MiB a second.
        asked: u32,
    },
    /// AUTO distribution of a provisioned stream.
    #[error(
        "Stream {0} under account {ACCOUNT} is in Provisioned mode, record distribution strategy \
         AUTO is for streams in On-Demand mode."
    )]
    AutoProvisioned(StreamName),
    /// A policy that is no JSON object.
    #[error("Policy is not a valid policy: it is no JSON object.")]
    NoPolicy,
    /// A policy that is too long.
    #[error("Policy is not a valid policy: it has {0} bytes, {POLICY_BYTES_MAX} are allowed.")]
    LongPolicy(usize),
}

/// May the mode of a stream be switched now?
///
/// # Errors
/// When it was switched too often in the last day.
pub fn check_switch(
    stream: &StreamName,
    switches: &Rolling,
    now: Millis,
    counts: Switch,
) -> Result<(), SettingError> {
    if counts == Switch::On && switches.count(now) >= MODE_SWITCHES_PER_DAY {
        return Err(SettingError::SwitchedTooOften(stream.clone()));
    }
    Ok(())
}

/// May encryption of a stream be `verb` (`started`, `stopped`) now?
///
/// # Errors
/// When it was too often in the last day.
pub fn check_encryption(
    stream: &StreamName,
    verb: &'static str,
    changes: &Rolling,
    now: Millis,
    counts: Switch,
) -> Result<(), SettingError> {
    if counts == Switch::On && changes.count(now) >= ENCRYPTION_CHANGES_PER_DAY {
        return Err(SettingError::EncryptedTooOften { stream: stream.clone(), verb });
    }
    Ok(())
}

/// May a stream of that mode be kept warm for so many MiB a second? `committed`: does the account's
/// commitment hold?
///
/// # Errors
/// The first rule that forbids it.
pub fn check_warm(
    stream: &StreamName,
    mode: StreamMode,
    committed: bool,
    asked: u32,
) -> Result<(), SettingError> {
    if mode == StreamMode::Provisioned {
        return Err(SettingError::WarmProvisioned(stream.clone()));
    }
    if !committed {
        return Err(SettingError::WarmUncommitted);
    }
    if asked > WARM_MIB_PER_S_MAX {
        return Err(SettingError::TooWarm { stream: stream.clone(), asked });
    }
    Ok(())
}

/// May records of a stream of that mode be distributed so?
///
/// # Errors
/// When the service is to distribute records of a provisioned stream.
pub fn check_distribution(
    stream: &StreamName,
    mode: StreamMode,
    distribution: RecordDistribution,
) -> Result<(), SettingError> {
    match (mode, distribution) {
        (StreamMode::Provisioned, RecordDistribution::Auto) => {
            Err(SettingError::AutoProvisioned(stream.clone()))
        }
        (StreamMode::OnDemand, _) | (_, RecordDistribution::UserPartitionKey) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rolling::DAY_MS;

    const T0: Millis = Millis(1_700_000_000_000);

    fn orders() -> StreamName {
        StreamName::new("orders").expect("it is a name")
    }

    #[test]
    fn a_mode_is_switched_twice_a_rolling_day_and_encryption_twenty_five_times() {
        let mut rolling = Rolling::default();
        let mut now = T0;
        for n in 0..=25 {
            let switch = check_switch(&orders(), &rolling, now, Switch::On);
            assert_eq!(switch.is_ok(), n < 2, "{n}");
            let start = check_encryption(&orders(), "started", &rolling, now, Switch::On);
            assert_eq!(start.is_ok(), n < 25, "{n}");
            rolling.note(now);
            now = now.plus(1_000);
        }
        assert_eq!(check_switch(&orders(), &rolling, now, Switch::Off), Ok(()));
        assert_eq!(check_encryption(&orders(), "started", &rolling, now, Switch::Off), Ok(()));
        assert_eq!(check_switch(&orders(), &rolling, T0.plus(2 * DAY_MS), Switch::On), Ok(()));
        assert_eq!(
            SettingError::SwitchedTooOften(orders()).to_string(),
            "Stream orders under account 000000000000 cannot switch its mode more than 2 times in \
             a 24 hour period."
        );
        let refused = check_encryption(&orders(), "stopped", &rolling, now, Switch::On);
        assert_eq!(
            refused.expect_err("it was too often").to_string(),
            "Encryption of stream orders under account 000000000000 cannot be stopped more than 25 \
             times in a 24 hour period."
        );
    }

    #[test]
    fn warm_throughput_is_for_on_demand_streams_of_committed_accounts() {
        use StreamMode::{OnDemand, Provisioned};
        for (mode, committed, asked, expected) in [
            (OnDemand, true, 0, Ok(())),
            (OnDemand, true, 10_240, Ok(())),
            (
                OnDemand,
                true,
                10_241,
                Err(SettingError::TooWarm { stream: orders(), asked: 10_241 }),
            ),
            (OnDemand, false, 1, Err(SettingError::WarmUncommitted)),
            (Provisioned, true, 1, Err(SettingError::WarmProvisioned(orders()))),
        ] {
            assert_eq!(check_warm(&orders(), mode, committed, asked), expected);
        }
    }

    #[test]
    fn the_service_distributes_records_of_on_demand_streams_only() {
        use RecordDistribution::{Auto, UserPartitionKey};
        use StreamMode::{OnDemand, Provisioned};
        for (mode, distribution, fits) in [
            (OnDemand, Auto, true),
            (OnDemand, UserPartitionKey, true),
            (Provisioned, UserPartitionKey, true),
            (Provisioned, Auto, false),
        ] {
            let checked = check_distribution(&orders(), mode, distribution);
            assert_eq!(checked.is_ok(), fits, "{mode:?} {distribution:?}");
        }
    }
}
