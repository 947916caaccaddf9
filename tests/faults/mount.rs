//! Small file systems that can be filled, made read-only, and cut off from power. Needs root.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::client::until;

/// A mounted file system; unmounted when dropped.
pub(crate) struct Mount {
    dir: TempDir,
    at: PathBuf,
}

impl Mount {
    /// Mounts a tmpfs of the given size.
    pub(crate) fn tmpfs(megabytes: u32) -> Self {
        let mount = Self::new_directory();
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&mount.at));
        mount
    }

    /// Mounts an ext4 on a loop device, without the heuristic that hides a missing fsync before a rename.
    pub(crate) fn ext4(megabytes: u32) -> Self {
        let mount = Self::new_directory();
        run(Command::new("truncate").arg(format!("--size={megabytes}M")).arg(mount.image()));
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(mount.image()));
        mount.mount_image();
        mount
    }

    /// Returns the mount point.
    pub(crate) fn path(&self) -> &Path {
        &self.at
    }

    /// Makes it read-only or writable.
    pub(crate) fn remount(&self, mode: &str) {
        run(Command::new("mount").arg("-o").arg(format!("remount,{mode}")).arg(&self.at));
    }

    /// Fills it to the last byte with one file and returns the file's path. Deleting the file frees the space.
    pub(crate) fn fill(&self) -> PathBuf {
        let ballast = self.at.join("ballast");
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&ballast).expect("a file");
        let mut size = 1 << 20;
        while size > 0 {
            if file.write_all(&vec![b'x'; size]).is_err() {
                size /= 2;
            }
        }
        ballast
    }

    /// Cuts the power: from now on, nothing reaches the disk, including writes in progress.
    pub(crate) fn cut_power(&self) {
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: the journal is not written out.
        let ioctl =
            r#"open(my $d, "<", $ARGV[0]) or die $!; my $f = pack("L", 2); ioctl($d, 0x8004587d, $f) or die $!"#;
        run(Command::new("perl").args(["-e", ioctl]).arg(&self.at));
    }

    /// Restores the power. No file may be open.
    pub(crate) fn restore_power(&self) {
        run(Command::new("umount").arg(&self.at));
        // A mount namespace created by another test keeps the device busy until that test ends.
        until("the loop device is released", Duration::from_secs(60), || {
            let used = Command::new("losetup").arg("--associated").arg(self.image()).output().expect("losetup runs");
            used.stdout.is_empty()
        });
        self.mount_image();
    }

    fn new_directory() -> Self {
        let dir = tempfile::Builder::new().prefix("mannameter-mount-").tempdir().expect("a directory");
        let at = dir.path().join("mnt");
        fs::create_dir(&at).expect("a directory");
        Self { dir, at }
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mount_image(&self) {
        run(Command::new("mount").args(["-o", "loop,noauto_da_alloc"]).arg(self.image()).arg(&self.at));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A process that uses it may still be running.
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).output();
    }
}

/// Runs a command and panics if it fails.
fn run(command: &mut Command) {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; apt install util-linux e2fsprogs"));
    assert!(
        output.status.success(),
        "this test needs root and, for ext4, loop devices: {command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
