use refgate::facts::Status;
use refgate::signature::{KeyMaterial, Keyring, Moments, Zone};
use refgate::time::Time;

use crate::support::{Dice, Workshop, allowed, date, moments, signers};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

/// Files of one line that are shown to both.
const LINES: usize = 500;

/// New York's time of day, as both a program's `TZ` and a compiled zone (RFC 8536) say it.
const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";

/// A signature and how the allowed signers may name its key.
struct Signed {
    file: &'static str,
    bytes: Vec<u8>,
    certified: bool,
    /// Which of the keys, or whose authority, vouches for it.
    key: usize,
}

/// Signers with a key of each kind, and what they signed; `alice` also with a certificate for two principals, from 2022
/// to 2024, and `bob` for another purpose than git.
fn stage() -> (Workshop, Vec<String>, Vec<Signed>) {
    let workshop = Workshop::new();
    let keys = vec![
        workshop.ssh_key("alice", &["ed25519"]),
        workshop.ssh_key("authority", &["ed25519"]),
        workshop.ssh_key("bob", &["ecdsa", "-b", "256"]),
        workshop.ssh_key("nobody", &["ed25519"]),
        workshop.ssh_key("rsa", &["rsa", "-b", "2048"]),
        workshop.ssh_key("p384", &["ecdsa", "-b", "384"]),
        workshop.ssh_key("p521", &["ecdsa", "-b", "521"]),
    ];
    let plain = workshop.ssh_sign("alice", PAYLOAD, &[]);
    let [bobs, rsas, p384s, p521s] = ["bob", "rsa", "p384", "p521"].map(|name| workshop.ssh_sign(name, PAYLOAD, &[]));
    let others = workshop.ssh_sign("bob", PAYLOAD, &["-n", "file"]);
    workshop.run(
        "ssh-keygen",
        &[
            "-q",
            "-s",
            "authority",
            "-I",
            "id",
            "-n",
            "alice@example.org,bob@example.org",
            "-V",
            "20220101Z:20240101Z",
            "alice.pub",
        ],
        b"",
    );
    let certified = workshop.ssh_sign("alice-cert.pub", PAYLOAD, &[]);
    let signed = [
        ("plain.sig", plain, 0),
        ("bob.sig", bobs, 2),
        ("certified.sig", certified, 1),
        ("rsa.sig", rsas, 4),
        ("p384.sig", p384s, 5),
        ("p521.sig", p521s, 6),
        ("file.sig", others, 2),
    ];
    let signed = signed.map(|(file, bytes, key)| {
        workshop.write(file, &bytes);
        Signed { file, bytes, certified: key == 1, key }
    });
    (workshop, keys, signed.into())
}

/// A line that mostly names the key of that signature.
fn line(dice: &mut Dice, keys: &[String], signed: &Signed) -> String {
    let meant = dice.roll(6) > 0;
    let principals = dice.pick(&[
        "alice@example.org",
        "alice@example.org",
        "alice@example.org",
        "*@example.org",
        "*@example.org",
        "bob@example.org",
        "*",
        "al?ce@*",
        "\"alice@example.org\"",
        "alice@example.org,bob@example.org",
        "*,!bob@example.org",
        "!alice@example.org,*",
        "ALICE@example.org",
        "!*,*",
        "\"*@example.org,carol smith\"",
        "**e@*.*g",
        "?",
        "alice@example.org,!alice@*",
        "carol@example.org",
    ]);
    let mut options: Vec<&str> = Vec::new();
    if signed.certified == meant {
        options.push(dice.pick(&["cert-authority", "Cert-Authority"]));
    }
    if dice.roll(6) == 0 {
        options.push(dice.pick(&[
            "namespaces=\"git\"",
            "namespaces=\"file,git\"",
            "namespaces=\"*\"",
            "namespaces=\"file\"",
            "namespaces=\"g*\"",
            "NameSpaces=\"*,!file\"",
            "namespaces=\"!git,*\"",
            "namespaces=\"\"",
            "namespaces=\"Git\"",
            "namespaces=\"file, git\"",
        ]));
    }
    if dice.roll(6) == 0 {
        options.push(dice.pick(&[
            "valid-after=\"20230301\"",
            "valid-after=\"20230301Z\"",
            "valid-after=\"202303010000\"",
            "valid-after=\"20230301000001Z\"",
            "VALID-AFTER=\"20230301UTC\"",
            "valid-after=\"2023030105z\"",
            "valid-after=\"\"",
            "valid-after=\"20230301 \"",
        ]));
    }
    if dice.roll(6) == 0 {
        options.push(dice.pick(&[
            "valid-before=\"20230301\"",
            "valid-before=\"20230301z\"",
            "valid-before=\"20230228235959Z\"",
            "valid-before=\"202303010500Z\"",
            "valid-before=\"2023-03-01\"",
            "valid-before=\"99991231Z\"",
            "valid-before=20230301",
        ]));
    }
    if dice.roll(25) == 0 {
        options.push(dice.pick(&["no-touch-required", "namespaces=\"git\"", "", "cert-authority", "x=\"y\""]));
    }
    let separator = dice.pick(&[" ", "\t", "  "]);
    let mut words = vec![principals.to_string()];
    if !options.is_empty() {
        words.push(options.join(dice.pick(&[",", ",", ",", ",", " "])));
    }
    words.push(keys[if meant { signed.key } else { dice.roll(keys.len()) }].clone());
    words.extend(dice.pick(&[&[][..], &[], &["a", "comment"], &["# remark"]]).iter().map(|word| word.to_string()));
    format!(
        "{}{}{}\n",
        dice.pick(&["", "", "", "", "", "", " ", "\t", "# "]),
        words.join(separator),
        dice.pick(&["", "", " ", "\r"])
    )
}

