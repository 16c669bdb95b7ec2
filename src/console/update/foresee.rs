//! Courses that are run ahead, and prices.

use crate::command::{Command, Screen};
use crate::console::message::Effect;
use crate::console::panel::Panel;
use crate::console::state::{Act, Notice, State};
use crate::console::update::{ask, call, hand};
use crate::snapshot::Snapshot;

/// Runs the courses that the console proposes, and those of the user.
pub(super) fn begin(state: &mut State, own: Option<String>, snapshot: &Snapshot) -> Vec<Effect> {
    hand::go(state, Screen::Costs, snapshot);
    state.focus_on(Panel::Courses);
    if let Some(line) = &own {
        state.choose(Panel::Courses, line);
    }
    vec![Effect::LookAhead(state.begin_courses(own, snapshot))]
}

/// Does in the world what was tried on a fork of it: shown first.
pub(super) fn adopt(state: &mut State, snapshot: &Snapshot) {
    let title = state.at_cursor(Panel::Courses, snapshot);
    let Some(course) = title.and_then(|title| state.courses.named(&title)) else {
        state.notice = Some(Notice::Refused("`W` runs what could be done".to_owned()));
        return;
    };
    let commands: Vec<Command> = course.commands.iter().cloned().map(Command::World).collect();
    match call::joined(state, &commands, snapshot) {
        Ok(Some(preview)) => ask(state, Act::New, commands, preview),
        Ok(None) => state.notice = Some(Notice::Done("so the world is already".to_owned())),
        Err(why) => state.notice = Some(Notice::Refused(why.to_string())),
    }
}

/// Changes a price.
pub(super) fn price(state: &mut State, item: &str, dollars: f64) -> Vec<Effect> {
    let Some(prices) = state.prices.with(item, dollars) else {
        state.notice = Some(Notice::Refused(format!("a price list has no `{item}`")));
        return Vec::new();
    };
    state.set_prices(prices);
    vec![Effect::KeepPrices]
}

#[cfg(test)]
mod tests {
    use crate::command::{Kind, table};
    use crate::cost::Prices;

    /// Two floors name the items of a price list: they must be the same.
    #[test]
    fn every_item_that_can_be_typed_is_in_the_list() {
        let spec = table().iter().find(|spec| spec.name == "price").expect("a command");
        let Kind::Choice(items) = spec.arguments[0].kind else { panic!("items to choose from") };
        for item in items {
            assert!(Prices::built_in().of(item).is_some(), "{item}");
        }
    }
}
