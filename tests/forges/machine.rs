//! A throw-away machine to install servers on: this one, in namespaces of its own.
//!
//! Its `/etc`, `/usr`, `/var`, `/home` and `/srv` are laid over ours, so that everything can be changed there and
//! nothing here. Its processes end with it. The network is shared: servers listen on the loopback, on free ports.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::stage::{program, run};

/// The folders that the machine has to itself.
const OWN: [&str; 5] = ["etc", "usr", "var", "home", "srv"];

/// Mounts, and then lives as long as its stdin is open.
const INIT: &str = r#"
set -eu
for name in etc usr var home srv; do
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=$1/upper/$name,workdir=$1/work/$name" "/$name"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
# Who may know nothing of this machine's settings of git.
rm -f /etc/gitconfig
echo "ready $(readlink /proc/self)"
exec cat >/dev/null
"#;

pub struct Machine {
    folder: TempDir,
    init: Child,
    /// The process id, on this machine, of the other one's first process.
    first: u32,
    /// What goes on until the machine ends.
    going: RefCell<Vec<Child>>,
}

impl Machine {
    /// Starts one, with the built binary as `/usr/bin/refgate`; or says why that cannot be.
    pub fn start() -> Result<Self, String> {
        if program_output("id", &["-u"]) != "0" {
            return Err("it needs root, to lay folders over those of this machine (unshare(1), mount(8))".to_string());
        }
        let folder = tempfile::Builder::new().prefix("refgate-machine.").tempdir().map_err(|error| error.to_string())?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
        for part in ["upper", "work"] {
            for name in OWN {
                fs::create_dir_all(folder.path().join(part).join(name)).map_err(|error| error.to_string())?;
            }
        }
        let mut init = Command::new("unshare")
            .args(["--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc", "sh", "-c", INIT, "sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare(1) cannot be started: {error}"))?;
        let mut line = String::new();
        let answered = init.stdout.take().is_some_and(|stdout| BufReader::new(stdout).read_line(&mut line).is_ok());
        if !answered || !line.starts_with("ready") {
            let output = init.wait_with_output().map_err(|error| error.to_string())?;
            return Err(format!("folders cannot be laid over those of this machine: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let first = child_of(init.id()).ok_or("the machine's first process is not found")?;
        let machine = Self { folder, init, first, going: RefCell::default() };
        machine.put("/usr/bin/refgate", &fs::read(env!("CARGO_BIN_EXE_refgate")).map_err(|error| error.to_string())?, 0o755);
        Ok(machine)
    }

    /// Where a new file or folder of the machine is for everyone else: to look at, never to change.
    pub fn seen_from_outside(&self, path: &str) -> PathBuf {
        self.folder.path().join("upper").join(path.trim_start_matches('/'))
    }

    /// A command of sh(1) as the machine's root, which must succeed. Returns what it said.
    #[track_caller]
    pub fn does(&self, script: &str) -> String {
        let (succeeded, said) = self.tries(script);
        assert!(succeeded, "the machine failed at:\n{script}\nand said:\n{said}");
        said
    }

    /// A command of sh(1) as the machine's root: whether it succeeded, and what it said.
    pub fn tries(&self, script: &str) -> (bool, String) {
        let finished = run(&mut self.command(&format!("exec 2>&1\nset -eu\n{script}")), b"");
        (finished.status.success(), String::from_utf8_lossy(&finished.stdout).into_owned())
    }

    /// Starts something that goes on until the machine ends; what it says goes to a file for [`Self::log_of`].
    pub fn goes_on(&self, name: &str, script: &str) {
        let log = self.folder.path().join(format!("{name}.log"));
        let said = fs::File::create(log).expect("a log can be made");
        let also = said.try_clone().expect("a file can be shared");
        let mut command = self.command(&format!("set -eu\n{script}"));
        command.stdin(Stdio::null()).stdout(said).stderr(also);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start '{name}': {error}"));
        self.going.borrow_mut().push(child);
    }

    pub fn log_of(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap_or_default()
    }

    /// Writes a file of the machine.
    #[track_caller]
    pub fn put(&self, path: &str, bytes: &[u8], mode: u32) {
        let script = format!("mkdir -p \"$(dirname '{path}')\" && rm -f '{path}' && cat > '{path}' && chmod {mode:o} '{path}'");
        let finished = run(&mut self.command(&script), bytes);
        assert!(finished.status.success(), "'{path}': {}", finished.stderr_text());
    }

    /// Waits until something listens on a port.
    #[track_caller]
    pub fn waits_for(&self, name: &str, port: u16) {
        let end = Instant::now() + Duration::from_secs(180);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < end, "'{name}' does not answer on port {port}; it said:\n{}", self.log_of(name));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The words that let what follows them run on the machine.
    pub fn door(&self) -> String {
        format!("nsenter --target {} --mount --pid --ipc --", self.first)
    }

    fn command(&self, script: &str) -> Command {
        let mut command = program("nsenter", Path::new("/root"));
        command.args(self.door().split(' ').skip(1)).args(["sh", "-c", script]);
        // Accounts of the machine that are not root must be able to write there.
        command.env("TMPDIR", "/tmp");
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        for name in ["GNUPGHOME", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_EDITOR"] {
            command.env_remove(name);
        }
        command
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Without its first process every other one of the machine ends, and with the last one its mounts go.
        drop(self.init.stdin.take());
        let _ = self.init.wait();
        for child in self.going.get_mut() {
            let _ = child.wait();
        }
    }
}

/// A port that nothing listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}

/// Says something past the test runner, which keeps what passing tests print to itself.
pub fn say(words: &str) {
    let _ = std::io::stderr().lock().write_all(format!("{words}\n").as_bytes());
}

fn program_output(name: &str, arguments: &[&str]) -> String {
    let finished = run(program(name, Path::new("/")).args(arguments), b"");
    String::from_utf8_lossy(&finished.stdout).trim().to_string()
}

fn child_of(process: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
