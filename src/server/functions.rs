//! Metrics of functions and mappings, as `/metrics` tells them: Lambda's, which their help names.
//! Counters begin with the process, or when the function or mapping was made.

use std::fmt::Display;

use crate::model::{ConsumerTally, FunctionTally};
use crate::server::admin::{head, line};
use crate::snapshot::{FunctionView, MappingView, Snapshot};

/// A counter: its name here, CloudWatch's, and where it is counted.
type Counter<T> = (&'static str, &'static str, fn(&T) -> u64);

const OF_FUNCTIONS: [Counter<FunctionTally>; 6] = [
    ("invocations", "Invocations (Count)", |tally| tally.invocations),
    ("errors", "Errors (Count)", |tally| tally.errors),
    ("throttles", "Throttles (Count)", |tally| tally.throttles),
    ("duration_milliseconds", "Duration (Milliseconds), the sum", |tally| tally.duration_ms),
    ("provisioned_concurrency_invocations", "ProvisionedConcurrencyInvocations (Count)", |tally| {
        tally.provisioned_invocations
    }),
    (
        "provisioned_concurrency_spillover_invocations",
        "ProvisionedConcurrencySpilloverInvocations (Count)",
        |tally| tally.spillover_invocations,
    ),
];

/// Those of mappings that say so.
const EVENT_COUNTS: [Counter<ConsumerTally>; 6] = [
    ("polled_event_count", "PolledEventCount (Count)", |tally| tally.read_records),
    ("filtered_out_event_count", "FilteredOutEventCount (Count)", |tally| tally.filtered_records),
    ("invoked_event_count", "InvokedEventCount (Count)", |tally| tally.invoked_records),
    ("failed_invoke_event_count", "FailedInvokeEventCount (Count)", |tally| tally.failed_records),
    ("dropped_event_count", "DroppedEventCount (Count)", |tally| tally.discarded_records),
    (
        "on_failure_destination_delivered_event_count",
        "OnFailureDestinationDeliveredEventCount (Count)",
        |tally| tally.delivered_records,
    ),
];

const OF_MAPPINGS: [Counter<ConsumerTally>; 1] =
    [("destination_delivery_failures", "DestinationDeliveryFailures (Count)", |tally| {
        tally.delivery_failures
    })];

/// A gauge of a function: its name here, CloudWatch's, and its value, if it has one.
type Gauge = (&'static str, &'static str, fn(&FunctionView) -> Option<f64>);

const GAUGES: [Gauge; 3] = [
    ("concurrent_executions", "ConcurrentExecutions (Count)", |function| {
        Some(function.in_use.into())
    }),
    ("provisioned_concurrent_executions", "ProvisionedConcurrentExecutions (Count)", |function| {
        function.provisioned.map(|_| function.provisioned_in_use.into())
    }),
    (
        "provisioned_concurrency_utilization",
        "ProvisionedConcurrencyUtilization, 0 to 1",
        |function| {
            let provisioned = function.provisioned.filter(|count| *count > 0)?;
            Some(f64::from(function.provisioned_in_use) / f64::from(provisioned))
        },
    ),
];

pub(super) fn write(text: &mut String, snapshot: &Snapshot) {
    for (name, help, count) in OF_FUNCTIONS {
        let rows = snapshot.functions.iter().map(|f| (f.name.as_str(), count(&f.tally)));
        series(text, &format!("{name}_total"), ("counter", help), "function_name", rows);
    }
    for (name, help, value) in GAUGES {
        let rows = snapshot.functions.iter().filter_map(|f| Some((f.name.as_str(), value(f)?)));
        series(text, name, ("gauge", help), "function_name", rows);
    }
    let counted: Vec<_> = snapshot.mappings.iter().filter(|m| m.event_counts).collect();
    for (name, help, count) in EVENT_COUNTS {
        let rows = counted.iter().map(|m| (m.name.as_str(), count(&m.tally)));
        series(text, &format!("{name}_total"), ("counter", help), "mapping", rows);
    }
    for (name, help, count) in OF_MAPPINGS {
        let rows = snapshot.mappings.iter().map(|m| (m.name.as_str(), count(&m.tally)));
        series(text, &format!("{name}_total"), ("counter", help), "mapping", rows);
    }
    let age = |mapping: &MappingView| mapping.iterator_age_ms;
    let ages = snapshot.mappings.iter().map(|m| (m.name.as_str(), age(m)));
    let kind = ("gauge", "IteratorAge (Milliseconds)");
    series(text, "iterator_age_milliseconds", kind, "mapping", ages);
    account(text, snapshot);
}

/// One metric with a line for each row; nothing without rows.
fn series<'a, V: Display>(
    text: &mut String,
    name: &str,
    (kind, help): (&str, &str),
    label: &str,
    rows: impl Iterator<Item = (&'a str, V)>,
) {
    let name = format!("aws_lambda_{name}");
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        head(text, &name, kind, help);
    }
    for (of, value) in rows {
        line(text, format_args!("{name}{{{label}=\"{of}\"}} {value}"));
    }
}

fn account(text: &mut String, snapshot: &Snapshot) {
    let account = snapshot.account;
    for (name, help, value) in [
        ("account_concurrent_executions", "ConcurrentExecutions (Count)", account.in_use),
        (
            "unreserved_concurrent_executions",
            "UnreservedConcurrentExecutions (Count)",
            account.unreserved_in_use,
        ),
        (
            "claimed_account_concurrency",
            "ClaimedAccountConcurrency (Count): reserved, provisioned or in use without either",
            account.reserved + account.unreserved_in_use,
        ),
    ] {
        let name = format!("aws_lambda_{name}");
        head(text, &name, "gauge", help);
        line(text, format_args!("{name} {value}"));
    }
}