/// Whether ssh-keygen accepts the signature as this principal's at that time.
fn ssh_keygen_accepts(workshop: &Workshop, text: &str, signed: &Signed, principal: &str, time: &str) -> bool {
    workshop.write("allowed_signers", text);
    let (zone, option) = (format!("TZ={NEW_YORK}"), format!("-Overify-time={time}Z"));
    let arguments = [
        zone.as_str(),
        "ssh-keygen",
        "-Y",
        "verify",
        "-n",
        "git",
        "-f",
        "allowed_signers",
        "-I",
        principal,
        "-s",
        signed.file,
        &option,
    ];
    workshop.try_run("env", &arguments, PAYLOAD).status.success()
}

/// Whether refgate holds the signature for good, and the principal for one whom the file lets sign.
fn refgate_accepts(text: &str, signed: &Signed, principal: &str, time: Time) -> bool {
    let zone = Zone::from_tzif(&compiled_zone()).expect("a zone");
    let material = KeyMaterial { allowed_signers: vec![allowed(text)], zone, ..KeyMaterial::default() };
    let Ok((keyring, _)) = Keyring::load(&material) else {
        return false;
    };
    let moments = Moments { claimed: time, received: time, tolerance: std::time::Duration::ZERO };
    let verification = keyring.verify(PAYLOAD, &signed.bytes, moments);
    assert_eq!(verification.status, verification.at_signing, "{text}");
    let named = match signed.certified {
        true => verification.principals.iter().any(|name| name == principal),
        false => listed(&verification.principals, principal),
    };
    verification.status == Status::Good && named
}

/// Another matcher than refgate's: simple, and slow on long words.
fn listed(patterns: &[String], word: &str) -> bool {
    fn fits(pattern: &str, word: &str) -> bool {
        match pattern.chars().next() {
            None => word.is_empty(),
            Some('*') => fits(&pattern[1..], word) || (!word.is_empty() && fits(pattern, &word[1..])),
            Some(first) => {
                word.chars().next().is_some_and(|c| (first == '?' || first == c) && fits(&pattern[1..], &word[1..]))
            }
        }
    }
    let excluded = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')).any(|pattern| fits(pattern, word));
    !excluded && patterns.iter().any(|pattern| !pattern.starts_with('!') && fits(pattern, word))
}

fn compiled_zone() -> Vec<u8> {
    let mut part = b"TZif2".to_vec();
    part.extend([0; 15]);
    for count in [0u32, 0, 0, 0, 1, 4] {
        part.extend(count.to_be_bytes());
    }
    part.extend((-5i32 * 3600).to_be_bytes());
    part.extend(b"\0\0EST\0");
    [part.clone(), part, format!("\n{NEW_YORK}\n").into_bytes()].concat()
}

const PRINCIPALS: [&str; 4] = ["alice@example.org", "bob@example.org", "carol@example.org", "x"];

/// Around the limits that lines and certificate have, in UTC.
const TIMES: [&str; 8] = [
    "20211231235959",
    "20220101000000",
    "20230228235959",
    "20230301000000",
    "20230301000001",
    "20230301045959",
    "20230301050000",
    "20240101000000",
];

fn at(text: &str) -> Time {
    let number = |from: usize, to: usize| text[from..to].parse::<u64>().expect("a number");
    date(&text[..8]).plus(number(8, 10) * 3600 + number(10, 12) * 60 + number(12, 14))
}

