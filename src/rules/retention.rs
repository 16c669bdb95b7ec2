//! Retention: how long records stay, and which way it may be changed.

use thiserror::Error;

use crate::model::StreamName;
use crate::model::limits::{RETENTION_HOURS_MAX, RETENTION_HOURS_MIN};

const HOUR_MS: u64 = 3_600_000;

/// Which of the two operations is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// IncreaseStreamRetentionPeriod.
    Increase,
    /// DecreaseStreamRetentionPeriod.
    Decrease,
}

/// Why a period is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RetentionError {
    /// Below the least.
    #[error(
        "Minimum allowed retention period is {RETENTION_HOURS_MIN} hours. Requested retention \
         period ({hours} hours) is too short."
    )]
    TooShort {
        /// What was asked.
        hours: i64,
    },
    /// Above the most.
    #[error(
        "Maximum allowed retention period is {RETENTION_HOURS_MAX} hours. Requested retention \
         period ({hours} hours) is too long."
    )]
    TooLong {
        /// What was asked.
        hours: i64,
    },
    /// An increase to less than there is.
    #[error(
        "Requested retention period ({hours} hours) for stream {stream} can not be shorter than \
         existing retention period ({present} hours). Use DecreaseRetentionPeriod API."
    )]
    Shorter {
        /// What was asked.
        hours: i64,
        /// The stream.
        stream: StreamName,
        /// Whole hours that there are.
        present: u64,
    },
    /// A decrease to more than there is.
    #[error(
        "Requested retention period ({hours} hours) for stream {stream} can not be longer than \
         existing retention period ({present} hours). Use IncreaseRetentionPeriod API."
    )]
    Longer {
        /// What was asked.
        hours: i64,
        /// The stream.
        stream: StreamName,
        /// Whole hours that there are.
        present: u64,
    },
    /// None at all, which not even a session may ask for.
    #[error("the retention period must be above 0")]
    Nothing,
}

/// The period in milliseconds that comes of a request in hours, which may be any number. The same period
/// again is no fault.
///
/// # Errors
/// When it is out of bounds, or goes the other way.
pub fn changed(
    stream: &StreamName,
    present_ms: u64,
    direction: Direction,
    hours: i64,
) -> Result<u64, RetentionError> {
    if hours < i64::from(RETENTION_HOURS_MIN) {
        return Err(RetentionError::TooShort { hours });
    }
    if hours > i64::from(RETENTION_HOURS_MAX) {
        return Err(RetentionError::TooLong { hours });
    }
    let (wanted_ms, stream) = (hours.unsigned_abs() * HOUR_MS, stream.clone());
    let present = present_ms / HOUR_MS;
    match direction {
        Direction::Increase if wanted_ms < present_ms => {
            Err(RetentionError::Shorter { hours, stream, present })
        }
        Direction::Decrease if wanted_ms > present_ms => {
            Err(RetentionError::Longer { hours, stream, present })
        }
        Direction::Increase | Direction::Decrease => Ok(wanted_ms),
    }
}

/// May a session or an operator of this engine keep records that long? Demos keep them for less
/// than Kinesis does.
///
/// # Errors
/// When it is nothing, or more than Kinesis'.
pub fn check_ms(period_ms: u64) -> Result<(), RetentionError> {
    let most = u64::from(RETENTION_HOURS_MAX) * HOUR_MS;
    if period_ms == 0 {
        return Err(RetentionError::Nothing);
    }
    if period_ms > most {
        let hours = i64::try_from(period_ms.div_ceil(HOUR_MS)).unwrap_or(i64::MAX);
        return Err(RetentionError::TooLong { hours });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_change_one_way_at_a_time_within_a_day_and_a_year() {
        use Direction::{Decrease, Increase};
        let orders = StreamName::new("orders").expect("it is a name");
        let (least, most) = (
            "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) \
             is too short.",
            "Maximum allowed retention period is 8760 hours. Requested retention period (8761 \
             hours) is too long.",
        );
        let shorter = "Requested retention period (24 hours) for stream orders can not be shorter \
                       than existing retention period (48 hours). Use DecreaseRetentionPeriod API.";
        let longer = "Requested retention period (72 hours) for stream orders can not be longer \
                      than existing retention period (48 hours). Use IncreaseRetentionPeriod API.";
        for (direction, hours, expected) in [
            (Increase, 8_760, Ok(8_760 * HOUR_MS)),
            (Increase, 48, Ok(48 * HOUR_MS)),
            (Decrease, 48, Ok(48 * HOUR_MS)),
            (Decrease, 24, Ok(24 * HOUR_MS)),
            (Increase, 24, Err(shorter)),
            (Decrease, 72, Err(longer)),
            (Increase, 23, Err(least)),
            (Decrease, 23, Err(least)),
            (Increase, 8_761, Err(most)),
            (Decrease, 8_761, Err(most)),
        ] {
            let told = changed(&orders, 48 * HOUR_MS, direction, hours);
            let told = told.map_err(|why| why.to_string());
            assert_eq!(told, expected.map_err(str::to_owned), "{direction:?} {hours}");
        }
        for hours in [0, -1, i64::MIN] {
            let told = changed(&orders, HOUR_MS, Decrease, hours);
            assert_eq!(told, Err(RetentionError::TooShort { hours }));
        }
    }

    #[test]
    fn a_demo_may_keep_records_for_seconds_but_not_for_nothing() {
        assert_eq!(check_ms(1), Ok(()));
        assert_eq!(check_ms(8_760 * HOUR_MS), Ok(()));
        assert_eq!(check_ms(0), Err(RetentionError::Nothing));
        assert_eq!(check_ms(8_760 * HOUR_MS + 1), Err(RetentionError::TooLong { hours: 8_761 }));
    }
}
