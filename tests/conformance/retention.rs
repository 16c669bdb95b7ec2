//! IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod.

use serde_json::json;

use super::{Endpoint, Type, null};

const BOTH: [&str; 2] = ["IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod"];

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    for action in BOTH {
        endpoint.types(
            action,
            &[
                ("StreamName", Type::Text),
                ("StreamARN", Type::Text),
                ("RetentionPeriodHours", Type::Integer),
            ],
        );
        endpoint.breaks(action, &json!({}), &[&null("streamName"), &null("retentionPeriodHours")]);
        let body = json!({"StreamName": "absent", "RetentionPeriodHours": 25});
        endpoint.misses_stream(action, &body);
    }
}

#[test]
fn the_period_moves_between_a_day_and_a_year() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body = |hours: i64| json!({"StreamName": "orders", "RetentionPeriodHours": hours});
    let refuses = |action: &str, hours: i64, told: &str| {
        endpoint.refuses(action, &body(hours), "InvalidArgumentException", told);
    };
    let [increase, decrease] = BOTH;
    refuses(
        decrease,
        23,
        "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
    );
    refuses(
        increase,
        8_761,
        "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
    );
    refuses(
        decrease,
        25,
        "Requested retention period (25 hours) for stream orders can not be longer than existing retention period (24 hours). Use IncreaseRetentionPeriod API.",
    );
    endpoint.done(increase, &body(48));
    endpoint.wait("orders", "ACTIVE");
    refuses(
        increase,
        47,
        "Requested retention period (47 hours) for stream orders can not be shorter than existing retention period (48 hours). Use DecreaseRetentionPeriod API.",
    );
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
    assert_eq!(told["StreamDescriptionSummary"]["RetentionPeriodHours"], 48);
    endpoint.done(decrease, &body(24));
}

#[test]
fn a_stream_that_changes_keeps_its_period() {
    let endpoint = Endpoint::standing();
    endpoint.done("CreateStream", &json!({"StreamName": "orders", "ShardCount": 1}));
    let body = json!({"StreamName": "orders", "RetentionPeriodHours": 48});
    endpoint.finds_busy("IncreaseStreamRetentionPeriod", &body, "CREATING");
}

/// The model has no bounds for it: it was a constraint that it broke.
#[test]
fn a_period_below_an_hour_is_too_short_like_any_other() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    for action in BOTH {
        for hours in [0, -1] {
            let body = json!({"StreamName": "orders", "RetentionPeriodHours": hours});
            let told = format!(
                "Minimum allowed retention period is 24 hours. Requested retention period ({hours} \
                 hours) is too short."
            );
            endpoint.refuses(action, &body, "InvalidArgumentException", &told);
        }
    }
}
