//! What git hands to the programs that verify signatures, for many objects at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use refgate::ids::ObjectId;
use refgate::repository::SignedBytes;

use crate::support::Stage;

/// In the place of gpg, gpgsm and ssh-keygen: keeps what it is given under a number. gpg and gpgsm are called with
/// `… <signature> -`, ssh-keygen with `-Y check-novalidate … -s <signature> …` once it has found no principal.
const LISTENER: &str = r#"#!/bin/sh
[ "$2" = find-principals ] && exit 1
cd PLACE || exit 1
for word; do
	[ "$word" = - ] && file=$before
	[ "$before" = -s ] && file=$word
	before=$word
done
read -r number < number
echo "$((number + 1))" > number
cat "$file" nul - > "$number"
exit 1
"#;

/// What `git verify-commit` or `git verify-tag` hands on about these objects, one after the other; nothing for one in
/// which git sees no signature.
pub fn by_git(stage: &Stage, command: &str, ids: &[ObjectId]) -> Vec<SignedBytes> {
    if ids.is_empty() {
        return Vec::new();
    }
    let place = tempfile::tempdir_in(stage.path()).unwrap();
    let program = place.path().join("listen");
    // A file that is written by a program of its own is open in no other process when it is executed.
    let text = LISTENER.replace("PLACE", &place.path().display().to_string());
    fs::write(place.path().join("text"), text).unwrap();
    fs::write(place.path().join("number"), "0\n").unwrap();
    fs::write(place.path().join("nul"), "\0").unwrap();
    let copied = std::process::Command::new("cp").arg(place.path().join("text")).arg(&program).status().unwrap();
    assert!(copied.success());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.display();
    let mut arguments: Vec<String> = ["gpg.program", "gpg.ssh.program", "gpg.x509.program"]
        .into_iter()
        .flat_map(|setting| ["-c".to_string(), format!("{setting}={program}")])
        .collect();
    arguments.extend(["-c", "gpg.ssh.allowedSignersFile=/dev/null", command].map(str::to_string));
    arguments.extend(ids.iter().map(ObjectId::to_string));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = stage.try_git(&arguments, b"");
    // 128: it died on the way.
    let code = output.status.code();
    assert!(code.is_some_and(|code| code < 2), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    (0..).map_while(|number| read(place.path(), number)).collect()
}

/// The signature, a NUL, and the payload, neither of which has one where refgate reads it.
fn read(place: &Path, number: usize) -> Option<SignedBytes> {
    let whole = fs::read(place.join(number.to_string())).ok()?;
    let nul = whole.iter().position(|&byte| byte == 0).expect("the listener writes one");
    Some(SignedBytes { payload: whole[nul + 1..].to_vec(), signature: whole[..nul].to_vec() })
}
