//! Where the screen of transforms stands: which one, which stage, and which stages are tried.

use crate::command::{Command, WorldCommand, settings_of};
use crate::console::panel::Panel;
use crate::console::state::{Over, Sign, State};
use crate::model::PartName;
use crate::snapshot::{Snapshot, TransformView};
use crate::world::Watch;

impl State {
    /// The transforms that the filter lets through, in the order shown.
    #[must_use]
    pub fn transforms(&self, snapshot: &Snapshot) -> Vec<PartName> {
        let all = snapshot.transforms.iter().map(|transform| &transform.name);
        self.named(Panel::Transforms, all)
    }

    /// The selected transform, or the first.
    #[must_use]
    pub fn transform<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a TransformView> {
        let shown = self.transforms(snapshot);
        let chosen = self.chosen.consumer.as_ref().filter(|name| shown.contains(name));
        let name = chosen.or(shown.first())?;
        snapshot.transforms.iter().find(|transform| transform.name == *name)
    }

    /// The line being typed, when it is a command that can be read.
    fn typed(&self) -> Option<Command> {
        match &self.over {
            Over::Prompt(prompt) if prompt.sign == Sign::Command => {
                prompt.input.value().parse().ok()
            }
            _ => None,
        }
    }

    /// Are the stages in view those of a line that is being typed?
    #[must_use]
    pub fn tries_typed(&self) -> bool {
        use WorldCommand::{Stages, Transform};
        matches!(self.typed(), Some(Command::World(Transform(_) | Stages { .. })))
    }

    /// The stages to be tried: of the line being typed, else of the selected transform.
    pub(super) fn sample_watch(&self, snapshot: &Snapshot) -> Watch {
        let of = |view: &TransformView| settings_of(view).map(Box::new);
        let sample = match self.typed() {
            Some(Command::World(WorldCommand::Transform(settings))) => Some(settings),
            Some(Command::World(WorldCommand::Stages { transform, stages })) => {
                let view = snapshot.transforms.iter().find(|view| view.name == transform);
                view.and_then(of).map(|mut settings| {
                    settings.stages = stages;
                    settings
                })
            }
            _ => self.transform(snapshot).and_then(of),
        };
        Watch { sample, ..Watch::default() }
    }
}
