//! What a simulated disk holds: files in sectors, and names; each as it was written, and as it
//! would be found after a power cut.
//!
//! Between two syncs the system writes back whatever it likes, in whatever order. So each sector
//! that was written and not synced may survive, be lost or, one of them, be torn; a file may be as
//! long as it was or as it became, or between; each name that was made, moved or removed and not
//! synced may be so or not. Syncing a file does not keep its name.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

/// Bytes that a disk writes as one.
const SECTOR: usize = 512;

/// A file's bytes.
#[derive(Clone, Debug, Default)]
struct File {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors whose live bytes are not durable.
    dirty: BTreeSet<usize>,
    /// The shortest that the file was cut to since it was synced.
    cut: Option<usize>,
}

/// The bytes of a sector that are inside a file of `len` bytes.
fn span(sector: usize, len: usize) -> std::ops::Range<usize> {
    let begin = (sector * SECTOR).min(len);
    begin..(begin + SECTOR).min(len)
}

impl File {
    fn write(&mut self, at: usize, bytes: &[u8]) {
        let begin = at.min(self.live.len());
        let end = at + bytes.len();
        self.live.resize(self.live.len().max(end), 0);
        self.live[at..end].copy_from_slice(bytes);
        if begin < end {
            self.dirty.extend(begin / SECTOR..=(end - 1) / SECTOR);
        }
    }

    fn truncate(&mut self, len: usize) {
        self.live.truncate(len);
        self.cut = Some(self.cut.map_or(len, |cut| cut.min(len)));
        self.dirty.retain(|sector| sector * SECTOR < len);
    }

    /// Makes the length durable; what is new reads as zeros until its sectors are written.
    fn keep_len(&mut self) {
        if let Some(cut) = self.cut.take() {
            self.durable.truncate(cut);
        }
        self.durable.resize(self.live.len(), 0);
    }

    fn keep(&mut self, sector: usize) {
        let span = span(sector, self.live.len());
        self.durable[span.clone()].copy_from_slice(&self.live[span]);
    }

    fn sync(&mut self) {
        self.keep_len();
        for sector in std::mem::take(&mut self.dirty) {
            self.keep(sector);
        }
    }

    /// The system writes some of it back by itself.
    fn write_back(&mut self, chance: &mut Pcg64Mcg) {
        self.keep_len();
        for sector in std::mem::take(&mut self.dirty) {
            match chance.random_bool(0.5) {
                true => self.keep(sector),
                false => drop(self.dirty.insert(sector)),
            }
        }
    }

    /// A sync failed and the system let go of what it could not write.
    fn drop_dirty(&mut self) {
        self.keep_len();
        for sector in std::mem::take(&mut self.dirty) {
            let span = span(sector, self.live.len());
            self.live[span.clone()].copy_from_slice(&self.durable[span]);
        }
    }

    /// A sync failed and the system takes what it could not write for written.
    fn forget_dirty(&mut self) {
        self.keep_len();
        self.dirty.clear();
    }

    /// Nothing that was not synced is there.
    fn lose(&mut self) {
        self.live.clone_from(&self.durable);
        self.dirty.clear();
        self.cut = None;
    }

    /// The file as it may be found after a power cut; `torn` is a sector of which a part is new.
    fn after_cut(&self, luck: f64, torn: Option<usize>, chance: &mut Pcg64Mcg) -> Self {
        let mut found = self.durable.clone();
        if let Some(cut) = self.cut
            && chance.random_bool(luck)
        {
            found.truncate(cut);
        }
        let (old, new) = (found.len(), self.live.len());
        if new > old {
            let len = match chance.random_range(0..4) {
                0 => old,
                1 => chance.random_range(old..=new),
                _ => new,
            };
            found.resize(len, 0);
        }
        let len = found.len().min(new);
        for sector in &self.dirty {
            let mut span = span(*sector, len);
            let lucky = chance.random_bool(luck);
            if torn == Some(*sector) {
                let middle = chance.random_range(span.start..=span.end);
                match chance.random_bool(0.5) {
                    true => span.end = middle,
                    false => span.start = middle,
                }
            } else if !lucky {
                continue;
            }
            found[span.clone()].copy_from_slice(&self.live[span]);
        }
        Self { live: found.clone(), durable: found, ..Self::default() }
    }
}

/// A change of names.
#[derive(Clone, Debug)]
enum Change {
    Create { name: String, file: u64 },
    Rename { from: String, to: String, file: u64 },
    Remove { name: String },
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, u64>) {
        match self {
            Self::Create { name, file } => drop(names.insert(name.clone(), *file)),
            Self::Rename { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Self::Remove { name } => drop(names.remove(name)),
        }
    }
}

