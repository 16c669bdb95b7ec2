//! A file system for power cuts: one flat folder over a simulated disk, which tells what was synced
//! from what was not. The kernel hands each call over before the process goes on, so `kill -9`
//! loses nothing; what a power cut loses is the simulated disk's to say.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem,
    FopenFlags, Generation, INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr,
    ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite, Request,
    Session, TimeOrNow, WriteFlags,
};
use watershed::log::{MemStorage, Storage};

use crate::device::{Device, Lie};

/// How long the kernel may believe what it was told: nobody else changes anything.
const TTL: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct State {
    disk: MemStorage,
    /// The disk through which calls go, which may lie.
    device: Device,
    /// The name of each file that has one.
    names: BTreeMap<u64, String>,
    next: u64,
    /// The power is gone: every call fails.
    dark: bool,
}

impl State {
    fn over(disk: &MemStorage, lie: Lie) -> Self {
        let (names, device) = (BTreeMap::new(), Device::new(disk, lie));
        let mut state = Self { disk: disk.clone(), device, names, next: 2, dark: false };
        for name in disk.list().unwrap_or_default() {
            state.number(&name);
        }
        state
    }

    /// The number of the file of that name; a new one if it has none.
    fn number(&mut self, name: &str) -> u64 {
        if let Some((number, _)) = self.names.iter().find(|(_, known)| *known == name) {
            return *number;
        }
        self.next += 1;
        self.names.insert(self.next, name.to_owned());
        self.next
    }

    fn name(&self, ino: INodeNo) -> Option<&str> {
        self.names.get(&u64::from(ino)).map(String::as_str)
    }

    fn exists(&self, name: &str) -> bool {
        self.names.values().any(|known| known == name)
    }

    fn attributes(&self, ino: INodeNo) -> FileAttr {
        let root = ino == INodeNo::ROOT;
        let size = self.name(ino).and_then(|name| self.disk.len(name).ok()).unwrap_or(0);
        FileAttr {
            ino,
            size,
            blocks: size.div_ceil(512),
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if root { FileType::Directory } else { FileType::RegularFile },
            perm: if root { 0o777 } else { 0o666 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4_096,
            flags: 0,
        }
    }
}

/// The file system as the kernel sees it.
#[derive(Clone, Debug)]
struct Flat(Arc<Mutex<State>>);

fn text(name: &OsStr) -> Result<&str, Errno> {
    name.to_str().ok_or(Errno::EINVAL)
}

impl Flat {
    /// Does something, unless the power is gone.
    fn with<T>(&self, act: impl FnOnce(&mut State) -> Result<T, Errno>) -> Result<T, Errno> {
        let mut state = lock(&self.0);
        if state.dark { Err(Errno::EIO) } else { act(&mut state) }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn done(result: Result<(), Errno>, reply: ReplyEmpty) {
    match result {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn failed<E>(_: E) -> Errno {
    Errno::EIO
}

impl Filesystem for Flat {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let found = self.with(|state| {
            let name = text(name)?;
            if !state.exists(name) {
                return Err(Errno::ENOENT);
            }
            let ino = INodeNo(state.number(name));
            Ok(state.attributes(ino))
        });
        match found {
            Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
            Err(error) => reply.error(error),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.with(|state| Ok(state.attributes(ino))) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let set = self.with(|state| {
            if let (Some(size), Some(name)) = (size, state.names.get(&u64::from(ino))) {
                state.disk.truncate(name, size).map_err(failed)?;
            }
            Ok(state.attributes(ino))
        });
        match set {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn create(
        &self,
        _: &Request,
        _: INodeNo,
        name: &OsStr,
        _: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let made = self.with(|state| {
            let name = text(name)?;
            state.disk.write_at(name, 0, &[]).map_err(failed)?;
            let ino = INodeNo(state.number(name));
            Ok(state.attributes(ino))
        });
        match made {
            Ok(attributes) => {
                let (handle, flags) = (FileHandle(0), FopenFlags::empty());
                reply.created(&TTL, &attributes, Generation(0), handle, flags);
            }
            Err(error) => reply.error(error),
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.with(|_| Ok(())) {
            Ok(()) => reply.opened(FileHandle(0), FopenFlags::empty()),
            Err(error) => reply.error(error),
        }
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = self.with(|state| {
            let Some(name) = state.name(ino) else { return Ok(Vec::new()) };
            let len = state.disk.len(name).map_err(failed)?.saturating_sub(offset);
            let mut bytes = vec![0; usize::try_from(len.min(size.into())).map_err(failed)?];
            state.disk.read_at(name, offset, &mut bytes).map_err(failed)?;
            Ok(bytes)
        });
        match read {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let written = self.with(|state| match state.names.get(&u64::from(ino)) {
            Some(name) => state.disk.write_at(name, offset, data).map_err(failed),
            // The file was removed: whoever still holds it may write, and nobody will read it.
            None => Ok(()),
        });
        match (written, u32::try_from(data.len())) {
            (Ok(()), Ok(len)) => reply.written(len),
            (Ok(()), Err(_)) => reply.error(Errno::EINVAL),
            (Err(error), _) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let synced = self.with(|state| match state.names.get(&u64::from(ino)) {
            Some(name) => state.device.sync(name).map_err(failed),
            None => Ok(()),
        });
        done(synced, reply);
    }

    fn fsyncdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.with(|state| state.device.sync_dir().map_err(failed)), reply);
    }

    fn readdir(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let listed = self.with(|state| Ok(state.names.clone()));
        match listed {
            Ok(names) => {
                let names = (1..).zip(names).skip(usize::try_from(offset).unwrap_or(usize::MAX));
                for (place, (number, name)) in names {
                    if reply.add(INodeNo(number), place, FileType::RegularFile, name) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(error) => reply.error(error),
        }
    }

    fn unlink(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let removed = self.with(|state| {
            let name = text(name)?;
            state.names.retain(|_, known| known != name);
            state.disk.remove(name).map_err(failed)
        });
        done(removed, reply);
    }

    fn rename(
        &self,
        _: &Request,
        _: INodeNo,
        name: &OsStr,
        _: INodeNo,
        newname: &OsStr,
        _: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let renamed = self.with(|state| {
            let (from, to) = (text(name)?, text(newname)?);
            if !state.exists(from) {
                return Err(Errno::ENOENT);
            }
            state.disk.rename(from, to).map_err(failed)?;
            let number = state.number(from);
            state.names.retain(|_, known| known != to);
            state.names.insert(number, to.to_owned());
            Ok(())
        });
        done(renamed, reply);
    }
}

/// A mounted file system; unmounted when it is dropped.
pub(super) struct Mount {
    state: Arc<Mutex<State>>,
    session: Option<BackgroundSession>,
}

impl Mount {
    /// Mounts the files of a disk.
    pub(super) fn new(disk: &MemStorage, at: &Path, lie: Lie) -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::over(disk, lie)));
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("watershed-torture".to_owned())];
        let session = Session::new(Flat(Arc::clone(&state)), at, &config)?.spawn()?;
        Ok(Self { state, session: Some(session) })
    }

    /// The power goes, now: gives the disk as it may be found afterwards.
    pub(super) fn cut_power(&self, seed: u64) -> MemStorage {
        let mut state = lock(&self.state);
        state.dark = true;
        state.disk.after_power_cut(seed)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            // A mount that cannot be undone is the system's to clean up.
            let _ = session.umount_and_join();
        }
    }
}
