use super::*;
#[test]
fn show() {
    let text = r#"
version = 1
uncoverd = "accept"

[identity]
people = "people.toml"
clock_tolerance = 5
[server]
forge = "gitlub"
[limits]
commit = 5
deadline = "5 minutes"
updates = 0
[[rule]]
use  = ["update.fast_forward", "comit.signed", "update.fast_forward", "tag.signed"]
refs = ["HEAD", "main"]
paths = ["a/{b,c}", "/x"]
params = { a = 1 }
mode = "wran"
except = [{ person = "robot" }, { reason = "x", until = 2027-01-01, ref="!refs/heads/x" }]

[[rule]]
refs = []
override = {}
"#;
    println!("{}", crate::problem::render_all(&Config::parse(Path::new("/etc/refgate/refgate.toml"), text).unwrap_err()));
    println!("{}", crate::problem::render_all(&Config::parse(Path::new("/etc/refgate/refgate.toml"), "version = \n[[rule]\nuse=[\"a\" \"b\"]\nx=1\nx=2\n[a").unwrap_err()));
}
