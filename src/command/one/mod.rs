//! The commands, one file each: what is typed, what it means, what it would do, how it is written.

pub(super) mod act;
pub(super) mod attach;
pub(super) mod clock;
pub(super) mod concurrency;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod detach;
pub(super) mod function;
pub(super) mod go;
pub(super) mod limits;
pub(super) mod merge;
pub(super) mod pause;
pub(super) mod produce;
pub(super) mod put;
pub(super) mod rate;
pub(super) mod read;
pub(super) mod retention;
pub(super) mod scale;
pub(super) mod session;
pub(super) mod show;
pub(super) mod split;
pub(super) mod stages;
pub(in crate::command) mod transform;
pub(super) mod view;
