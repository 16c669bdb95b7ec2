//! Viewers elsewhere: what they want to see, and the pictures that they are given, as JSON.
//!
//! A request has the target [`LOOK_TARGET`] and the form of [`FarWatch`]; its answer is a [`Snapshot`]. The
//! number in the target is the version of both forms. Whoever reads a picture of a form that it does not
//! know refuses all of it.

use serde::{Deserialize, Serialize};

use crate::model::PartName;
use crate::snapshot::Snapshot;
use crate::world::{HEAT_SPAN_S_MAX, HeatWatch, RecordsWatch, Watch, World};

/// The target of requests for a picture.
pub const LOOK_TARGET: &str = "Watershed_1.Look";

/// What a viewer elsewhere wants to see beyond what every picture holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FarWatch {
    /// Records of a stream.
    pub records: Option<RecordsWatch>,
    /// The transform whose stages are tried on real records: as they are, nobody brings others from afar.
    pub transform: Option<PartName>,
    /// The machine that all this runs on.
    pub machine: bool,
    /// The heat of the shards of a stream.
    pub heat: Option<HeatWatch>,
}

impl From<&Watch> for FarWatch {
    fn from(watch: &Watch) -> Self {
        let Watch { records, sample, machine, heat } = watch;
        Self {
            records: records.clone(),
            transform: sample.as_ref().map(|transform| transform.name.clone()),
            machine: *machine,
            heat: heat.clone(),
        }
    }
}

impl FarWatch {
    /// Reads a request.
    ///
    /// # Errors
    /// A sentence that says what is none of it.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(json).map_err(|why| why.to_string())
    }

    /// The request, as [`Self::parse`] reads it.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("invariant: plain data is written without fail")
    }
}

/// A picture, as [`read_picture`] reads it.
#[must_use]
pub fn write_picture(snapshot: &Snapshot) -> Vec<u8> {
    serde_json::to_vec(snapshot).expect("invariant: plain data is written without fail")
}

/// Reads a picture.
///
/// # Errors
/// When it is of another form, or has cells of heat that last no time or longer than is kept: whoever
/// draws them divides by their time.
pub fn read_picture(json: &[u8]) -> Result<Snapshot, String> {
    let picture: Snapshot = serde_json::from_slice(json).map_err(|why| why.to_string())?;
    let cell_s = picture.heat.as_ref().map(|heat| heat.cell_s);
    match cell_s {
        Some(cell_s) if !(1..=HEAT_SPAN_S_MAX).contains(&cell_s) => {
            Err(format!("a cell of heat has 1 to {HEAT_SPAN_S_MAX} seconds, not {cell_s}"))
        }
        Some(_) | None => Ok(picture),
    }
}

impl World {
    /// What a viewer elsewhere wants to see, of what is here.
    #[must_use]
    pub fn watch_of(&self, far: &FarWatch) -> Watch {
        let FarWatch { records, transform, machine, heat } = far;
        let transform = transform.as_ref().and_then(|name| self.parts.transforms.get(name));
        Watch {
            records: records.clone(),
            sample: transform.map(|transform| Box::new(transform.settings().clone())),
            machine: *machine,
            heat: heat.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::command::{Browse, Terms};
    use crate::model::StreamName;
    use crate::snapshot::heat::{HeatView, Metric};

    #[test]
    fn what_a_viewer_wants_is_read_as_it_is_written() {
        let stream = StreamName::new("orders").expect("it is a name");
        let terms = Terms::parse("amount>100 !key:user-*");
        let wanted = FarWatch {
            records: Some(RecordsWatch { browse: Browse::newest(stream.clone()), terms }),
            transform: PartName::new("t").ok(),
            machine: true,
            heat: Some(HeatWatch { stream, metric: Metric::Age, span_s: 60 }),
        };
        assert_eq!(FarWatch::parse(wanted.to_json().as_bytes()), Ok(wanted));
        assert_eq!(FarWatch::parse(b"{}"), Ok(FarWatch::default()));
        assert!(FarWatch::parse(br#"{"files": true}"#).is_err(), "nothing else can be asked");
    }

    #[test]
    fn a_picture_that_makes_no_sense_is_refused() {
        let snapshot = Snapshot { streams: Vec::new(), ..Snapshot::default() };
        let json = String::from_utf8(write_picture(&snapshot)).expect("it is text");
        for (from, to) in
            [("\"streams\":[]", "\"streams\":[1]"), ("\"now\":0", "\"now\":-1"), ("{", "")]
        {
            assert!(read_picture(json.replacen(from, to, 1).as_bytes()).is_err(), "{from}");
        }
    }

    #[test]
    fn a_picture_of_heat_whose_cells_last_no_time_is_refused() {
        let read = |cell_s: u32| {
            let heat = HeatView {
                stream: StreamName::new("orders").expect("it is a name"),
                metric: Metric::Write,
                cell_s,
                full: 1.0,
                is_share: true,
                rows: Vec::new(),
            };
            let picture = Snapshot { heat: Some(Arc::new(heat)), ..Snapshot::default() };
            read_picture(&write_picture(&picture)).map(|_| ())
        };
        assert_eq!((read(1), read(900)), (Ok(()), Ok(())));
        for cell_s in [0, 901] {
            let why = format!("a cell of heat has 1 to 900 seconds, not {cell_s}");
            assert_eq!(read(cell_s), Err(why));
        }
    }
}
