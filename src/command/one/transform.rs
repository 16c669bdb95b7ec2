//! `transform`: stages between two streams.

use crate::command::line::Line;
use crate::command::preview::{free, known, plain, stream};
use crate::command::shorthand::stage;
use crate::command::spec::{Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::pipeline::settings::TransformSettings;
use crate::snapshot::{Snapshot, TransformView};

pub(in crate::command) static SPEC: Spec = Spec {
    name: "transform",
    aliases: &[],
    arguments: &[
        Argument::required("NAME", Kind::NewName),
        Argument::required("FROM", Kind::Stream),
        Argument::required("TO", Kind::Stream),
        Argument { name: "STAGE", kind: Kind::Choice(stage::STAGES), need: Need::Many },
        Argument::value("--routes", Kind::Stream),
        Argument::value("--errors", Kind::Stream),
    ],
    syntax: "transform NAME FROM TO STAGE... [--routes STREAM,...] [--errors STREAM]  \
             (FROM as TO: in place, before records are readable; \
             parse:combined, keep:/status>499, pick:/a,/b, rename:a:b, rekey:/user, drop:CONDITION, \
             jq:PROGRAM, function:NAME, deaggregate)",
    summary: "turn records of one stream into another's, or its own",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[Binding {
        on: &[ScreenKind::Overview, ScreenKind::Stream, ScreenKind::Transforms],
        key: "t",
        words: "",
    }],
    parse,
    preview,
    undo: "detach",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let name = words.part("NAME")?;
    let from = words.stream("FROM")?;
    let to = words.stream("TO")?;
    let stages = stage::many(words)?;
    let routes = match words.flag("--routes") {
        Some(list) => list
            .split(',')
            .map(|name| words.as_stream("--routes", name))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let errors = words.flag("--errors");
    let errors = errors.map(|name| words.as_stream("--errors", &name)).transpose()?;
    let settings = TransformSettings { name, from, to, stages, routes, errors };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Transform(Box::new(settings))))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Transform(settings)) = command {
        free(snapshot, &settings.name)?;
        stream(snapshot, &settings.from)?;
        for target in settings.targets() {
            stream(snapshot, target)?;
        }
        if let Some(function) = settings.function() {
            known(snapshot, "function", function)?;
        }
    }
    Ok(preview)
}

/// The settings of a transform as viewers see it.
#[must_use]
pub fn settings_of(view: &TransformView) -> Option<TransformSettings> {
    let stages: Result<Vec<_>, _> = view.stages.iter().map(|text| stage::parse(text)).collect();
    Some(TransformSettings {
        name: view.name.clone(),
        from: view.from.clone(),
        to: view.to.clone(),
        stages: stages.ok()?,
        routes: view.outputs.iter().skip(1).map(|output| output.stream.clone()).collect(),
        errors: view.errors.as_ref().map(|errors| errors.stream.clone()),
    })
}

pub(in crate::command) fn print(settings: &TransformSettings) -> String {
    let TransformSettings { name, from, to, stages, routes, errors } = settings;
    let line = Line::new("transform").word(name).word(from).word(to);
    let line = stages.iter().fold(line, |line, one| line.word(stage::print(one)));
    let routes: Vec<&str> = routes.iter().map(StreamName::as_str).collect();
    let routes = (!routes.is_empty()).then(|| routes.join(","));
    line.option("--routes", routes).option("--errors", errors.as_ref()).end()
}