#[test]
fn a_file_of_one_line_means_what_it_means_to_ssh_keygen() {
    let (workshop, keys, signed) = stage();
    let mut dice = Dice::new(20_260_101);
    let (mut accepted, mut refused, mut wrong) = (0, 0, Vec::new());
    for _ in 0..LINES {
        let signed = &signed[dice.roll(signed.len())];
        let text = line(&mut dice, &keys, signed);
        let (principal, time) = (PRINCIPALS[[0, 0, 0, 0, 0, 1, 1, 2, 3][dice.roll(9)]], TIMES[dice.roll(TIMES.len())]);
        let theirs = ssh_keygen_accepts(&workshop, &text, signed, principal, time);
        let ours = refgate_accepts(&text, signed, principal, at(time));
        if theirs {
            accepted += 1;
        } else {
            refused += 1;
        }
        if ours != theirs {
            wrong.push(format!("ssh-keygen {theirs}, refgate {ours}: {} {principal} at {time}: {text}", signed.file));
        }
    }
    println!("{LINES} lines and signatures: {accepted} accepted, {refused} refused");
    assert!(wrong.is_empty(), "{} of {LINES}\n{}", wrong.len(), wrong.join(""));
    assert!(accepted > 100 && refused > 100, "the lines prove nothing: {accepted} accepted, {refused} refused");
}