/// A folder of files.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    files: BTreeMap<u64, File>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    /// Changes of names that are not durable, oldest first.
    changes: Vec<Change>,
    next: u64,
}

impl Image {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    fn file_mut(&mut self, name: &str) -> Option<&mut File> {
        self.files.get_mut(self.names.get(name)?)
    }

    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        Some(&self.files.get(self.names.get(name)?)?.live)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.keys()
    }

    /// Writes, and makes the file if there is none.
    pub(super) fn write(&mut self, name: &str, at: usize, bytes: &[u8]) {
        if !self.names.contains_key(name) {
            self.next += 1;
            self.files.insert(self.next, File::default());
            self.change(Change::Create { name: name.to_owned(), file: self.next });
        }
        let file = self.file_mut(name).expect("a file that was not there was just made");
        file.write(at, bytes);
    }

    /// Cuts a file, if it is there.
    pub(super) fn truncate(&mut self, name: &str, len: usize) -> bool {
        self.file_mut(name).map(|file| file.truncate(len)).is_some()
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(file) = self.names.get(from).copied() else { return false };
        self.change(Change::Rename { from: from.to_owned(), to: to.to_owned(), file });
        true
    }

    pub(super) fn remove(&mut self, name: &str) {
        if self.names.contains_key(name) {
            self.change(Change::Remove { name: name.to_owned() });
        }
    }

    pub(super) fn sync(&mut self, name: &str) -> bool {
        self.file_mut(name).map(File::sync).is_some()
    }

    pub(super) fn drop_dirty(&mut self, name: &str) {
        self.file_mut(name).into_iter().for_each(File::drop_dirty);
    }

    pub(super) fn forget_dirty(&mut self, name: &str) {
        self.file_mut(name).into_iter().for_each(File::forget_dirty);
    }

    pub(super) fn sync_names(&mut self) {
        self.changes.clear();
        self.durable_names.clone_from(&self.names);
        self.forget_unnamed();
    }

    fn forget_unnamed(&mut self) {
        let named: BTreeSet<u64> = self.names.values().copied().collect();
        self.files.retain(|file, _| named.contains(file));
    }

    /// The bytes of a file change on the disk itself.
    pub(super) fn replace(&mut self, name: &str, bytes: Vec<u8>) {
        self.write(name, 0, &[]);
        let file = self.file_mut(name).expect("a write of nothing makes a file");
        *file = File { live: bytes.clone(), durable: bytes, ..File::default() };
        let file = self.names[name];
        self.durable_names.insert(name.to_owned(), file);
    }

    /// The system writes some of what waits back by itself.
    pub(super) fn write_back(&mut self, chance: &mut Pcg64Mcg) {
        if let Some(nth) = self.files.len().checked_sub(1) {
            let nth = chance.random_range(0..=nth);
            self.files.values_mut().nth(nth).into_iter().for_each(|file| file.write_back(chance));
        }
        let kept = chance.random_range(0..=self.changes.len());
        for change in self.changes.drain(..kept) {
            change.apply(&mut self.durable_names);
        }
    }

    /// Nothing that was not synced is there.
    pub(super) fn lose(&mut self) {
        self.changes.clear();
        self.names.clone_from(&self.durable_names);
        self.files.values_mut().for_each(File::lose);
        self.forget_unnamed();
    }

    /// The folder as it may be found after a power cut.
    pub(super) fn after_cut(&self, chance: &mut Pcg64Mcg) -> Self {
        let luck = [0.0, 0.1, 0.5, 0.9, 1.0][chance.random_range(0..5)];
        let waiting: Vec<(u64, usize)> = (self.files.iter())
            .flat_map(|(file, found)| found.dirty.iter().map(|sector| (*file, *sector)))
            .collect();
        let torn = match waiting.len() {
            0 => None,
            len => chance.random_bool(0.5).then(|| waiting[chance.random_range(0..len)]),
        };
        let mut after =
            Self { names: self.durable_names.clone(), next: self.next, ..Self::default() };
        for change in &self.changes {
            if chance.random_bool(luck) {
                change.apply(&mut after.names);
            }
        }
        after.durable_names.clone_from(&after.names);
        for number in after.names.values() {
            let torn = torn.filter(|(file, _)| file == number).map(|(_, sector)| sector);
            let found = self.files[number].after_cut(luck, torn, chance);
            after.files.insert(*number, found);
        }
        after
    }
}
