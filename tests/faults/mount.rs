//! Small file systems that fill up, turn read-only, and lose their power. Needs root.

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
    /// So many megabytes of memory.
    pub(crate) fn tmpfs(megabytes: u32) -> Self {
        let mount = Self::place();
        must(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&mount.at));
        mount
    }

    /// An ext4 on a loop device, which leaves out what hides a missing fsync of a file that replaces another.
    pub(crate) fn ext4(megabytes: u32) -> Self {
        let mount = Self::place();
        must(Command::new("truncate").arg(format!("--size={megabytes}M")).arg(mount.image()));
        must(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(mount.image()));
        mount.mount_image();
        mount
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.at
    }

    /// Makes it read-only or writable.
    pub(crate) fn remount(&self, mode: &str) {
        must(Command::new("mount").arg("-o").arg(format!("remount,{mode}")).arg(&self.at));
    }

    /// Fills it to the last byte with a file; removing that makes room again.
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

    /// Cuts the power: from now on nothing reaches the disk, not even what is on its way there.
    pub(crate) fn cut_power(&self) {
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: the journal is not written out.
        let ioctl =
            r#"open(my $d, "<", $ARGV[0]) or die $!; my $f = pack("L", 2); ioctl($d, 0x8004587d, $f) or die $!"#;
        must(Command::new("perl").args(["-e", ioctl]).arg(&self.at));
    }

    /// Turns the power on again. Nobody may have a file open.
    pub(crate) fn restore_power(&self) {
        must(Command::new("umount").arg(&self.at));
        // A namespace that another test made before holds on to it until that test has ended.
        until("the loop device is given back", Duration::from_secs(60), || {
            let used = Command::new("losetup").arg("--associated").arg(self.image()).output().expect("losetup runs");
            used.stdout.is_empty()
        });
        self.mount_image();
    }

    fn place() -> Self {
        let dir = tempfile::Builder::new().prefix("mannameter-mount-").tempdir().expect("a directory");
        let at = dir.path().join("mnt");
        fs::create_dir(&at).expect("a directory");
        Self { dir, at }
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mount_image(&self) {
        must(Command::new("mount").args(["-o", "loop,noauto_da_alloc"]).arg(self.image()).arg(&self.at));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Its user may not have ended yet.
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).output();
    }
}

/// Runs a command that must succeed.
fn must(command: &mut Command) {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; apt install util-linux e2fsprogs"));
    assert!(
        output.status.success(),
        "this test needs root, and loop devices if it says so: {command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