#[test]
fn a_file_of_many_lines_never_means_more_than_to_ssh_keygen() {
    let (workshop, keys, signed) = stage();
    let mut dice = Dice::new(7);
    let (mut accepted, mut stricter, mut wrong) = (0, 0, Vec::new());
    for _ in 0..200 {
        let signed = &signed[dice.roll(signed.len())];
        let text: String = (0..2 + dice.roll(2)).map(|_| line(&mut dice, &keys, signed)).collect();
        let (principal, time) = (PRINCIPALS[dice.roll(2)], TIMES[dice.roll(TIMES.len())]);
        let theirs = ssh_keygen_accepts(&workshop, &text, signed, principal, time);
        match (theirs, refgate_accepts(&text, signed, principal, at(time))) {
            (true, true) => accepted += 1,
            (true, false) => stricter += 1,
            (false, true) => wrong.push(format!("{} {principal} at {time}: {text}", signed.file)),
            (false, false) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted > 5 && stricter > 0, "{accepted} accepted, {stricter} refused by refgate alone");
}

#[test]
fn a_line_that_nobody_can_follow_is_a_problem_at_its_place() {
    let workshop = Workshop::new();
    let key = workshop.ssh_key("alice", &["ed25519"]);
    let (kind, encoded) = key.split_once(' ').expect("two words");
    let cut = &encoded[..40];
    for (line, message) in [
        ("alice".to_string(), "the principals are not followed by a blank and a key"),
        (format!("alice {kind}"), "the line has no key"),
        (format!("alice {kind} {cut}"), "the key is not a readable 'ssh-ed25519' key"),
        (format!("alice ssh-rsa {encoded}"), "the key is not a readable 'ssh-rsa' key"),
        (format!("alice ssh-rot13 {encoded}"), "the key is not a readable 'ssh-rot13' key"),
        (format!("alice rot13 {encoded}"), "'rot13' is neither an option nor a type of key"),
        (key.clone(), "the line begins with a key"),
        (format!("\"alice {key}"), "a double quote is not closed"),
        (format!("\"alice\"bob {key}"), "the principals are not followed by a blank and a key"),
        (format!("ali\"ce {key}"), "a double quote stands inside the principals"),
        (format!("alice,,bob {key}"), "a principal is empty"),
        (format!("!alice {key}"), "the principals only exclude, so they match nobody"),
        (format!("alice namespaces=git {key}"), "the value of 'namespaces' is not in double quotes"),
        (format!("alice namespaces {key}"), "'namespaces' has no value"),
        (format!("alice namespaces=\"git\",namespaces=\"git\" {key}"), "'namespaces' is given twice"),
        (format!("alice cert-authority=\"yes\" {key}"), "'cert-authority' takes no value"),
        (format!("alice no-touch-required {key}"), "'no-touch-required' is neither an option nor a type of key"),
        (format!("alice valid-after=\"20230230\" {key}"), "'20230230' is no date"),
        (format!("alice valid-after=\"20230101000060\" {key}"), "'20230101000060' is no date"),
        (format!("alice valid-before=\"19691231Z\" {key}"), "'19691231Z' lies before 1970"),
        (
            format!("alice valid-before=\"20230101\",valid-after=\"20230101\" {key}"),
            "'valid-before' is not after 'valid-after'",
        ),
        (format!("alice ssh-ed25519-cert-v01@openssh.com {encoded}"), "a certificate stands in place of a key"),
    ] {
        let text = format!("# ours\n\nbob@example.org {key}\n{line}\n");
        let material = KeyMaterial { allowed_signers: vec![allowed(&text)], ..KeyMaterial::default() };
        let Err(problems) = Keyring::load(&material) else {
            panic!("no problem: {line}");
        };
        assert_eq!(problems.len(), 1, "{line}");
        assert!(problems[0].message.starts_with(message), "{line}: {}", problems[0].message);
        assert_eq!((problems[0].line(), problems[0].file.to_str()), (Some(4), Some("allowed_signers")), "{line}");
    }
    for empty in ["", "\n", "# nobody\n"] {
        let material = KeyMaterial { allowed_signers: vec![allowed(empty)], ..KeyMaterial::default() };
        assert!(Keyring::load(&material).is_err(), "{empty:?}");
    }
}

#[test]
fn every_problem_of_every_file_is_told_at_once() {
    let bad = "alice\nbob\n";
    let material = KeyMaterial { allowed_signers: vec![allowed(bad), allowed(bad)], ..KeyMaterial::default() };
    assert_eq!(Keyring::load(&material).map(|_| ()).map_err(|problems| problems.len()), Err(4));
}

#[test]
fn a_key_listed_more_than_once_is_subject_to_all_its_restrictions() {
    let workshop = Workshop::new();
    let key = workshop.ssh_key("alice", &["ed25519"]);
    let signature = workshop.ssh_sign("alice", PAYLOAD, &[]);
    use Status::{Expired, Good, NotYetValid, Untrusted};
    for (second, status, principal) in [
        ("alice@example.org", Good, "alice@example.org"),
        ("alice@work.example", Good, ""),
        ("*@example.org", Good, ""),
        ("alice@example.org namespaces=\"file\"", Untrusted, "alice@example.org"),
        ("alice@example.org valid-before=\"20251231Z\"", Expired, "alice@example.org"),
        ("alice@example.org valid-after=\"20260102Z\"", NotYetValid, "alice@example.org"),
        // An authority's line says nothing of what the key signs itself.
        ("alice@example.org cert-authority,valid-before=\"20251231Z\"", Good, "alice@example.org"),
    ] {
        for text in
            [format!("alice@example.org {key}\n{second} {key}\n"), format!("{second} {key}\nalice@example.org {key}\n")]
        {
            let verification = signers(&text).verify(PAYLOAD, &signature, moments("20260101", "20260101"));
            assert_eq!((verification.status, verification.principal.as_str()), (status, principal), "{text}");
        }
    }
}

#[test]
fn a_restriction_in_a_line_holds_for_a_key_that_a_person_lists_too() {
    let workshop = Workshop::new();
    let key = workshop.ssh_key("alice", &["ed25519"]);
    let signature = workshop.ssh_sign("alice", PAYLOAD, &[]);
    let material = KeyMaterial {
        allowed_signers: vec![allowed(&format!("* valid-before=\"20251231Z\" {key}\n"))],
        fingerprints: vec![format!("ssh:{}", workshop.ssh_fingerprint("alice.pub"))],
        ..KeyMaterial::default()
    };
    let verification = crate::support::load(&material).verify(PAYLOAD, &signature, moments("20260101", "20250101"));
    assert_eq!(crate::support::both(&verification), (Status::Expired, Status::Good));
    assert_eq!(verification.key.expires_at, "2025-12-31T00:00:01Z");
}

#[test]
fn lines_for_git_with_one_literal_principal_introduce_people() {
    let workshop = Workshop::new();
    let keys: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(|name| workshop.ssh_key(name, &["ed25519"])).into();
    let text = format!(
        "alice@example.org {}\n*@example.org {}\nc@x,d@x {}\n\"dave smith\" namespaces=\"git\",valid-before=\"20200101\" {}\n\
         e@x cert-authority {}\nf@x namespaces=\"file\" {}\n",
        keys[0], keys[1], keys[2], keys[3], keys[4], keys[5]
    );
    let fingerprint = |name: &str| format!("ssh:{}", workshop.ssh_fingerprint(name));
    let expected = [("alice@example.org", "a.pub"), ("dave smith", "d.pub")];
    let expected = expected.map(|(principal, file)| (principal.to_string(), fingerprint(file)));
    assert_eq!(signers(&text).introduced(), expected);
}
