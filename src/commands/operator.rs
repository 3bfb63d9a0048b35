//! Where operator text goes: to the terminal for commands that an operator types, to the system log for the hook,
//! whose stderr belongs to the pusher.

use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;

use tracing_subscriber::fmt::MakeWriter;

/// The local system log (syslog(3)).
const SYSLOG: &str = "/dev/log";

/// Facility authpriv, severity error (RFC 3164, section 4.1.1).
const PRIORITY: u8 = 10 * 8 + 3;

/// Longest datagram that every syslog daemon takes.
const LONGEST: usize = 8192;

/// Sends operator text to the system log; where there is none, it goes nowhere.
pub fn speak_to_syslog() {
    let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_target(false).with_writer(Syslog);
    let _ = tracing::subscriber::set_global_default(subscriber.finish());
}

struct Syslog;

/// One event, sent when it is complete.
struct Message(Vec<u8>);

impl<'a> MakeWriter<'a> for Syslog {
    type Writer = Message;

    fn make_writer(&'a self) -> Message {
        Message(format!("<{PRIORITY}>refgate[{}]: ", std::process::id()).into_bytes())
    }
}

impl Write for Message {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        self.0.truncate(LONGEST);
        // A full or absent log must not hold up a push: the datagram is sent without waiting, or not at all.
        if let Ok(socket) = UnixDatagram::unbound()
            && socket.set_nonblocking(true).is_ok()
        {
            let _ = socket.send_to(&self.0, SYSLOG);
        }
    }
}
